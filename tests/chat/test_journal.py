"""The journal: what it writes, in which order, and what happens when it cannot."""

import asyncio
import time

import pytest
from django.db import OperationalError

from chat import journal, replay, run_log, turns
from chat.models import Message, Process, Run, RunEvent
from chat.models.run import bury
from chat.run_log import PIECE, ROOM, LogClosed
from chat.runs import Runs
from chat.wire import events as wire
from chat.wire.events import Refused, TextAdded
from tests.chat.people import end, events, fold, frames, read, say, whole
from tests.scripted_model import Hold, finish, text

pytestmark = pytest.mark.django_db(transaction=True)


async def test_the_first_piece_goes_at_once_and_the_rest_is_gathered(alice, runs, scripted_model):
    pieces = [step for n in range(40) for step in (text(f"{n} "), 0.005)]
    scripted_model.plays(*pieces, finish())
    accepted = await runs.start(alice, say())
    added = [
        event async for event in events(runs, alice, accepted.run) if isinstance(event, TextAdded)
    ]
    assert added[0].text in ("0 ", "0 1 ", "0 1 2 ")
    assert len(added) < 25
    assert "".join(event.text for event in added) == "".join(f"{n} " for n in range(40))


async def test_one_beat_a_commit_serves_all_runs(alice, runs, scripted_model):
    gate = asyncio.Event()
    scripted_model.plays(gate, text("All at once."), finish())
    accepted = [await runs.start(alice, say()) for _ in range(20)]
    before = Process.objects.get(pk=runs.journal.process).beat
    gate.set()
    await asyncio.gather(*(read(runs, alice, each.run) for each in accepted))
    beats = Process.objects.get(pk=runs.journal.process).beat - before
    assert beats < 15
    assert Run.objects.filter(outcome="complete").count() == 20


async def test_a_frame_is_encoded_once_for_all_its_readers(
    alice, runs, scripted_model, monkeypatch
):
    encoded = []

    def encode(event):
        encoded.append(event)
        return wire.encode(event)

    for module in (run_log, replay):
        monkeypatch.setattr(module, "encode", encode)
    gate = asyncio.Event()
    scripted_model.plays(gate, *map(text, ["One. ", "Two. "]), finish())
    accepted = await runs.start(alice, say())
    readers = [asyncio.create_task(frame_texts(runs, alice, accepted.run)) for _ in range(50)]
    await asyncio.sleep(0)
    gate.set()
    (frames_read, *others) = await asyncio.gather(*readers)
    assert all(other == frames_read for other in others)
    assert len(encoded) == len(frames_read)


async def frame_texts(runs, person, run):
    told = [frame async for frame in runs.follow(person, run, 0)]
    return [frame for frame in told if '"type":"refused"' not in frame]  # a database that is slow


async def test_text_waits_behind_one_other_write_and_never_behind_a_crowd(
    alice, runs, scripted_model
):
    scripted_model.plays(text("First. "), gate := asyncio.Event(), text("Second."), finish())
    accepted = await runs.start(alice, say())
    crowd, told = [], []
    async for event in events(runs, alice, accepted.run):
        told.append(event)
        if isinstance(event, TextAdded) and event.text == "First. ":
            crowd = [asyncio.create_task(runs.journal.write(time.sleep, 0.05)) for _ in range(40)]
            gate.set()
    assert fold(told).text == "First. Second."
    assert sum(write.done() for write in crowd) < 20
    await asyncio.gather(*crowd)


async def test_an_oversized_piece_is_split(alice, runs, scripted_model):
    scripted_model.plays(text("x" * 100_000), finish())
    accepted = await runs.start(alice, say())
    told = await read(runs, alice, accepted.run)
    assert max(len(event.text) for event in told if isinstance(event, TextAdded)) <= PIECE
    assert fold(told).text == "x" * 100_000


async def test_a_locked_database_delays_the_text_and_loses_none(
    alice, runs, scripted_model, lock, monkeypatch
):
    monkeypatch.setattr(journal, "SLOW", 0.2)
    take, release = lock
    gate = asyncio.Event()
    scripted_model.plays(text("Before. "), gate, text("Meanwhile. "), finish())
    accepted = await runs.start(alice, say())
    told = []
    async for event in frames(runs, alice, accepted.run):
        if isinstance(event, Refused):
            assert event.code == "unavailable"
            assert event.detail.endswith(".")
            release()
            continue
        told.append(event)
        if isinstance(event, TextAdded) and not gate.is_set():
            take()
            gate.set()
    assert fold(told).text == "Before. Meanwhile. "
    assert end(told).outcome == "complete"


