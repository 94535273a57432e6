"""People who talk with the model all the time, each with several tabs of different manners."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from chat.wire.commands import Continue, Retry, Say, Stop
from chat.wire.events import Accepted
from tests.torture.reader import Tab

TURNS = 4  # of one conversation
STOPS = 0.1  # how often somebody presses Stop
PAUSE = 1.0  # seconds at most before an answer that was cut off is gone on with
GOES_ON = 0.6  # how often an answer that was cut off is gone on with


@dataclass
class Turn:
    """A turn as its person knows it: what was said, and the runs that answer it."""

    message: UUID
    conversation: UUID
    person: int
    accepted: list[Accepted] = field(default_factory=list)
    faults: set[str] = field(default_factory=set)  # those that struck meanwhile

    @property
    def text(self) -> str:
        """What is said, by which the model knows what to answer."""
        return f"Turn {self.message}"


class Person:
    """Says one turn after the other; ``turns`` are all, and ``current`` the one under way."""

    def __init__(self, number: int, tabs: Sequence[Tab], dice: random.Random) -> None:
        self.turns: list[Turn] = []
        self.tabs = tabs
        self._number = number
        self._dice = dice
        self._tired = asyncio.Event()

    async def talk(self) -> None:
        """Talk until told to finish."""
        while not self._tired.is_set():
            conversation, parent = self._id(), None
            for _ in range(TURNS):
                parent = await self._turn(conversation, parent)
                if self._tired.is_set():
                    return

    def finish(self) -> None:
        """End with the turn under way."""
        self._tired.set()

    async def _turn(self, conversation: UUID, parent: UUID | None) -> UUID:
        turn = Turn(self._id(), conversation, self._number)
        self.turns.append(turn)
        say = Say(turn.message, conversation, parent, turn.text, self._id())
        accepted = await self._ask(turn, turn.message, say)
        while await self._end_of(accepted) in ("interrupted", "failed", "stopped"):
            if self._dice.random() > GOES_ON or self._tired.is_set():
                break
            accepted = await self._again(turn, accepted)
        return accepted.reply

    async def _again(self, turn: Turn, accepted: Accepted) -> Accepted:
        await asyncio.sleep(self._dice.uniform(0, PAUSE))
        key = self._id()
        if self._dice.random() < 0.5:
            return await self._ask(turn, key, Continue(accepted.reply, key))
        return await self._ask(turn, key, Retry(accepted.reply, key))

    async def _ask(self, turn: Turn, key: UUID, command: Say | Continue | Retry) -> Accepted:
        """Say it in one tab, and sometimes in two at once."""
        asking = self._dice.sample(self.tabs, self._dice.choice([1, 1, 2]))
        accepted = await asyncio.gather(*(tab.ask(key, command) for tab in asking))
        assert all(each == accepted[0] for each in accepted), accepted
        turn.accepted.append(accepted[0])
        for tab in self.tabs:
            await tab.follow(accepted[0].run)
        return accepted[0]

    async def _end_of(self, accepted: Accepted) -> str:
        """Wait for the end as the first tab sees it; sometimes ask for it from another."""
        reading = self.tabs[0].readings[accepted.run]
        if self._dice.random() < STOPS:
            await asyncio.sleep(self._dice.uniform(0, 1))
            await self.tabs[-1].send(Stop(accepted.run))
        await reading.ended.wait()
        return str(reading.reply.outcome)

    def _id(self) -> UUID:
        return UUID(int=self._dice.getrandbits(128), version=4)
