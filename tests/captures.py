"""Recorded exchanges with real servers, from ``tests/fixtures/captures``.

``<name>.request.txt`` is what was sent, ``<name>.response.raw`` what came back, byte for
byte, and ``<name>.meta.json`` how it came: chunk sizes, reads and their times.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

DIRECTORY = Path(__file__).parent / "fixtures" / "captures"


@dataclass(frozen=True)
class Capture:
    """One exchange. ``name`` is ``<server>/<exchange>``."""

    name: str
    request: bytes
    raw: bytes
    end: str  # how the recording ended: "EOF", "TIMEOUT", "client closed early"
    reads: tuple[tuple[float, int], ...]  # seconds since the request, bytes of ``raw``

    @property
    def server(self) -> str:
        """The folder that the exchange is in."""
        return self.name.split("/")[0]

    @cached_property
    def status(self) -> int:
        """The status code."""
        return int(self._head[0].split(b" ")[1])

    @cached_property
    def headers(self) -> dict[str, str]:
        """The headers, names in lower case; of a repeated one the last."""
        pairs = (line.decode().partition(":") for line in self._head[1:])
        return {name.lower(): value.strip() for name, _, value in pairs}

    @property
    def chunked(self) -> bool:
        """Whether the body came in HTTP chunks."""
        return self.headers.get("transfer-encoding") == "chunked"

    @cached_property
    def chunks(self) -> list[bytes]:
        """The body as it was cut by the server's chunks; one piece if there were none."""
        return _dechunk(self._payload)[0] if self.chunked else [self._payload]

    @property
    def body(self) -> bytes:
        """The whole body."""
        return b"".join(self.chunks)

    @property
    def terminated(self) -> bool:
        """Whether the end of the body was told: by a last chunk or by the length."""
        if self.chunked:
            return _dechunk(self._payload)[1]
        return len(self._payload) == int(self.headers.get("content-length", -1))

    def segments(self) -> Iterator[bytes]:
        """``raw`` as it was read from the socket."""
        start = 0
        for _, size in self.reads:
            yield self.raw[start : start + size]
            start += size

    @cached_property
    def _head(self) -> list[bytes]:
        return self.raw.partition(b"\r\n\r\n")[0].split(b"\r\n")

    @cached_property
    def _payload(self) -> bytes:
        return self.raw.partition(b"\r\n\r\n")[2]


def load(name: str) -> Capture:
    """The capture ``<server>/<exchange>``."""
    path = DIRECTORY / name
    meta = json.loads(path.with_name(f"{path.name}.meta.json").read_text())
    return Capture(
        name=name,
        request=path.with_name(f"{path.name}.request.txt").read_bytes(),
        raw=path.with_name(f"{path.name}.response.raw").read_bytes(),
        end=meta["end"],
        reads=tuple((seconds, size) for seconds, size in meta["tcp_reads"]),
    )


def names() -> list[str]:
    """Every capture there is, sorted."""
    suffix = ".response.raw"
    paths = DIRECTORY.glob(f"*/*{suffix}")
    return sorted(f"{path.parent.name}/{path.name.removesuffix(suffix)}" for path in paths)


def _dechunk(payload: bytes) -> tuple[list[bytes], bool]:
    """The chunks of a chunked body (RFC 9112, 7.1), and whether the last, empty one came."""
    chunks: list[bytes] = []
    while payload:
        line, _, rest = payload.partition(b"\r\n")
        size = int(line, 16)
        if size == 0:
            return chunks, True
        chunks.append(rest[:size])
        payload = rest[size + 2 :]
    return chunks, False
