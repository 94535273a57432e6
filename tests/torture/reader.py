"""A tab as it stands in a browser: one socket at a time, opened again whenever it is lost."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from chat.wire import reply
from chat.wire.commands import Command, Ping
from chat.wire.events import (
    Accepted,
    ConversationChanged,
    Event,
    Pong,
    Refused,
    RunFinished,
    Snapshot,
)
from chat.wire.reply import Gap, Reply

LOST = (ConnectionClosed, InvalidHandshake, OSError, EOFError, TimeoutError)
AGAIN = 0.5  # seconds after which a tab asks again for what was refused
BACK = 0.3  # seconds, about, until a tab opens a socket again
BEAT = 1.0  # seconds between a tab's pings
SILENCE = 5.0  # seconds without any frame after which a tab leaves its socket

Cookie = Callable[[str], str]  # the header's value, for a server's address

_decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(
    Event | Accepted | ConversationChanged | Pong | Refused
)


@dataclass(frozen=True)
class Manner:
    """How somebody reads: pauses of up to so many seconds between frames, and before leaving."""

    name: str
    slow: float = 0.0
    leaves_within: float | None = None


MANNERS = (Manner("live"), Manner("slow", slow=0.2), Manner("restless", leaves_within=2.0))


@dataclass
class Reading:
    """What a tab has seen of one run."""

    reply: Reply
    taken_back: int = 0  # characters that were shown and then were not
    gaps: int = 0
    ended: asyncio.Event = field(default_factory=asyncio.Event)


class Tab:
    """Opens its socket at any of ``urls``, asks for what it misses, folds what comes.

    ``commands`` are said again on each new socket until they are answered.
    """

    def __init__(
        self, urls: Sequence[str], cookie: Cookie, manner: Manner, dice: random.Random
    ) -> None:
        self.readings: dict[UUID, Reading] = {}
        self.manner = manner
        self._urls = urls
        self._cookie = cookie
        self._dice = dice
        self._socket: ClientConnection | None = None
        self._heard_at = 0.0
        self._unanswered: dict[UUID, tuple[Command, asyncio.Future[Accepted]]] = {}
        self._frozen = asyncio.Event()
        self._frozen.set()
        self._task = asyncio.create_task(self._live())

    async def close(self) -> None:
        """Shut the tab."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def ask(self, key: UUID, command: Command) -> Accepted:
        """Have a command accepted, however often it has to be said."""
        answered: asyncio.Future[Accepted] = asyncio.get_running_loop().create_future()
        self._unanswered[key] = command, answered
        await self.send(command)
        try:
            return await answered
        finally:
            del self._unanswered[key]

    async def send(self, command: Command) -> None:
        """Say it, if there is a socket."""
        if self._socket is not None:
            with contextlib.suppress(*LOST):
                await self._socket.send(msgspec.json.encode(command).decode())

    async def follow(self, run: UUID) -> Reading:
        """Read this run, from its first event on."""
        if run not in self.readings:
            self.readings[run] = Reading(Reply(run))
            await self._ask_for(run)
        return self.readings[run]

    def cut(self) -> None:
        """Lose the socket as a network does, without a word."""
        if self._socket is not None:
            self._socket.transport.abort()

    def freeze(self) -> None:
        """Read nothing any more, with the socket open."""
        self._frozen.clear()

    def thaw(self) -> None:
        """Read on."""
        self._frozen.set()

    # --- a socket's life

    async def _live(self) -> None:
        while True:
            with contextlib.suppress(*LOST):
                await self._visit(self._dice.choice(self._urls))
            self._socket = None
            await asyncio.sleep(self._dice.uniform(0, 2 * BACK))

    async def _visit(self, url: str) -> None:
        headers = {"Cookie": self._cookie(url), "Origin": url}
        address = f"{url.replace('http', 'ws', 1)}/ws/chat/"
        async with connect(
            address,
            additional_headers=headers,
            proxy=None,
            ping_interval=None,
            max_size=None,
            max_queue=4,
            open_timeout=10,
            close_timeout=0.2,
        ) as self._socket:
            beating = asyncio.create_task(self._beat(self._socket))
            limit = self.manner.leaves_within
            try:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(limit and self._dice.uniform(0, limit)):
                        await self._read(self._socket)
            finally:
                beating.cancel()

    async def _beat(self, socket: ClientConnection) -> None:
        """Find out that nothing comes any more, as the page does."""
        self._heard_at = time.monotonic()
        while time.monotonic() - self._heard_at < SILENCE:
            await asyncio.sleep(BEAT)
            await self.send(Ping())
            if not self._frozen.is_set():  # it reads nothing by its own will
                self._heard_at = time.monotonic()
        socket.transport.abort()

    async def _read(self, socket: ClientConnection) -> None:
        for command, _ in list(self._unanswered.values()):
            await self.send(command)
        for run in [run for run, each in self.readings.items() if not each.ended.is_set()]:
            await self._ask_for(run)
        async for frame in socket:
            self._heard_at = time.monotonic()
            await self._frozen.wait()
            await self._heard(_decoder.decode(frame))
            if self.manner.slow:
                await asyncio.sleep(self._dice.uniform(0, self.manner.slow))

    # --- what comes

    async def _heard(self, frame: Any) -> None:
        match frame:
            case Accepted():
                await self.follow(frame.run)
                known = self._unanswered.get(frame.id)
                if known and not known[1].done():
                    known[1].set_result(frame)
            case Refused():
                self._soon(self._refused(frame))
            case ConversationChanged() | Pong():
                pass
            case _:
                await self._fold(frame)

    async def _refused(self, refused: Refused) -> None:
        await asyncio.sleep(max(AGAIN, refused.retry_after or 0))
        if refused.id in self._unanswered:
            await self.send(self._unanswered[refused.id][0])
        elif refused.command == "follow" and refused.run in self.readings:
            await self._ask_for(refused.run)

    async def _fold(self, event: Event) -> None:
        reading = self.readings.get(event.run)
        if reading is None:
            return
        folded = reply.apply(reading.reply, event)
        if isinstance(folded, Gap):
            reading.gaps += 1
            await self._ask_for(event.run)
            return
        if isinstance(event, Snapshot):
            reading.taken_back += _taken_back(reading.reply.text, folded.text)
        reading.reply = folded
        if isinstance(event, RunFinished):
            reading.ended.set()

    async def _ask_for(self, run: UUID) -> None:
        after = self.readings[run].reply.seq
        command = {"type": "follow", "run": str(run), "after": after}
        if self._socket is not None:
            with contextlib.suppress(*LOST):
                await self._socket.send(json.dumps(command))

    def _soon(self, work: Any) -> None:
        task = asyncio.create_task(work)
        _background.add(task)
        task.add_done_callback(_background.discard)


_background: set[asyncio.Task[None]] = set()


def _taken_back(before: str, after: str) -> int:
    """How many characters that were there are not there any more."""
    same = 0
    for one, other in zip(before, after, strict=False):
        if one != other:
            break
        same += 1
    return len(before) - same
