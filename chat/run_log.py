"""The log of one run while this process writes it: what it has, and what readers may see.

A run hands it text, the journal takes that in batches and, once a batch is committed, lets
readers see it.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from chat import traces
from chat.wire.events import (
    Event,
    Kind,
    Outcome,
    RunFinished,
    Snapshot,
    TextAdded,
    Timing,
    Usage,
    encode,
)
from chat.wire.sentences import sentence

ROOM = 262_144  # characters of a run in one batch; what comes faster than that waits upstream
PIECE = 32_768  # characters of one event at most, so that no frame grows without bound
TAIL = 64  # events of a run kept in memory for readers; one further behind reads the database

UNSTORABLE = sentence("The answer could not be stored.")


class LogClosed(Exception):
    """Nothing can be written into this run any more."""


@dataclass(frozen=True)
class Ending:
    """How a run ended, for its last event and its row."""

    outcome: Outcome
    error: str | None = None
    usage: Usage | None = None
    timing: Timing | None = None
    duration_ms: int | None = None


@dataclass
class Share:
    """What one run has in one batch."""

    log: "RunLog"
    events: list[Event]
    notes: dict[str, Any]
    ending: Ending | None
    finished: RunFinished | None = None


class RunLog:
    """The log of one run that this process writes, as far as it is kept in memory.

    ``add`` takes text that nobody sees yet; ``since`` gives committed frames.
    """

    def __init__(self, run: UUID, first: list[Event], wanted: Callable[[bool], None]) -> None:
        self.run = run
        self.last_seq = 0
        self.span: traces.Span | None = None  # of the run
        self._closed = asyncio.Event()  # nothing more will be written
        self.stored: Ending | None = None  # its end, as the database has it
        self._frames: deque[str] = deque(maxlen=TAIL)
        self._pieces: list[tuple[Kind, str]] = []
        self._held = 0  # characters of them
        self._begun = False
        self._has_given_up = False
        self._snapshot: Snapshot | None = None
        self._notes: dict[str, Any] = {}
        self._ending: Ending | None = None
        self._given = first[-1].seq  # the last number given to an event, committed or not
        self._waiting: set[asyncio.Future[None]] = set()
        self._gathering = asyncio.Event()  # a batch is being gathered: bring what there is
        self._wanted = wanted
        self.publish(first)

    @property
    def is_closed(self) -> bool:
        """Whether nothing more will be written."""
        return self._closed.is_set()

    @property
    def is_lost(self) -> bool:
        """Whether it is closed without an end: the database knows one from others, or will."""
        return self.is_closed and self.stored is None

    # --- the writer's side: the run

    def add(self, kind: Kind, text: str) -> None:
        """Text that follows. The first of a run is written at once, the rest is gathered."""
        if self._has_given_up:
            return
        self._pieces.append((kind, text))
        self._held += len(text)
        self._wanted(not self._begun)
        self._begun = True

    def replace(self, text: str, reasoning: str) -> None:
        """The whole answer, in place of all its pieces."""
        if self._has_given_up:
            return
        self._pieces.clear()
        self._snapshot = Snapshot(self.run, 0, text, reasoning)
        self._wanted(False)

    def note(self, **columns: Any) -> None:
        """Columns of the run's row, written with the next batch."""
        self._notes |= columns
        self._wanted(False)

    def end(self, ending: Ending) -> None:
        """The last thing that happens. ``ended`` waits until it is stored."""
        if not self._has_given_up:
            self._ending = ending
            self._wanted(True)

    async def next_batch(self) -> None:
        """Wait until a batch is being gathered, for which everything may be read that is there.

        So the upstream is read once a batch, not once a token, and a slow database slows
        the upstream, not our memory. Raises LogClosed if nothing can be written any more.
        """
        if self._held > ROOM:
            self._gathering.clear()
        if not self._gathering.is_set():
            self._wanted(False)
            await self._gathering.wait()
        if self._has_given_up or self.is_closed:
            raise LogClosed

    async def ended(self) -> None:
        """Wait until the end is stored, or until it is known that it never will be."""
        await self._closed.wait()

    # --- the journal's side

    def gather(self) -> None:
        """Let the run bring what it has, or learn that nothing is taken any more."""
        self._gathering.set()

    def take(self) -> Share | None:
        """What waits, as numbered events that never change again."""
        self._gathering.clear()
        events = self._number()
        if not (events or self._notes or self._ending):
            return None
        share = Share(self, events, self._notes, self._ending)
        self._pieces, self._snapshot, self._notes, self._ending = [], None, {}, None
        self._held = 0
        return share

    def _number(self) -> list[Event]:
        events: list[Event] = []
        if self._snapshot:
            self._given += 1
            snapshot = self._snapshot
            events.append(Snapshot(self.run, self._given, snapshot.text, snapshot.reasoning))
        for kind, text in _joined(self._pieces):
            for start in range(0, len(text), PIECE):
                self._given += 1
                events.append(TextAdded(self.run, self._given, text[start : start + PIECE], kind))
        return events

    def publish(self, events: list[Event]) -> None:
        """Let readers see what is committed now."""
        for event in events:
            self._frames.append(encode(event))
            self.last_seq = event.seq
        self.wake()

    def give_up(self) -> bool:
        """Drop what the database refuses and end as failed. False if that was refused too."""
        if self._has_given_up:
            return False
        self.end(Ending("failed", UNSTORABLE))
        self._has_given_up = True
        self._given = self.last_seq
        self._pieces, self._snapshot = [], None
        self.gather()
        return True

    def close(self, stored: Ending | None = None) -> None:
        """Nothing more will be written: the end is stored, or the log is lost."""
        self.stored = stored
        self._closed.set()
        self.gather()
        self.wake()

    # --- the reader's side

    def since(self, seq: int) -> list[str] | None:
        """The frames after number ``seq``, or None where memory does not reach back so far."""
        behind = self.last_seq - seq
        if behind <= 0:
            return []
        if behind > len(self._frames):
            return None
        return [self._frames[at] for at in range(-behind, 0)]

    async def change(self) -> None:
        """Wait until something is committed or given up."""
        future = asyncio.get_running_loop().create_future()
        self._waiting.add(future)
        try:
            await future
        finally:
            self._waiting.discard(future)

    def wake(self) -> None:
        """Let everyone who waits look again."""
        for future in self._waiting:
            if not future.done():
                future.set_result(None)


def _joined(pieces: list[tuple[Kind, str]]) -> list[tuple[Kind, str]]:
    """Neighbours of one kind made one."""
    groups: list[tuple[Kind, list[str]]] = []
    for kind, text in pieces:
        if groups and groups[-1][0] == kind:
            groups[-1][1].append(text)
        else:
            groups.append((kind, [text]))
    return [(kind, "".join(texts)) for kind, texts in groups]
