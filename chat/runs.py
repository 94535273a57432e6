"""The runs of this process: each is started once, written whatever happens, and always ends.

A run belongs to this process, not to a socket: whoever asked may leave, and whoever comes
follows it, from any number and in any process.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import Error

from chat import limits, metrics, replay, titles, traces, turns
from chat.attendance import Attendance, Bounds
from chat.backends import Backend, BackendError, answering_run
from chat.catalogue import Catalogue
from chat.database import DatabaseThreads
from chat.doorbell import Doorbell, Listening, Note, listening
from chat.journal import DATABASE_AWAY, Journal
from chat.live_run import LiveRun
from chat.liveness import Liveness
from chat.models import Conversation, Message, Run
from chat.refusal import Refusal
from chat.replay import Reading
from chat.run_log import RunLog
from chat.turns import NOT_FOUND, Accepting, Person
from chat.wire.commands import Continue, Retry, Say
from chat.wire.events import Accepted, Allowance, Refused, encode
from chat.wire.sentences import sentence

logger = logging.getLogger(__name__)

LOOK_AGAIN = 1.0  # seconds after which a follower looks by itself: a lost ring costs no more
CLOSE_WITHIN = 4.0  # seconds for the runs to be stored when the server ends

CLOSING = sentence("The server is restarting. Try again in a moment.")
AWAY = sentence("The database is not answering. Try again in a moment.")

Behind = Callable[[Journal], Coroutine[Any, Any, None]]  # work that goes on behind the answers


class Runs:
    """All runs of this process, and the road to those of others."""

    def __init__(
        self,
        backends: Sequence[Backend],
        doorbell: Doorbell,
        *,
        lock: Path | None = None,
        makes_titles: bool = True,
        bounds: Bounds | None = None,
        behind: Sequence[Behind] = (),
    ) -> None:
        self._makes_titles = makes_titles
        self._behind = behind
        self.doorbell = doorbell
        self.journal = Journal(doorbell)
        self.catalogue = Catalogue(backends, self.journal)
        for backend in backends:
            metrics.begin(backend.config.name)
        self._liveness = Liveness(self.journal, self._stop_soon, lock)
        self._readers = DatabaseThreads("readers", 4)
        self.attendance = Attendance(doorbell, self._readers, bounds or Bounds())
        self._live: dict[UUID, LiveRun] = {}
        self._starting: set[asyncio.Task[Accepted]] = set()
        self._background: set[asyncio.Task[None]] = set()
        self._process: UUID | None = None
        self._place: Listening | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closing = False

    async def open(self) -> None:
        """Begin to work in the running loop: to look after servers and other processes."""
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
            self.catalogue.start()
            self.attendance.start()
            await self._liveness.start()
            for work in self._behind:
                self._do_in_background(work(self.journal), work.__name__)

    async def close(self) -> None:
        """Take no more turns, end the live runs as interrupted, and let go of everything."""
        if self._closing:
            return
        self._closing = True
        if self._starting:
            await asyncio.wait(self._starting, timeout=CLOSE_WITHIN)
        for live in list(self._live.values()):
            live.end_early("interrupted")
        if owners := [live.owner for live in self._live.values()]:
            await asyncio.wait(owners, timeout=CLOSE_WITHIN)
        for task in self._background:
            task.cancel()
        await asyncio.gather(*self._background, return_exceptions=True)
        await self.attendance.close()
        await self._liveness.close()
        await self.catalogue.close()
        await self.journal.close()
        await asyncio.to_thread(self._readers.close)

    # --- starting

    async def start(self, person: Person, command: Say | Retry | Continue) -> Accepted:
        """Store what is asked and begin to answer it, once however often it is asked.

        Raises Refusal.
        """
        if self._closing:
            raise Refusal("unavailable", CLOSING, retry_after=2)
        task = asyncio.create_task(self._start(person, command))
        self._starting.add(task)
        task.add_done_callback(self._started)
        return await asyncio.shield(task)  # who asked may leave; what is stored has to be answered

    def _started(self, task: asyncio.Task[Accepted]) -> None:
        self._starting.discard(task)
        if not task.cancelled():
            task.exception()  # is the asker's, who may have left

    async def _start(self, person: Person, command: Say | Retry | Continue) -> Accepted:
        name = command.__struct_config__.tag
        with traces.around("turn", command=str(name)) as turn:
            accepting = await self._accept(person, command)
            if accepting.is_new:
                metrics.turns.labels(name).inc()
                if accepting.owner == self.journal.process:  # else declared dead: a look settles it
                    self._begin(accepting, turn)
        return accepting.accepted

    async def _accept(self, person: Person, command: Say | Retry | Continue) -> Accepting:
        try:
            process = await self._identify()
            return await self.journal.write(
                turns.accept, person, command, process, self.catalogue.choose
            )
        except Error as error:
            logger.error("A turn could not be stored: %s", error)
            raise Refusal("unavailable", AWAY, retry_after=2) from error

    async def _identify(self) -> UUID:
        """This process's id in the database, at which others ring to stop a run."""
        known, process = self._process, await self.journal.identify()
        if process != known:
            self._process = process
            self._listen(f"process.{process}")
        return process

    def _listen(self, topic: str) -> None:
        if self._place:
            self._place.close()
        self._place = self.doorbell.listen(topic, self._told)

    def _begin(self, accepting: Accepting, turn: "traces.Span | None") -> None:
        run = accepting.accepted.run
        log = self.journal.open(run, accepting.first)
        server, model = accepting.server, accepting.accepted.model
        log.span = traces.begin("run", turn, run=str(run), server=server, model=model)
        live = self._live[run] = LiveRun(log, accepting, self.catalogue)
        metrics.live_runs.inc()
        live.owner.add_done_callback(lambda _: self._ended(run, accepting))

    def _ended(self, run: UUID, accepting: Accepting) -> None:
        self._live.pop(run, None)
        metrics.live_runs.dec()
        self._tell(accepting, "answered")
        if accepting.is_first_turn and self._makes_titles and not self._closing:
            self._do_in_background(self._title(accepting), f"title {run}")

    def _do_in_background(self, work: Coroutine[Any, Any, None], name: str) -> None:
        """Nobody waits for it, and the end of this process ends it."""
        task = asyncio.create_task(work, name=name)
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    async def _title(self, accepting: Accepting) -> None:
        """Give a new conversation a title, in nobody's way; the first words stand until then."""
        accepted = accepting.accepted
        answering_run.set(f"{accepted.run} (title)")
        try:
            answer = await self._readers.run(_whole_answer, accepted.reply)
            if not answer:
                return
            backend = self.catalogue.backend(accepting.server)
            title = await titles.make(backend, accepted.model, accepting.path[-1].text, answer)
            if title is None:
                return
            is_taken = await self.journal.write(_entitle, accepted.conversation, title)
            if is_taken:
                self._tell(accepting, "title")
        except (BackendError, Error) as error:
            logger.info("run %s: no title: %s", accepted.run, error)

    def _tell(self, accepting: Accepting, changed: str) -> None:
        """Let the person's pages know what has become of the conversation."""
        note = {"conversation": str(accepting.accepted.conversation), "changed": changed}
        self.doorbell.ring(f"person.{accepting.person.pk}", note)

    async def allowance(self, person: Person) -> Allowance:
        """What is left of the person's nearest limit."""
        with _told_when_away():
            return await self._readers.run(limits.allowance, person)

    # --- stopping

    async def stop(self, person: Person, run: UUID) -> None:
        """End a run now, wherever it lives. One that has ended is left alone. Raises Refusal."""
        live = self._live.get(run)
        if live is not None and live.person == person:
            live.end_early("stopped")
            return
        with _told_when_away():
            owner = await self._readers.run(_owner, person, run)
            if owner is not None:
                await self.journal.write(_request_stop, run)
                self.doorbell.ring(f"process.{owner}", {"stop": str(run)})

    def _told(self, note: Note) -> None:
        self._stop_here(UUID(note["stop"]))

    def _stop_soon(self, run: UUID) -> None:
        """Stop from another thread."""
        if self._loop:
            self._loop.call_soon_threadsafe(self._stop_here, run)

    def _stop_here(self, run: UUID) -> None:
        if live := self._live.get(run):
            live.end_early("stopped")

    def ring_soon(self, topic: str, note: Note) -> None:
        """Ring the doorbell from another thread; nobody listens before ``open``."""
        if self._loop:
            self._loop.call_soon_threadsafe(self.doorbell.ring, topic, note)

    def is_live(self, run: UUID) -> bool:
        """Whether this process is writing this run."""
        return run in self._live

    # --- following

    async def follow(self, person: Person, run: UUID, after: int) -> AsyncGenerator[str, None]:
        """Frames of the run's events after number ``after``, then live, to the end.

        Raises Refusal. Holds nothing but its position; one who is slow gets fewer,
        larger frames.
        """
        live = self._live.get(run)
        if live is None or live.person != person:
            with _told_when_away():
                await self._readers.run(_check, person, run)
        rung = asyncio.Event()
        with listening(self.doorbell, f"run.{run}", lambda _: rung.set()):
            async for frame in self._frames(run, after, rung):
                yield frame

    async def _frames(
        self, run: UUID, after: int, rung: asyncio.Event
    ) -> AsyncGenerator[str, None]:
        log = self.journal.find(run)
        reading = Reading([], after, False)
        is_warned = False
        while not reading.is_finished:
            rung.clear()
            before, reading = reading, await self._next(run, log, reading.seq)
            for frame in reading.frames:
                yield frame
            if not reading.frames and not reading.is_finished:
                trouble = self.journal.trouble if log else before.trouble and reading.trouble
                if trouble and not is_warned:
                    yield encode(_trouble(run, trouble))
                is_warned = bool(trouble)
                await self._change(log, reading.seq, rung)

    async def _next(self, run: UUID, log: RunLog | None, seq: int) -> Reading:
        """What there is after ``seq`` now: from memory while it reaches back so far."""
        if log is not None and not log.is_lost:
            frames = log.since(seq)
            if frames is not None:
                return Reading(frames, max(seq, log.last_seq), log.is_closed)
        try:
            return await self._readers.run(replay.read, run, seq)
        except Error:
            return Reading([], seq, False, DATABASE_AWAY)
        except Run.DoesNotExist:
            return Reading([], seq, True)

    async def _change(self, log: RunLog | None, seq: int, rung: asyncio.Event) -> None:
        """Wait until there may be more than ``seq``. A lost ring costs no more than LOOK_AGAIN."""
        if log is not None and not log.is_closed and log.last_seq <= seq:
            await log.change()
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LOOK_AGAIN):
                await rung.wait()


