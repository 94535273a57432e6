"""Whatever happens in whatever order: what a reader saw is what is stored."""

import asyncio
import contextlib
from uuid import uuid4

import hypothesis.strategies as st
import msgspec
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from chat import gathering, replay, run_log, runs
from chat.doorbell import LocalDoorbell
from chat.models import Conversation, Message, Run
from chat.models.run import bury
from chat.run_log import Ending
from chat.runs import Runs
from chat.wire import reply
from chat.wire.events import Event, Refused
from chat.wire.reply import Gap, Reply

decoder = msgspec.json.Decoder(Event | Refused)

TURNS_OF_THE_LOOP = 0.004  # seconds that everything gets to react to a step
SOON = 30.0  # seconds, on a machine that has other things to do

pieces = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=12)
kinds = st.sampled_from(["text", "text", "text", "reasoning"])


class ForgetfulDoorbell(LocalDoorbell):
    """One that can be made to lose every ring."""

    is_broken = False

    def ring(self, topic, note):
        if not self.is_broken:
            super().ring(topic, note)


class Reader:
    """Follows a run at its own pace; ``reply`` is what it has seen."""

    def __init__(self, run):
        self.reply = Reply(run)
        self._allowed = asyncio.Semaphore(0)
        self._task = None

    def follow(self, runs, person):
        self.leave()
        self._task = asyncio.get_running_loop().create_task(self._read(runs, person))

    def leave(self):
        if self._task:
            self._task.cancel()

    def check(self):
        """Raise what went wrong while it read."""
        if self._task and self._task.done() and not self._task.cancelled():
            self._task.result()

    def allow(self, frames):
        for _ in range(frames):
            self._allowed.release()

    async def end(self):
        self.allow(10_000)
        assert self._task
        await asyncio.wait_for(self._task, SOON)

    async def _read(self, runs, person):
        following = runs.follow(person, self.reply.run, self.reply.seq)
        async with contextlib.aclosing(following) as frames:
            async for frame in frames:
                await self._allowed.acquire()
                folded = reply.apply(self.reply, decoder.decode(frame))
                assert not isinstance(folded, Gap), "a reader skipped an event"
                assert folded.text.startswith(self.reply.text), "text was taken back"
                self.reply = folded