async def test_a_reader_who_was_slow_to_hear_of_trouble_sees_what_was_stored_meanwhile(
    alice, runs, scripted_model, lock, monkeypatch
):
    monkeypatch.setattr(journal, "SLOW", 0.2)
    take, release = lock
    gate = asyncio.Event()
    scripted_model.plays(text("Before. "), gate, text("Meanwhile."), Hold())
    accepted = await runs.start(alice, say())
    told = []
    async with asyncio.timeout(10):
        async for event in frames(runs, alice, accepted.run):
            if isinstance(event, Refused):
                release()
                await _stored_up_to(runs, accepted.run, 3)
                continue
            told.append(event)
            if event.seq == 2:
                take()
                gate.set()
            if event.seq == 3:
                break
    assert fold(told).text == "Before. Meanwhile."


async def test_a_reading_that_fails_is_tried_again_while_the_model_is_silent(
    alice, runs, scripted_model, monkeypatch
):
    reading, failed = replay.read, []

    def fail_once(*args):
        if not failed:
            failed.append(args)
            raise OperationalError("server closed the connection unexpectedly")
        return reading(*args)

    monkeypatch.setattr(replay, "read", fail_once)
    monkeypatch.setattr(run_log, "TAIL", 1)
    scripted_model.plays(text("Good."), Hold())
    accepted = await runs.start(alice, say())
    await _stored_up_to(runs, accepted.run, 2)
    async with asyncio.timeout(10):
        await _first_text(runs, alice, accepted.run)
    assert failed


async def test_a_reader_whose_run_is_written_elsewhere_hears_that_the_database_cannot_be_read(
    alice, runs, scripted_model, monkeypatch
):
    reading, failed = replay.read, []

    def fail(*args):
        if len(failed) < 3:
            failed.append(args)
            raise OperationalError("server closed the connection unexpectedly")
        return reading(*args)

    monkeypatch.setattr(replay, "read", fail)
    monkeypatch.setattr("chat.runs.LOOK_AGAIN", 0.1)
    scripted_model.plays(text("Good."), finish())
    accepted = await runs.start(alice, say())
    elsewhere = Runs([scripted_model.backend()], runs.doorbell)
    async with asyncio.timeout(10):
        told = [event async for event in frames(elsewhere, alice, accepted.run)]
    refusals = [event for event in told if isinstance(event, Refused)]
    assert [(each.command, each.code, each.run) for each in refusals] == [
        ("follow", "unavailable", accepted.run)
    ]
    assert fold([event for event in told if not isinstance(event, Refused)]).text == "Good."


async def _stored_up_to(runs, run, seq):
    """Wait until the run's log has come so far."""
    log = runs.journal.find(run)
    while log.last_seq < seq:
        await log.change()


async def test_text_that_no_database_takes_fails_its_run_and_no_other(alice, runs, scripted_model):
    scripted_model.plays(text("Good."), Hold())
    good = await runs.start(alice, say())
    poisoned = await runs.start(alice, say())
    log = runs.journal.find(poisoned.run)
    async for event in events(runs, alice, poisoned.run):
        if isinstance(event, TextAdded):
            log.add("text", "\ud800")
    assert Run.objects.get(pk=poisoned.run).outcome == "failed"
    assert Message.objects.get(pk=poisoned.reply).text == "Good."
    with pytest.raises(LogClosed):
        await log.next_batch()
    assert runs.is_live(good.run)
    await runs.stop(alice, good.run)
    assert end(await read(runs, alice, good.run)).outcome == "stopped"


async def test_a_process_that_was_declared_dead_writes_nothing_more(alice, runs, scripted_model):
    gate = asyncio.Event()
    scripted_model.plays(text("Mine."), gate, text(" Not mine any more."), finish())
    accepted = await runs.start(alice, say())
    told = []
    async for event in events(runs, alice, accepted.run):
        told.append(event)
        if isinstance(event, TextAdded):
            _declare_dead(runs.journal.process)
            gate.set()
    assert end(told).outcome == "interrupted"
    assert fold(told).text == Message.objects.get(pk=accepted.reply).text == "Mine."
    scripted_model.says("A new life.")
    again = await whole(runs, alice, say())
    assert Message.objects.get(pk=again.reply).text == "A new life."