@contextlib.contextmanager
def _told_when_away() -> Iterator[None]:
    """The database's errors as a refusal."""
    try:
        yield
    except Error as error:
        raise Refusal("unavailable", AWAY, retry_after=2) from error


def _trouble(run: UUID, detail: str) -> Refused:
    return Refused("follow", "unavailable", detail, run=run)


# --- in a reading thread


def _check(person: Person, run: UUID) -> None:
    if not Run.objects.owned_by(person).filter(pk=run).exists():
        raise Refusal("not_found", NOT_FOUND)


def _owner(person: Person, run_id: UUID) -> UUID | None:
    """The process that writes this run, or None if it has ended. Raises Refusal."""
    run = Run.objects.owned_by(person).filter(pk=run_id).first()
    if run is None:
        raise Refusal("not_found", NOT_FOUND)
    return None if run.outcome else run.process_id


def _whole_answer(reply: UUID) -> str:
    """The text of an answer that came to its end, or nothing."""
    message = Message.objects.filter(pk=reply, status="complete").first()
    return message.text if message else ""


def _entitle(conversation: UUID, title: str) -> bool:
    """Title a conversation that its person has not named. Runs in the writing thread."""
    return Conversation.objects.filter(pk=conversation).entitle(title)


def _request_stop(run: UUID) -> None:
    Run.objects.filter(pk=run).request_stop()
