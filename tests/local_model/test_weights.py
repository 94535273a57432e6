import pytest

from local_model import machine, weights
from local_model.catalogue import LAST_RESORT, NOTICE, Sampling
from local_model.errors import LoadFailed, Unusable
from local_model.gguf import read_header
from tests.local_model.gguf_files import header


def model_file(tmp_path, *, layers=1, context=8192, name="Some model"):
    path = tmp_path / "some-model.gguf"
    path.write_bytes(
        header(
            {
                "general.architecture": "llama",
                "general.name": name,
                "llama.block_count": layers,
                "llama.context_length": context,
                "llama.embedding_length": 1024,
                "llama.attention.head_count": 8,
            }
        )
    )
    return path


def test_a_model_of_the_catalogue_is_shown_by_its_own_name(smollm2):
    known = weights.of_model(LAST_RESORT, smollm2)
    assert (known.name, known.label) == ("smollm2-135m", "SmolLM2 135M")
    assert known.context == LAST_RESORT.context
    assert known.notice == NOTICE


def test_a_file_is_shown_by_the_name_it_gives_itself(tmp_path):
    given = weights.of_file(model_file(tmp_path))
    assert (given.name, given.label) == ("some-model", "Some model")
    assert given.sampling == Sampling()


def test_a_nameless_file_is_shown_by_its_own(tmp_path):
    assert weights.of_file(model_file(tmp_path, name="")).label == "some-model"


def test_no_conversation_is_longer_than_the_model_was_made_for(tmp_path):
    assert weights.of_file(model_file(tmp_path, context=1024)).context == 1024


def test_where_memory_is_short_conversations_are_shorter(tmp_path):
    available = machine.available_memory()
    layers = available // (weights.PARALLEL * 3000 * 1024 * 2 * 2)
    fitting = weights.of_file(model_file(tmp_path, layers=layers)).context
    assert weights.LEAST_CONTEXT <= fitting < weights.CONTEXT


def test_too_little_memory_is_told_with_both_amounts(tmp_path):
    with pytest.raises(Unusable, match=r"^it needs [\d,]+ MB of memory, and [\d,]+ MB are avail"):
        weights.of_file(model_file(tmp_path, layers=10_000_000))


def test_a_large_model_is_not_called_a_very_small_one(tmp_path):
    path = model_file(tmp_path)
    with path.open("ab") as file:
        file.truncate(3_000_000_000)  # a hole, which takes no room
    assert weights.of_file(path).notice == ""


def test_what_is_needed_is_more_than_what_was_measured(smollm2):
    """328 MB resident with 8,192 tokens of cache, after long prompts 440 MB."""
    needed = weights.memory_needed(smollm2.stat().st_size, read_header(smollm2), 2048)
    assert 440_000_000 < needed < 700_000_000


def test_a_directory_is_no_model(tmp_path):
    with pytest.raises(LoadFailed, match="it is a directory, not a file"):
        weights.of_file(tmp_path)