async def test_a_turn_taken_under_the_old_name_is_not_written_under_the_new_one(
    alice, runs, scripted_model, monkeypatch
):
    write = runs.journal.write

    async def write_and_be_declared_dead(function, *args):
        result = await write(function, *args)
        if function is turns.accept:
            await write(Process.declare_dead, runs.journal.process)
            runs.journal._lose_all()
            await runs.journal.identify()
        return result

    monkeypatch.setattr(runs.journal, "write", write_and_be_declared_dead)
    scripted_model.says("Nobody may see this.")
    accepted = await runs.start(alice, say())
    async with asyncio.timeout(10):
        told = await read(runs, alice, accepted.run)
    assert end(told).outcome == "interrupted"
    assert fold(told).text == Message.objects.get(pk=accepted.reply).text == ""
    assert not RunEvent.objects.exists()


async def test_a_new_life_is_stopped_under_its_new_name(alice, runs, scripted_model):
    answer = scripted_model.plays(text("Mine."), Hold())
    scripted_model.plays(text("Mine again."), Hold())
    first = await runs.start(alice, say())
    await _first_text(runs, alice, first.run)
    _declare_dead(runs.journal.process)
    assert end(await read(runs, alice, first.run)).outcome == "interrupted"
    await asyncio.wait_for(answer.left.wait(), 5)  # nobody reads what cannot be stored
    second = await runs.start(alice, say())
    await _first_text(runs, alice, second.run)
    owner = Run.objects.get(pk=second.run).process_id
    runs.doorbell.ring(f"process.{owner}", {"stop": str(second.run)})
    assert end(await read(runs, alice, second.run)).outcome == "stopped"


async def _first_text(runs, person, run):
    async for event in events(runs, person, run):
        if isinstance(event, TextAdded):
            return


async def test_a_write_whose_answer_was_lost_is_not_written_twice(
    alice, runs, scripted_model, monkeypatch
):
    store, lost = journal._store, []

    def store_and_lose_the_answer(*args):
        store(*args)
        if len(lost) < 20:
            lost.append(args)
            raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(journal, "_store", store_and_lose_the_answer)
    scripted_model.plays(*[step for n in range(5) for step in (text(f"{n} "), 0.1)], finish())
    accepted = await runs.start(alice, say())
    told = await read(runs, alice, accepted.run)
    assert lost
    assert end(told).outcome == "complete"
    assert fold(told).text == Message.objects.get(pk=accepted.reply).text == "0 1 2 3 4 "


@pytest.mark.parametrize("fact", ["many", 2**70], ids=["no number", "too large"])
async def test_facts_that_no_database_takes_fail_their_run(alice, runs, scripted_model, fact):
    scripted_model.plays(text("Good."), Hold())
    accepted = await runs.start(alice, say())
    await _first_text(runs, alice, accepted.run)
    runs.journal.find(accepted.run).note(turns_cut=fact)
    async with asyncio.timeout(10):
        told = await read(runs, alice, accepted.run)
    assert (end(told).outcome, fold(told).text) == ("failed", "Good.")


def _declare_dead(process):
    assert len(bury(process)) == 1


async def test_a_slow_database_makes_the_model_wait_instead_of_filling_memory(
    alice, runs, scripted_model, lock
):
    take, release = lock
    piece = text("x" * 10_000)
    answer = scripted_model.plays(text("First. "), *[piece] * 200, finish())
    accepted = await runs.start(alice, say())
    take()
    log = runs.journal.find(accepted.run)
    await asyncio.sleep(0.5)
    assert log._held < ROOM * 1.2
    assert not answer.left.is_set()
    release()
    told = await read(runs, alice, accepted.run)
    assert len(fold(told).text) == 2_000_007


async def test_the_rows_of_a_run_are_in_order_and_whole(alice, runs, scripted_model):
    gate = asyncio.Event()
    pieces = [step for n in range(20) for step in (text(f"{n} "), 0.03)]
    scripted_model.plays(*pieces, gate, finish())
    accepted = await runs.start(alice, say())
    while not RunEvent.objects.filter(text__contains="19").exists():
        await asyncio.sleep(0.02)
    numbers = list(RunEvent.objects.order_by("seq").values_list("seq", flat=True))
    assert numbers == list(range(2, 2 + len(numbers)))
    gate.set()
    await read(runs, alice, accepted.run)
