"""What kind of answer a stream is, decided on its first bytes."""

from typing import Literal

from chat.wire.sse import MAX_EVENT

# "events": server-sent events. "object", "list": JSON. "page": HTML or XML.
Kind = Literal["unknown", "events", "object", "list", "page"]

_NOTHING = b"\xef\xbb\xbf \t\r\n"  # a byte order mark and white space, in any split
_KINDS: dict[bytes, Kind] = {b"{": "object", b"[": "list", b"<": "page"}


class Opening:
    """Looks at the first byte that says something."""

    def __init__(self) -> None:
        self.kind: Kind = "unknown"

    def feed(self, chunk: bytes) -> bytes:
        """``chunk`` without what precedes the answer; sets ``kind`` as soon as it is known."""
        if self.kind == "unknown":
            chunk = chunk.lstrip(_NOTHING)
            if chunk:
                self.kind = _KINDS.get(chunk[:1], "events")
        return chunk


class Body:
    """A JSON body that is not a stream, gathered whole. Holds at most ``limit`` bytes."""

    def __init__(self, limit: int = MAX_EVENT) -> None:
        self.limit = limit
        self._bytes = bytearray()

    def feed(self, chunk: bytes) -> bool:
        """Takes ``chunk``; False if the body has become too long and was thrown away."""
        if len(self._bytes) + len(chunk) > self.limit:
            self._bytes.clear()
            return False
        self._bytes += chunk
        return True

    def take(self) -> bytes:
        """The whole body."""
        whole = bytes(self._bytes)
        self._bytes.clear()
        return whole

    @property
    def held(self) -> int:
        """Bytes held for later."""
        return len(self._bytes)
