"""GGUF headers, made by hand."""

import struct
from collections.abc import Mapping

KINDS = {int: (4, "<I"), float: (6, "<f"), bool: (7, "<?")}


def string(text: str) -> bytes:
    data = text.encode()
    return struct.pack("<Q", len(data)) + data


def value(given: object) -> bytes:
    """A value with its type before it; a list is an array of strings or of u32."""
    if isinstance(given, str):
        return struct.pack("<I", 8) + string(given)
    if isinstance(given, list) and given and isinstance(given[0], str):
        return struct.pack("<IIQ", 9, 8, len(given)) + b"".join(map(string, given))
    if isinstance(given, list):
        return struct.pack("<IIQ", 9, 4, len(given)) + struct.pack(f"<{len(given)}I", *given)
    kind, form = KINDS[type(given)]
    return struct.pack("<I", kind) + struct.pack(form, given)


def header(pairs: Mapping[str, object], version: int = 3) -> bytes:
    """The bytes of a file with these pairs and no weights."""
    body = b"".join(string(key) + value(given) for key, given in pairs.items())
    return b"GGUF" + struct.pack("<IQQ", version, 0, len(pairs)) + body
