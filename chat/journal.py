"""The journal: the one writer of this process, and the logs of the runs it owns.

Runs hand it text. It gathers for a moment, writes what all runs have in one
transaction, and only then lets readers see it: what a person has seen is stored.
While one commit is under way the next gathers, so load makes batches larger
instead of queues longer.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine
from contextvars import Context
from typing import Any, TypeVar
from uuid import UUID, uuid4

from django.db import DataError, Error, IntegrityError, transaction

from chat import gathering, metrics, traces
from chat.database import DatabaseThreads
from chat.doorbell import Doorbell
from chat.models import Charge, Process, Run, RunEvent
from chat.models.run import EventRow
from chat.run_log import Ending, RunLog, Share
from chat.wire.events import (
    Event,
    RunFinished,
    RunStarted,
    Snapshot,
    TextAdded,
    Timing,
    Usage,
)
from chat.wire.sentences import sentence

logger = logging.getLogger(__name__)

BEAT = 1.0  # seconds between signs of life while a run is live
SLOW = 2.0  # seconds of one write after which readers are told
RETRY_FIRST, RETRY_MOST = 0.05, 2.0  # seconds between attempts while the database is away

DATABASE_AWAY = sentence("The database is not answering. The answer goes on when it is back.")
UNFIT = (DataError, IntegrityError, TypeError, ValueError)  # this text, not the database

R = TypeVar("R")


class Fenced(Exception):
    """This process was declared dead: what it still writes of its old runs is refused."""


class Journal:
    """Writes the logs of this process's runs and tells the world what is committed."""

    def __init__(self, doorbell: Doorbell, host: str = "") -> None:
        self.process = uuid4()
        self.trouble: str | None = None  # a sentence while the database does not take writes
        self._host = host
        self._doorbell = doorbell
        self._writer = DatabaseThreads("journal", 1)
        self._turn = asyncio.Lock()
        self._logs: dict[UUID, RunLog] = {}
        self._registered = False
        self._beat = 0
        self._wanted = asyncio.Event()
        self._urgent = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    # --- for the runs

    async def write(self, function: Callable[..., R], *args: Any) -> R:
        """Call ``function`` in the writing thread: it waits for no lock that this process holds.

        One at a time stands there, so that text never waits behind a crowd.
        """
        with metrics.waiting.track_inprogress():
            async with self._turn:
                return await self._writer.run(function, *args)

    async def identify(self) -> UUID:
        """This process's id, known to the database: the owner of runs that begin now."""
        if not self._registered:
            await self.write(self._register)
        return self.process

    def _register(self) -> None:
        if not self._registered:
            Process.objects.create(id=self.process, host=self._host)
            self._registered = True

    def open(self, run: UUID, first: list[Event]) -> RunLog:
        """A log for a run that is stored with these first events."""
        log = self._logs[run] = RunLog(run, first, self._want)
        if self._task is None:
            # It outlives whoever opens the first log, and is about none of their requests.
            self._task = asyncio.create_task(self._work(), name="journal", context=Context())
        return log

    def find(self, run: UUID) -> RunLog | None:
        """The log of a run that lives in this process."""
        return self._logs.get(run)

    async def close(self) -> None:
        """Write what waits, then end. The runs have ended before."""
        if self._task:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        if self._registered:
            with contextlib.suppress(Error):
                await self.write(Process.declare_dead, self.process)
        await asyncio.to_thread(self._writer.close)

    # --- the writer's life

    def _want(self, urgent: bool) -> None:
        self._wanted.set()
        if urgent:
            self._urgent.set()

    async def _work(self) -> None:
        while True:
            await _wait(self._wanted, BEAT if self._logs else None)
            patience = gathering.seconds(len(self._logs)) if self._wanted.is_set() else 0
            await _wait(self._urgent, patience)
            self._wanted.clear()
            self._urgent.clear()
            self._gather()
            await asyncio.sleep(0)  # the runs' turn
            if self._logs:
                await self._commit(self._take())

    # These two end before the work waits: a name in it would keep a run until the next batch.

    def _gather(self) -> None:
        for log in self._logs.values():
            log.gather()

    def _take(self) -> list[Share]:
        return [share for log in self._logs.values() if (share := log.take())]

    async def _commit(self, shares: list[Share]) -> None:
        """Store a batch, however long the database takes, and publish it."""
        pause = 0.0
        while True:
            try:
                spans = (share.log.span for share in shares)
                with metrics.commit.time(), traces.around("journal commit", of=spans):
                    await self._patiently(self._writer.run(self._store, shares, pause > 0))
            except Fenced:
                self._recover()  # it was the database that said so
                return self._lose_all()
            except UNFIT as error:
                self._recover()
                return await self._sort_out(shares, error)
            except Error as error:
                self._report(error)
                pause = min(pause * 2 or RETRY_FIRST, RETRY_MOST)
                await asyncio.sleep(pause)
            except Exception as error:  # none may end the writer: all runs would hang
                logger.exception("What %d runs have could not be written.", len(shares))
                return await self._sort_out(shares, error)
            else:
                self._recover()
                metrics.batch.observe(len(shares))
                for share in shares:
                    self._publish(share)
                return None

    def _store(self, shares: list[Share], is_repeated: bool) -> None:
        """Write a batch, unless an attempt whose answer was lost has; in the writing thread."""
        if not (is_repeated and Process.has_counted(self.process, self._beat)):
            _store(self.process, self._beat, shares)
        self._beat += 1

    async def _patiently(self, writing: Coroutine[Any, Any, None]) -> None:
        """Wait for a write; one that takes long is told to the readers, not given up."""
        task = asyncio.ensure_future(writing)
        done, _ = await asyncio.wait({task}, timeout=SLOW)
        if not done:
            self._report("a write takes long")
        await task

    def _report(self, error: object) -> None:
        if self.trouble is None:
            metrics.trouble.inc()
            logger.error("The database does not take writes: %s", error)
        self.trouble = DATABASE_AWAY
        for log in self._logs.values():
            log.wake()

    def _recover(self) -> None:
        if self.trouble is not None:
            metrics.trouble.dec()
            logger.warning("The database takes writes again.")
        self.trouble = None

    def _publish(self, share: Share) -> None:
        log = share.log
        log.publish(share.events + ([share.finished] if share.finished else []))
        if share.ending:
            self._forget(log, share.ending)
        self._doorbell.ring(f"run.{log.run}", {"seq": log.last_seq})

    def _forget(self, log: RunLog, stored: Ending | None = None) -> None:
        self._logs.pop(log.run, None)
        log.close(stored)

    async def _sort_out(self, shares: list[Share], error: Exception) -> None:
        """One run that the database refuses must not hold up the others."""
        if len(shares) == 1:
            self._refuse(shares[0], error)
            return
        for share in shares:
            if not share.log.is_closed:  # as it is once others have settled our runs
                await self._commit([share])

    def _refuse(self, share: Share, error: Exception) -> None:
        """The database will never take this: the run ends with what is stored."""
        run = share.log.run
        about = {"run": str(run)}
        logger.error("run %s: the database refuses what it has: %s", run, error, extra=about)
        if not share.log.give_up():
            self._forget(share.log)

    def _lose_all(self) -> None:
        """Others settled our runs. Begin again as a new process; readers find the end stored."""
        logger.error("This process was declared dead and starts again under a new id.")
        self.process, self._registered, self._beat = uuid4(), False, 0
        for log in list(self._logs.values()):
            self._forget(log)


