"""Who has a socket open in this process: how many, how quick, and whether they may stay.

What a person's standing is, the database says. The doorbell tells when to look again at
once; a look every other second finds what no bell was rung for, with Redis down too.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db import Error

from chat import standing
from chat.database import DatabaseThreads
from chat.doorbell import Doorbell, Listening
from chat.pace import Pace
from chat.standing import SIGNED_OUT, Standing, Visitor

logger = logging.getLogger(__name__)

LOOK = 2.0  # seconds between looks
APART = 0.2  # seconds between looks however often the bell rings
TOO_BUSY = 4413
PACE = (40.0, 200.0)  # commands of one person in this process: a second, and at once
REFUSED = 4  # what a command that was refused counts in addition: pages send few of them


@dataclass(eq=False)
class Guest:
    """One open socket. ``leave`` is called with a close code when it may not stay."""

    visitor: Visitor
    address: str
    pace: Pace
    leave: Callable[[int], None]
    standing: Standing | None = None
    place: Listening | None = None

    async def wait(self) -> None:
        """Let a flood stand in its own way: nothing more of this socket is read meanwhile."""
        if (pause := self.pace.take()) > 0:
            await asyncio.sleep(pause)

    def was_refused(self) -> None:
        """Let the next one wait for longer."""
        self.pace.take(REFUSED)


@dataclass
class Bounds:
    """How many sockets one person, and one address, may have open in one process."""

    of_person: int = 0  # 0: any number
    of_address: int = 0


@dataclass
class Attendance:
    """Everyone who has a socket open here."""

    doorbell: Doorbell
    readers: DatabaseThreads
    bounds: Bounds = field(default_factory=Bounds)

    def __post_init__(self) -> None:
        self._guests: set[Guest] = set()
        self._of_person: Counter[Any] = Counter()
        self._of_address: Counter[str] = Counter()
        self._paces: dict[Any, Pace] = {}
        self._rung = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to look."""
        if self._task is None:
            self._task = asyncio.create_task(self._watch(), name="attendance")

    async def close(self) -> None:
        """Stop looking."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def admit(
        self, person: Any, session: str | None, address: str, leave: Callable[[int], None]
    ) -> Guest | int:
        """The guest that a new socket is, or the code to close it with.

        Whoever is admitted has to ``part`` in the end.
        """
        if self._is_full(person, address):
            return TOO_BUSY
        visitor = Visitor(person, session)
        guest = Guest(visitor, address, self._paces.setdefault(person, Pace(*PACE)), leave)
        self._count(guest, 1)
        try:
            guest.standing = (await self.readers.run(standing.read, [visitor])).get(visitor)
        except Error:  # nobody can tell just now: come back later
            self._count(guest, -1)
            return TOO_BUSY
        except BaseException:
            self._count(guest, -1)
            raise
        if guest.standing is None:
            self._count(guest, -1)
            return SIGNED_OUT
        guest.place = self.doorbell.listen(f"standing.{person}", lambda _: self._rung.set())
        self._guests.add(guest)
        return guest

    def part(self, guest: Guest) -> None:
        """The socket is gone."""
        if guest.place:
            guest.place.close()
        self._guests.discard(guest)
        self._count(guest, -1)

    def _is_full(self, person: Any, address: str) -> bool:
        of_person, of_address = self.bounds.of_person, self.bounds.of_address
        return bool(
            (of_person and self._of_person[person] >= of_person)
            or (of_address and self._of_address[address] >= of_address)
        )

    def _count(self, guest: Guest, change: int) -> None:
        person = guest.visitor.person
        for counter, key in ((self._of_person, person), (self._of_address, guest.address)):
            counter[key] += change
            if counter[key] <= 0:
                del counter[key]
        if person not in self._of_person:
            self._paces.pop(person, None)

    async def _watch(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK):
                    await self._rung.wait()
            self._rung.clear()
            await self._look()
            await asyncio.sleep(APART)

    async def _look(self) -> None:
        guests = list(self._guests)
        if not guests:
            return
        try:
            codes = await self.readers.run(_verdicts, guests)
        except Error as error:  # the next look tries again
            logger.warning("Could not look who may stay: %s", error)
            return
        for guest, code in codes.items():
            if guest in self._guests:
                guest.leave(code)


def _verdicts(guests: list[Guest]) -> dict[Guest, int]:
    """The codes of those who may not stay. Runs in a reading thread."""
    standings = standing.read({guest.visitor for guest in guests})
    codes: dict[Guest, int] = {}
    for guest in guests:
        assert guest.standing is not None
        now = standings.get(guest.visitor)
        code = standing.verdict(guest.visitor, guest.standing, now)
        if code is not None:
            codes[guest] = code
        elif now is not None:
            guest.standing = now
    return codes