class AnyOrder(RuleBasedStateMachine):
    """A run, the process that writes it, another one, and readers at both."""

    person = None  # given by the test

    def __init__(self):
        super().__init__()
        self.runner = asyncio.Runner()
        self.doorbell = ForgetfulDoorbell()
        self.readers = []
        self.is_written = True  # by a process that lives
        self.written = {"text": "", "reasoning": ""}
        self.is_whole = True  # neither stopped nor left behind by a process that died
        self.runner.run(self._begin())

    async def _begin(self):
        self.owner, self.other = Runs([], self.doorbell), Runs([], self.doorbell)
        self.process = await self.owner.journal.identify()
        run = await self.owner.journal.write(_new_run, self.person, self.process)
        self.run, self.message = run.pk, run.message_id
        self.log = self.owner.journal.open(run.pk, [replay.started(run)])

    @initialize()
    def somebody_reads(self):
        self.someone_comes(True)

    # --- what can happen

    @precondition(lambda self: self.is_written)
    @rule(piece=pieces, kind=kinds)
    def append(self, piece, kind):
        self.log.add(kind, piece)
        self.written[kind] += piece

    @precondition(lambda self: self.is_written)
    @rule(several=st.lists(pieces, max_size=8), kind=kinds)
    def append_and_commit(self, several, kind):
        for piece in several:
            self.append(piece, kind)
            self.runner.run(self._all_written())

    @rule(at_owner=st.booleans())
    def someone_comes(self, at_owner):
        self.readers.append(reader := Reader(self.run))
        self.runner.run(self._follow(reader, at_owner))

    @rule(number=st.integers(0, 9), at_owner=st.booleans())
    def someone_comes_again(self, number, at_owner):
        self.runner.run(self._follow(self._reader(number), at_owner))

    @rule(number=st.integers(0, 9))
    def someone_leaves(self, number):
        self._reader(number).leave()

    @rule(number=st.integers(0, 9), frames=st.integers(1, 30))
    def someone_reads(self, number, frames):
        self._reader(number).allow(frames)
        self.runner.run(asyncio.sleep(TURNS_OF_THE_LOOP))

    @rule(is_broken=st.booleans())
    def rings_are_lost(self, is_broken):
        self.doorbell.is_broken = is_broken

    @precondition(lambda self: self.is_written)
    @rule()
    def crash(self):
        self.runner.run(self._crash())

    @precondition(lambda self: not self.is_written)
    @rule()
    def settle(self):
        self.runner.run(self.other.journal.write(bury, self.process))

    @precondition(lambda self: self.is_written)
    @rule()
    def stop(self):
        self.is_whole = False
        self.log.end(Ending("stopped"))

    # --- what has to hold

    @invariant()
    def what_was_seen_is_stored(self):
        seen = [each.reply for each in self.readers]  # by now: more may come while that is read
        stored = self.runner.run(self.other.journal.write(_stored, self.run))
        for kind, text in stored.items():
            assert self.written[kind].startswith(text)
            assert all(text.startswith(getattr(each, kind)) for each in seen)
        for reader in self.readers:
            reader.check()

    def teardown(self):
        try:
            self.runner.run(self._finish())
        finally:
            self.runner.close()

    async def _finish(self):
        self.doorbell.is_broken = False
        if self.is_written:
            self.log.end(Ending("complete"))
            await asyncio.wait_for(self.log.ended(), SOON)
        else:
            await self.other.journal.write(bury, self.process)
        for number, reader in enumerate(self.readers):
            await self._follow(reader, at_owner=number % 2)
            await reader.end()
        whole = await self.other.journal.write(_stored, self.run)
        if self.is_whole:
            assert whole == self.written
        for reader in self.readers:
            assert {kind: getattr(reader.reply, kind) for kind in whole} == whole
        assert all(each.reply.outcome and each.reply.whole for each in self.readers)
        await self.owner.close()
        await self.other.close()

    # --- how it is done

    def _reader(self, number):
        return self.readers[number % len(self.readers)]

    async def _follow(self, reader, at_owner):
        reader.follow(self.owner if at_owner else self.other, self.person)
        await asyncio.sleep(TURNS_OF_THE_LOOP)

    async def _all_written(self):
        async with asyncio.timeout(SOON):
            while self.is_written and self._waits_to_be_stored() and not self.log.is_closed:
                await asyncio.sleep(0.001)

    def _waits_to_be_stored(self):
        log = self.log
        return log._pieces or log._snapshot or log.last_seq < log._given

    async def _crash(self):
        """End the owner without a word; its readers' sockets go with it."""
        for reader in self.readers:
            reader.leave()
        self.owner.journal._task.cancel()
        self.is_written = self.is_whole = False
        await asyncio.sleep(TURNS_OF_THE_LOOP)  # the write under way is a task of its own
        await asyncio.to_thread(self.owner.journal._writer.close)
        self.owner = Runs([], self.doorbell)


def _new_run(person, process):
    conversation = Conversation.objects.create(id=uuid4(), owner=person)
    answer = Message.objects.create(
        id=uuid4(), conversation=conversation, role="assistant", status="streaming"
    )
    run = Run.objects.create(id=uuid4(), message=answer, process_id=process, last_seq=1)
    run.refresh_from_db()
    return run


def _stored(run_id):
    """The text and the reasoning that the database has of this run."""
    run = Run.objects.select_related("message").get(pk=run_id)
    said = (run.message.text, run.message.reasoning) if run.outcome else run.fold()[:2]
    return dict(zip(("text", "reasoning"), said, strict=True))


@pytest.mark.django_db(transaction=True)
@pytest.mark.timeout(300)  # a failure is made as small as can be first
def test_whatever_happens_in_whatever_order_readers_see_what_is_stored(alice, monkeypatch):
    monkeypatch.setattr(gathering, "LEAST", 0.001)
    monkeypatch.setattr(run_log, "TAIL", 3)
    monkeypatch.setattr(replay, "MANY", 4)
    monkeypatch.setattr(runs, "LOOK_AGAIN", 0.01)
    monkeypatch.setattr(AnyOrder, "person", alice)
    how = settings(
        max_examples=30,
        stateful_step_count=40,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(AnyOrder, settings=how)
