"""Flow control: sending waits for the client, reading waits for the application."""

from __future__ import annotations

import asyncio
import os
from typing import IO, Any, Protocol

from twisted.internet.interfaces import IPushProducer
from zope.interface import implementer

PIECE = 64 * 1024  # bytes of a request body that the application gets at once

Event = dict[str, Any]  # of ASGI, in either direction


class Reading(Protocol):
    """What reads from a client."""

    def pauseProducing(self) -> None:  # noqa: N802
        """Stop reading."""

    def resumeProducing(self) -> None:  # noqa: N802
        """Read again."""


@implementer(IPushProducer)
class Outbox:
    """Knows whether there is room to send.

    To the transport it is a push producer: it is paused when more than 64 KiB stand in
    the transport's buffer, and resumed when all of them are with the kernel.
    """

    def __init__(self) -> None:
        self._room = asyncio.Event()
        self._room.set()

    @property
    def is_full(self) -> bool:
        """Whether what was sent still waits for the client to read."""
        return not self._room.is_set()

    async def room(self) -> None:
        """Return when there is room, or nobody left to send to."""
        await self._room.wait()

    def pauseProducing(self) -> None:  # noqa: N802
        """Of IPushProducer: the buffer is full."""
        self._room.clear()

    def resumeProducing(self) -> None:  # noqa: N802
        """Of IPushProducer: the buffer is empty."""
        self._room.set()

    def stopProducing(self) -> None:  # noqa: N802
        """Of IPushProducer: the connection is gone. Whoever waits may go on, into the void."""
        self._room.set()


class SocketInbox(asyncio.Queue[Event]):
    """What a WebSocket's client has said and its application has not yet taken.

    Pauses reading while it holds ``max_events`` events or ``max_bytes`` bytes, and
    resumes at half of that.
    """

    def __init__(self, reading: Reading, max_events: int, max_bytes: int) -> None:
        super().__init__()
        self._reading = reading
        self._max_events = max_events
        self._max_bytes = max_bytes
        self._bytes = 0
        self.is_full = False

    def _put(self, item: Event) -> None:
        super()._put(item)
        self._bytes += _size(item)
        if not self.is_full and self._is_above(1):
            self.is_full = True
            self._reading.pauseProducing()

    def _get(self) -> Event:
        event = super()._get()
        self._bytes -= _size(event)
        if self.is_full and not self._is_above(2):
            self.is_full = False
            self._reading.resumeProducing()
        return event

    def _is_above(self, part: int) -> bool:
        return self.qsize() >= self._max_events // part or self._bytes >= self._max_bytes // part


def _size(event: Event) -> int:
    return len(event.get("text") or event.get("bytes") or b"")


class RequestInbox:
    """A request's body, read from its file as the application asks, then the disconnect.

    Daphne fills a queue with the whole body before the application runs, so that any
    number of large bodies stand in memory at once; here they stay in the temporary
    files where Twisted has put them. It has the two methods of a queue that Daphne's
    protocol and the application use.
    """

    def __init__(self, body: IO[bytes]) -> None:
        self._body = body
        self._left = body.seek(0, os.SEEK_END)
        self._body.seek(0)
        self._is_read = False
        self._gone = asyncio.Event()

    async def get(self) -> Event:
        """The next event, as ASGI's ``receive()``."""
        if not self._is_read and not self._gone.is_set():
            return self._next_piece()
        await self._gone.wait()
        return {"type": "http.disconnect"}

    def put_nowait(self, event: Event) -> None:
        """Take what Daphne tells: of its events only the disconnect is news."""
        if event["type"] == "http.disconnect":
            self._gone.set()
            self._body.close()

    def _next_piece(self) -> Event:
        piece = self._body.read(PIECE)
        self._left -= len(piece)
        self._is_read = self._left == 0
        if self._is_read:
            self._body.close()
        return {"type": "http.request", "body": piece, "more_body": not self._is_read}
