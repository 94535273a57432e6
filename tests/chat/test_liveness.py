"""Nothing says "streaming" for ever: the runs of dead processes are settled, and only those."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import OperationalError, connection
from prometheus_client import REGISTRY

from chat import liveness
from chat.doorbell import LocalDoorbell
from chat.models import Conversation, Message, Process, Run, RunEvent
from chat.runs import Runs
from tests.chat.people import end, fold, go_on, read, say, whole
from tests.scripted_model import Hold, finish, text

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def left_behind(alice):
    """A run whose process ended without a word, amid the answer."""
    process = Process.objects.create(host="gone")
    conversation = Conversation.objects.create(id=uuid4(), owner=alice)
    turn = Message.objects.create(
        id=uuid4(), conversation=conversation, role="user", text="Q", status="complete"
    )
    reply = Message.objects.create(
        id=uuid4(), conversation=conversation, parent=turn, role="assistant", status="streaming"
    )
    run = Run.objects.create(id=uuid4(), message=reply, process=process, model="m", last_seq=1)
    for seq, piece in enumerate(("So ", "far."), start=2):
        RunEvent.objects.create(run=run, seq=seq, kind=RunEvent.Kind.TEXT, text=piece)
    return run


async def test_a_reader_sees_the_end_within_the_lease(alice, runs, left_behind, monkeypatch):
    monkeypatch.setattr(runs._liveness, "_lease", 1)
    told = await read(runs, alice, left_behind.pk)
    assert end(told).outcome == "interrupted"
    assert end(told).error.endswith("kept.")
    assert fold(told).text == "So far."
    assert Message.objects.get(pk=left_behind.message_id).text == "So far."


async def test_a_process_that_has_the_database_to_itself_settles_at_once(
    alice, left_behind, scripted_model, tmp_path
):
    before = _interrupted()
    scripted_model.plays(text(" And on."), finish())
    runs = Runs([scripted_model.backend()], LocalDoorbell(), lock=tmp_path / "lock")
    await runs.open()
    try:
        async with asyncio.timeout(liveness.LEASE * liveness.LOOK / 2):
            told = await read(runs, alice, left_behind.pk)
        assert end(told).outcome == "interrupted"
        await _one_more_than(before)
        accepted = await whole(runs, alice, go_on(_accepted(left_behind)))
        assert Message.objects.get(pk=accepted.reply).text == "So far. And on."
    finally:
        await runs.close()


def _interrupted():
    """How many were counted of the server of whom the left behind is."""
    labels = {"server": "", "outcome": "interrupted"}
    return REGISTRY.get_sample_value("h2o_chat_runs_total", labels) or 0


async def _one_more_than(before):
    async with asyncio.timeout(10):
        while _interrupted() == before:
            await asyncio.sleep(0.01)
    assert _interrupted() == before + 1


def _accepted(run):
    class Accepted:
        reply = run.message_id

    return Accepted


async def test_two_processes_on_one_database_leave_each_others_runs_alone(
    alice, scripted_model, tmp_path
):
    scripted_model.plays(text("Live"), Hold())
    first = Runs([scripted_model.backend()], LocalDoorbell(), lock=tmp_path / "lock")
    second = Runs([scripted_model.backend()], LocalDoorbell(), lock=tmp_path / "lock")
    second._liveness._lease = 2
    await first.open()
    accepted = await first.start(alice, say())
    await second.open()
    await asyncio.sleep(3.5)
    assert Run.objects.get().outcome == ""
    await second.stop(alice, accepted.run)
    told = await read(second, alice, accepted.run)
    assert end(told).outcome == "stopped"
    await first.close()
    await second.close()


async def test_a_look_that_breaks_does_not_end_the_looking(
    alice, runs, left_behind, monkeypatch, caplog
):
    monkeypatch.setattr(runs._liveness, "_lease", 1)
    with monkeypatch.context() as fault:
        fault.setattr(type(Run.objects.all()), "live_with_owners", _breaks)
        async with asyncio.timeout(10):
            while "Could not look at the other processes." not in caplog.messages:
                await asyncio.sleep(0.05)
    assert end(await read(runs, alice, left_behind.pk)).outcome == "interrupted"


async def test_a_lock_that_cannot_be_had_leaves_the_lease(
    alice, left_behind, scripted_model, tmp_path
):
    runs = Runs([scripted_model.backend()], LocalDoorbell(), lock=tmp_path / "absent" / "lock")
    runs._liveness._lease = 1
    await runs.open()
    assert end(await read(runs, alice, left_behind.pk)).outcome == "interrupted"
    await runs.close()


async def test_a_look_that_fails_counts_for_nothing(alice, runs, left_behind, monkeypatch):
    monkeypatch.setattr(runs._liveness, "_lease", 2)
    with monkeypatch.context() as outage:
        outage.setattr(type(Run.objects.all()), "live_with_owners", _away)
        await asyncio.sleep(4)
    assert Process.count_beat(left_behind.process_id, 0)
    await asyncio.sleep(1.5)
    assert Run.objects.get().outcome == ""
    assert end(await read(runs, alice, left_behind.pk)).outcome == "interrupted"


def _breaks(*_):
    raise RuntimeError("a fault of our own")


def _away(_):
    raise OperationalError("the database is restarting")


async def test_a_run_of_this_process_that_nobody_writes_is_settled(alice, runs, left_behind):
    before = _interrupted()
    process = await runs.journal.identify()
    Run.objects.update(process=process)
    async with asyncio.timeout(liveness.LEASE * liveness.LOOK):
        assert end(await read(runs, alice, left_behind.pk)).outcome == "interrupted"
    await _one_more_than(before)


async def test_a_finished_answer_is_never_marked_interrupted(alice, runs, scripted_model):
    scripted_model.says("Done.")
    await whole(runs, alice, say())
    run = Run.objects.get()
    assert not run.settle()
    run.refresh_from_db()
    assert (run.outcome, run.message.status) == ("complete", "complete")


async def test_only_one_of_many_settles_a_run(left_behind):
    attempts = await asyncio.gather(*(asyncio.to_thread(_settle, left_behind.pk) for _ in range(8)))
    assert sorted(attempts) == [False] * 7 + [True]


def _settle(pk):
    try:
        return Run.objects.get(pk=pk).settle()
    finally:
        connection.close()


async def test_a_beat_that_moves_means_life_whatever_any_clock_says(
    alice, runs, left_behind, monkeypatch, time_machine
):
    monkeypatch.setattr(runs._liveness, "_lease", 1)
    for beat, day in enumerate((3, 1, 9, 2)):
        time_machine.move_to(f"2030-01-0{day}")
        assert Process.count_beat(left_behind.process_id, beat)
        await asyncio.sleep(0.8)
    assert Run.objects.get().outcome == ""


async def test_silence_means_death_whatever_any_clock_says(alice, runs, left_behind, time_machine):
    now = datetime(2030, 1, 9, tzinfo=UTC)
    async with asyncio.timeout(3 * liveness.LEASE * liveness.LOOK):
        while not Run.objects.get().outcome:
            now -= timedelta(minutes=10)
            time_machine.move_to(now)
            await asyncio.sleep(0.1)
    assert Run.objects.get().outcome == "interrupted"
