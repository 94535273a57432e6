"""JSON from servers that do not keep to it, and text that may be stored.

The typed decoders refuse lone surrogates, raw control characters and invalid UTF-8;
here they are read. Nothing here raises.
"""

import json
from typing import Any

REPLACEMENT = "\ufffd"
UNREADABLE = object()  # what decode gives for bytes that are no JSON at all


def decode(data: bytes) -> Any:
    """The JSON value in ``data``, or UNREADABLE. Strings may hold lone surrogates."""
    try:
        return json.loads(data.decode("utf-8", "replace"), strict=False)
    except (ValueError, RecursionError):
        return UNREADABLE


def text_of(value: object) -> str:
    """A string where a string was expected: text as it is, numbers written out, else nothing."""
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return ""


def count_of(value: object) -> int | None:
    """A count of tokens, or None for anything that no database column would take."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31:
        return value
    return None


class Mender:
    """Makes pieces of text storable: surrogates are joined across pieces, NUL is replaced.

    UTF-8 and PostgreSQL refuse lone surrogates, PostgreSQL refuses NUL; both become U+FFFD.
    """

    def __init__(self) -> None:
        self._high = ""  # the first half of a character whose second half may come

    @property
    def waits(self) -> bool:
        """Whether half a character is held."""
        return bool(self._high)

    def mend(self, piece: str) -> str:
        """``piece`` as it can be stored, without a half character at its end."""
        if self._high:
            piece, self._high = self._high + piece, ""
        if not piece.isascii() and _has_surrogate(piece):
            piece = self._join(piece)
        if "\0" in piece:
            piece = piece.replace("\0", REPLACEMENT)
        return piece

    def close(self) -> str:
        """What is left of a character whose second half never came."""
        left, self._high = self._high, ""
        return REPLACEMENT if left else ""

    def _join(self, piece: str) -> str:
        if "\ud800" <= piece[-1] <= "\udbff":
            piece, self._high = piece[:-1], piece[-1]
        return piece.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def mended(text: str) -> str:
    """A whole text as it can be stored."""
    mender = Mender()
    return mender.mend(text) + mender.close()


def storable(text: str) -> bool:
    """Whether ``text`` can be stored as it is."""
    if "\0" in text:
        return False
    return text.isascii() or not _has_surrogate(text)


def _has_surrogate(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False
