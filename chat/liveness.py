"""Which processes are alive, seen from this one; the dead ones' runs are settled.

No clock of any machine is believed. A process is dead when its beat stands still look
after look, or, on SQLite, when this process holds the database alone. A look that fails
does not count: after an outage of the database everyone has the whole lease again.
"""

import asyncio
import contextlib
import fcntl
import logging
from collections.abc import Callable
from pathlib import Path
from typing import IO
from uuid import UUID

from django.db import Error

from chat import metrics
from chat.journal import Journal
from chat.models import Charge, Process, Run, Share
from chat.models.run import bury

logger = logging.getLogger(__name__)

LOOK = 1.0  # seconds between looks; a process that owns a run counts at least as often
LEASE = 6  # looks in a row that may find the same beat
HOUSEKEEPING = 60  # looks between removals of what has ended


class Liveness:
    """Looks at the other processes once a second and settles what the dead ones left."""

    def __init__(
        self,
        journal: Journal,
        stop: Callable[[UUID], None],
        lock: Path | None = None,
        lease: int = LEASE,
    ) -> None:
        self._journal = journal
        self._stop = stop
        self._lock = lock
        self._lease = lease
        self._held: IO[str] | None = None
        self._seen: dict[UUID, tuple[int, int]] = {}  # process → its beat, looks that found it
        self._unwritten: set[UUID] = set()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Settle at once what can be known to be dead, then keep looking."""
        if self._task is None:
            self._task = asyncio.create_task(self._watch(), name="liveness")

    async def close(self) -> None:
        """Stop looking."""
        if self._task:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        if self._held:
            self._held.close()

    async def _watch(self) -> None:
        if self._lock is not None:
            await self._settle_if_alone(self._lock)
        looks = 0
        while True:
            await self._quietly(self._look)
            looks += 1
            if looks % HOUSEKEEPING == 1:
                await self._quietly(_remove_what_ended)
            await asyncio.sleep(LOOK)

    async def _settle_if_alone(self, lock: Path) -> None:
        try:
            is_alone = await asyncio.to_thread(self._is_alone_at, lock)
        except OSError as error:  # then the others' beats tell, a few seconds later
            logger.warning("Could not lock %s: %s", lock, error)
            return
        if is_alone:
            await self._quietly(self._bury_others)
            await asyncio.to_thread(self._share)

    async def _quietly(self, function: Callable[[], None]) -> None:
        try:
            await self._journal.write(function)
        except Error as error:  # the next look tries again
            logger.warning("Could not look at the other processes: %s", error)
        except Exception:  # none may end the looking: what the dead left would stream for ever
            logger.exception("Could not look at the other processes.")

    # --- in the writing thread

    def _look(self) -> None:
        live = list(Run.objects.live_with_owners())
        mine = [run for run in live if run.process_id == self._journal.process]
        others = {run.process_id: run.process for run in live}
        others.pop(self._journal.process, None)
        for process in others.values():
            if self._is_dead(process):
                settled = bury(process.pk, process.beat)
                _count(settled)
                logger.warning("Process %s is dead; %d runs settled.", process.pk, len(settled))
        self._seen = {pk: seen for pk, seen in self._seen.items() if pk in others}
        self._settle_unwritten(mine)
        forbidden = Run.objects.of_people_shut_out() if mine else set()
        for run in mine:
            if run.stop_requested or run.pk in forbidden:
                self._stop(run.pk)

    def _is_dead(self, process: Process) -> bool:
        beat, looks = self._seen.get(process.pk, (process.beat, 0))
        looks = looks + 1 if beat == process.beat else 0
        self._seen[process.pk] = (process.beat, looks)
        return bool(process.ended_at) or looks > self._lease

    def _settle_unwritten(self, mine: list[Run]) -> None:
        """A run of this process that nobody here writes at two looks never will be written."""
        unwritten = {run.pk for run in mine if self._journal.find(run.pk) is None}
        for run in mine:
            if run.pk in unwritten & self._unwritten and run.settle():
                _count([run])
                about = {"run": str(run.pk)}
                logger.error(
                    "Run %s was left without a writer and is settled.", run.pk, extra=about
                )
        self._unwritten = unwritten

    def _bury_others(self) -> None:
        for process in Process.objects.alive().other_than(self._journal.process):
            if settled := bury(process.pk):
                _count(settled)
                logger.warning("A server ended without a word; %d runs settled.", len(settled))

    # --- SQLite: one lock beside the database, shared by all processes that use it

    def _is_alone_at(self, path: Path) -> bool:
        """Whether no other process has this database open; the kernel frees a dead one's lock."""
        self._held = path.open("w")
        fcntl.flock(self._held, fcntl.LOCK_SH)
        try:
            fcntl.flock(self._held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._share()
            return False
        return True

    def _share(self) -> None:
        if self._held:
            fcntl.flock(self._held, fcntl.LOCK_SH)


def _count(settled: list[Run]) -> None:
    """Whoever wrote them cannot, or counted them as lost."""
    for run in settled:
        metrics.runs.labels(run.server, run.Outcome.INTERRUPTED).inc()


def _remove_what_ended() -> None:
    Share.objects.ended().delete()
    Charge.objects.old().delete()
