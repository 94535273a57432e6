import struct

import pytest

from local_model.errors import LoadFailed
from local_model.gguf import Header, read_header
from tests.local_model.gguf_files import header, string

START = b"GGUF" + struct.pack("<IQQ", 3, 0, 1)
LLAMA = {
    "general.architecture": "llama",
    "general.name": "A small one",
    "general.tags": ["a", "b"],
    "llama.block_count": 16,
    "llama.context_length": 8192,
    "llama.embedding_length": 1536,
    "llama.attention.head_count": 16,
    "llama.attention.head_count_kv": 8,
    "llama.rope.freq_base": 10000.0,
    "llama.some_flag": True,
    "llama.some_sizes": [1, 2, 3],
}


def read(tmp_path, data):
    path = tmp_path / "model.gguf"
    path.write_bytes(data)
    return read_header(path)


@pytest.mark.parametrize("version", [2, 3])
def test_a_header_says_name_context_and_what_a_token_takes(tmp_path, version):
    keys_and_values = 16 * 8 * (96 + 96) * 2
    assert read(tmp_path, header(LLAMA, version)) == Header("A small one", 8192, keys_and_values)


def test_what_is_measured_of_a_real_model_is_read(smollm2):
    assert read_header(smollm2) == Header("Smollm2 135M 8k Lc100K Mix1 Ep2", 8192, 23_040)


def test_the_widths_of_keys_and_values_may_be_given(tmp_path):
    wide = {**LLAMA, "llama.attention.key_length": 256, "llama.attention.value_length": 128}
    assert read(tmp_path, header(wide)).cache_per_token == 16 * 8 * (256 + 128) * 2


def test_heads_that_differ_by_layer_are_taken_for_the_most(tmp_path):
    hybrid = {**LLAMA, "llama.attention.head_count_kv": [8, 0, 8]}
    assert read(tmp_path, header(hybrid)).cache_per_token == 16 * 16 * (96 + 96) * 2


def test_a_header_that_says_nothing_is_no_error(tmp_path):
    assert read(tmp_path, header({})) == Header()


def test_the_vocabulary_is_not_read(tmp_path):
    pairs = header({**LLAMA, "tokenizer.ggml.tokens": ["x"] * 1000})
    assert read(tmp_path, pairs[: len(header(LLAMA)) + 40]).name == "A small one"


def test_a_header_cut_anywhere_is_told(tmp_path):
    whole = header(LLAMA)
    for cut in range(len(whole)):
        with pytest.raises(LoadFailed, match=r"its file is (broken|not a GGUF model)"):
            read(tmp_path, whole[:cut])


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "is not a GGUF model"),
        (b"PK\x03\x04 a zip file", "is not a GGUF model"),
        (header({}, version=1), "of a version that is not known"),
        (b"GGUF" + struct.pack(">IQQ", 3, 0, 0), "of a version that is not known"),
        (START + struct.pack("<Q", 1 << 62), "is broken"),
        (START + string("x") + b"\xff" * 40, "is broken"),
        (header({"x": [1]}).replace(struct.pack("<Q", 1), b"\xff" * 8), "is broken"),
        (START + string("x") + struct.pack("<I", 9) + struct.pack("<IQ", 9, 1) * 5000, "is broken"),
    ],
)
def test_what_is_no_model_is_told(tmp_path, data, reason):
    with pytest.raises(LoadFailed, match=reason):
        read(tmp_path, data)


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(LoadFailed, match="its file does not exist"):
        read_header(tmp_path / "nowhere.gguf")


def test_a_directory_is_told(tmp_path):
    with pytest.raises(LoadFailed, match=r"its file cannot be read \(Is a directory\)"):
        read_header(tmp_path)
