"""Answers that are made while they are sent, piece by piece, away from the event loop."""

import time
from collections.abc import AsyncIterator, Iterable, Iterator

from asgiref.sync import sync_to_async

PIECE = 64 * 1024  # bytes that are handed on at once
LONGEST = 0.1  # seconds that are spent on them: others' pages are made meanwhile


async def in_pieces(made: Iterable[bytes]) -> AsyncIterator[bytes]:
    """What the iterable gives, in fewer pieces, each made in the thread of the request.

    There the database may be asked.
    """
    pieces = gathered(made)
    take = sync_to_async(lambda: next(pieces, None))
    while (piece := await take()) is not None:
        yield piece


def gathered(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in fewer pieces: each crosses from one thread to another."""
    waiting: list[bytes] = []
    size, began = 0, time.monotonic()
    for piece in pieces:
        waiting.append(piece)
        size += len(piece)
        if size >= PIECE or (size and time.monotonic() - began >= LONGEST):
            yield b"".join(waiting)
            waiting, size, began = [], 0, time.monotonic()
    yield b"".join(waiting)
