"""Which processes are alive, seen from this one; the dead ones' runs are settled.

No clock of any machine is believed. A process is dead when its beat stands still
for the length of a lease by this process's own monotonic time, or, on SQLite, when
this process holds the database alone.
"""

import asyncio
import contextlib
import fcntl
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO
from uuid import UUID

from django.db import DatabaseError

from chat.journal import Journal
from chat.models import Conversation, Process, Run
from chat.models.run import bury

logger = logging.getLogger(__name__)

LEASE = 6.0  # seconds that a beat may stand still; a live process counts at least every second
LOOK = 1.0  # seconds between looks
HOUSEKEEPING = 60  # looks between erasures


class Liveness:
    """Looks at the other processes once a second and settles what the dead ones left."""

    def __init__(
        self,
        journal: Journal,
        stop: Callable[[UUID], None],
        lock: Path | None = None,
        lease: float = LEASE,
    ) -> None:
        self._journal = journal
        self._stop = stop
        self._lock = lock
        self._lease = lease
        self._held: IO[str] | None = None
        self._seen: dict[UUID, tuple[int, float]] = {}
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
            is_alone = await asyncio.to_thread(self._is_alone_at, self._lock)
            if is_alone:
                await self._quietly(self._bury_others)
                await asyncio.to_thread(self._share)
        looks = 0
        while True:
            await self._quietly(self._look)
            looks += 1
            if looks % HOUSEKEEPING == 1:
                await self._quietly(_erase)
            await asyncio.sleep(LOOK)

    async def _quietly(self, function: Callable[[], None]) -> None:
        try:
            await self._journal.write(function)
        except DatabaseError as error:  # the next look tries again
            logger.warning("Could not look at the other processes: %s", error)

    # --- in the writing thread

    def _look(self) -> None:
        now = time.monotonic()
        owners = {run.process_id: run.process for run in Run.objects.live_with_owners()}
        for process in owners.values():
            if process.pk != self._journal.process and self._stands_still(process, now):
                settled = bury(process.pk, process.beat)
                logger.warning("Process %s is dead; %d runs settled.", process.pk, settled)
        self._seen = {pk: seen for pk, seen in self._seen.items() if pk in owners}
        for run in Run.objects.to_be_stopped_by(self._journal.process):
            self._stop(run.pk)

    def _stands_still(self, process: Process, now: float) -> bool:
        if process.ended_at:
            return True
        beat, since = self._seen.get(process.pk, (None, now))
        if beat != process.beat:
            self._seen[process.pk] = (process.beat, now)
            return False
        return now - since > self._lease

    def _bury_others(self) -> None:
        for process in Process.objects.alive().other_than(self._journal.process):
            if settled := bury(process.pk):
                logger.warning("A server ended without a word; %d runs settled.", settled)

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


def _erase() -> None:
    Conversation.objects.to_be_erased().delete()