async def _wait(event: asyncio.Event, seconds: float | None) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()


def _store(process: UUID, beat: int, shares: list[Share]) -> None:
    """One transaction for all runs. Raises Fenced, or what the database raises."""
    with transaction.atomic():
        if not Process.count_beat(process, beat):
            raise Fenced
        if rows := [_row(event) for share in shares for event in share.events]:
            RunEvent.objects.write(rows)
        for share in shares:
            if share.notes:
                Run.objects.filter(pk=share.log.run).update(**share.notes)
            if share.ending:
                share.finished = _finish(share.log.run, share.ending)


def _row(event: Event) -> EventRow:
    match event:
        case TextAdded():
            kind = RunEvent.Kind.REASONING if event.kind == "reasoning" else RunEvent.Kind.TEXT
            return event.run, event.seq, kind, event.text, ""
        case Snapshot():
            return event.run, event.seq, RunEvent.Kind.SNAPSHOT, event.text, event.reasoning
        case RunStarted() | RunFinished():
            raise ValueError("The first and the last event of a run are columns of its row.")


def _finish(run_id: UUID, ending: Ending) -> RunFinished:
    """Fold the log into the message and close the run, within the caller's transaction."""
    counted = ending.usage or Usage()
    if tokens := (counted.prompt_tokens or 0) + (counted.completion_tokens or 0):
        Charge.objects.count_tokens(run_id, tokens)
    timing = ending.timing or Timing(None, None)
    run = Run.objects.live().filter(pk=run_id).first()
    columns = {
        "prompt_tokens": counted.prompt_tokens,
        "completion_tokens": counted.completion_tokens,
        "usage_estimated": counted.estimated,
        "first_token_ms": timing.first_token_ms,
        "tokens_per_second": timing.tokens_per_second,
        "duration_ms": ending.duration_ms,
    }
    folded = run.finish(ending.outcome, ending.error or "", **columns) if run else None
    if folded is None:  # erased meanwhile, with its conversation
        return RunFinished(run_id, 2, ending.outcome, ending.error, None, None, 0)
    text, seq = folded
    return RunFinished(
        run_id, seq, ending.outcome, ending.error, ending.usage, ending.timing, len(text)
    )
