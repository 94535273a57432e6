"""The header of a GGUF file, as far as it says what a model is and what memory it takes.

Layout (GGUF specification, versions 2 and 3, little-endian): ``GGUF``, u32 version, u64
tensors, u64 pairs; a pair is a string key, a u32 type and a value; a string is a u64
length and UTF-8 bytes; an array is a u32 type, a u64 length and its values.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from chat.wire.sentences import sentence
from local_model.errors import LoadFailed

MAGIC = b"GGUF"
VERSIONS = (2, 3)
LONGEST_STRING = 1 << 20  # bytes; a chat template has a few thousand
HALF_FLOAT = 2  # bytes of a value in the cache

STRING, ARRAY = 8, 9
SCALARS = dict(zip((0, 1, 2, 3, 4, 5, 6, 7, 10, 11, 12), "BbHhIif?Qqd", strict=True))

Value = str | int | float | bool | None


@dataclass(frozen=True)
class Header:
    """What a GGUF file says of itself. ``context`` is in tokens; 0 stands for unknown."""

    name: str = ""
    context: int = 0
    cache_per_token: int = 0  # bytes of keys and values that a token of context takes


def read_header(path: Path) -> Header:
    """Read a model's header. Raises LoadFailed if there is no such file or it is no GGUF."""
    try:
        with path.open("rb") as file:
            return _header(_pairs(file))
    except FileNotFoundError:
        raise LoadFailed(sentence("its file does not exist")) from None
    except OSError as error:
        raise LoadFailed(
            sentence("its file cannot be read ({reason})").format(reason=error.strerror)
        ) from error
    except (EOFError, KeyError, OverflowError, RecursionError, ValueError) as error:
        raise LoadFailed(
            sentence("its file is broken: the header of a GGUF model ends amiss")
        ) from error


def _header(pairs: dict[str, Value]) -> Header:
    architecture = pairs.get("general.architecture", "")
    about = {
        key.removeprefix(f"{architecture}."): value
        for key, value in pairs.items()
        if isinstance(value, int)
    }
    return Header(
        name=str(pairs.get("general.name") or "").strip(),
        context=about.get("context_length", 0),
        cache_per_token=_cache_per_token(about),
    )


def _cache_per_token(about: dict[str, int]) -> int:
    """Keys and values of all layers; models that keep less need less than this."""
    heads = about.get("attention.head_count", 0) or 1
    groups = about.get("attention.head_count_kv", heads)
    width = about.get("embedding_length", 0) // heads
    key, value = (about.get(f"attention.{kind}_length", width) for kind in ("key", "value"))
    return about.get("block_count", 0) * groups * (key + value) * HALF_FLOAT


def _pairs(file: BinaryIO) -> dict[str, Value]:
    """The pairs before the vocabulary, which is long and says nothing that is wanted here."""
    if file.read(len(MAGIC)) != MAGIC:
        raise LoadFailed(sentence("its file is not a GGUF model"))
    version, _tensors, count = _unpack(file, "IQQ")
    if version not in VERSIONS:
        raise LoadFailed(sentence("its file is a GGUF model of a version that is not known here"))
    pairs: dict[str, Value] = {}
    for _ in range(count):
        key = _string(file)
        if key.startswith("tokenizer."):
            break
        pairs[key] = _value(file, *_unpack(file, "I"))
    return pairs


def _value(file: BinaryIO, kind: int) -> Value:
    if kind == STRING:
        return _string(file)
    if kind == ARRAY:
        _skip_array(file)
        return None
    value: int | float | bool = _unpack(file, SCALARS[kind])[0]
    return value


def _skip_array(file: BinaryIO) -> None:
    kind, length = _unpack(file, "IQ")
    if kind in SCALARS and length:
        file.seek(struct.calcsize(f"<{SCALARS[kind]}") * length - 1, 1)
        _exactly(file, 1)  # the last byte, since one may seek beyond the end
    elif kind not in SCALARS:
        for _ in range(length):
            _value(file, kind)


def _string(file: BinaryIO) -> str:
    (length,) = _unpack(file, "Q")
    if length > LONGEST_STRING:
        raise ValueError("a string is too long")
    return _exactly(file, length).decode("utf-8", "replace")


def _unpack(file: BinaryIO, form: str) -> tuple[int, ...]:
    form = f"<{form}"
    return struct.unpack(form, _exactly(file, struct.calcsize(form)))


def _exactly(file: BinaryIO, length: int) -> bytes:
    data = file.read(length)
    if len(data) < length:
        raise EOFError
    return data
