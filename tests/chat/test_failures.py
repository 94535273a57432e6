"""What breaks other chats, on the server's side; the whole list is in tests/test_known_failures."""

import asyncio
import contextlib
import gc
import os
from uuid import uuid4

import psutil
import pytest
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

from chat import replay
from chat.models import Message, Run
from chat.wire import reply
from chat.wire.events import Refused, RunStarted, Snapshot, TextAdded
from tests.chat.people import answer_to, end, events, fold, frames, read, say, whole
from tests.scripted_model import Die, Hold, finish, text

pytestmark = pytest.mark.django_db(transaction=True)

LEAVERS = int(os.environ.get("LEAVERS", "150"))  # `make aborts` tries 10,000
WARM = 30  # that may fill caches
FLAT = 25_000_000  # bytes by which a process may grow, however many have left


async def test_f02_what_happens_while_a_late_reader_catches_up_comes_after_it(
    alice, runs, scripted_model
):
    pieces = [step for n in range(150) for step in (text(f"{n} "), 0.02)]
    scripted_model.plays(*pieces, finish())
    accepted = await runs.start(alice, say())
    late = []
    for _ in range(8):
        await asyncio.sleep(0.3)
        late.append(asyncio.create_task(read(runs, alice, accepted.run)))
    for told in await asyncio.gather(*late):
        assert [event.seq for event in told] == sorted({event.seq for event in told})
        assert fold(told).text == "".join(f"{n} " for n in range(150))


async def test_f03_an_event_is_the_same_whoever_reads_it_and_when(alice, runs, scripted_model):
    gate = asyncio.Event()
    pieces = [step for n in range(20) for step in (text(f"{n} "), 0.03)]
    scripted_model.plays(*pieces, gate, finish())
    accepted = await runs.start(alice, say())
    log = runs.journal.find(accepted.run)
    while '7 "' not in (log.since(0) or [""])[-1]:
        await asyncio.sleep(0.005)
    early = log.since(0)
    while '19 "' not in (log.since(0) or [""])[-1]:
        await asyncio.sleep(0.02)
    live = log.since(0)
    stored = await runs._readers.run(_stored_frames, accepted.run)
    assert live == stored
    assert live[: len(early)] == early
    assert len(live) > len(early) > 1
    gate.set()
    await read(runs, alice, accepted.run)


def _stored_frames(run):

    return replay.read(run, 0).frames


def test_f05_a_snapshot_of_an_older_state_wipes_nothing():
    run = uuid4()
    newer = reply.Reply(run, seq=7, text="All of it")
    for stale in (Snapshot(run, 3, "", ""), Snapshot(run, 7, "", "")):
        assert reply.apply(newer, stale) == newer


def test_f06_events_of_one_turn_change_no_other():
    mine = reply.Reply(uuid4(), seq=1, text="Mine")
    other = uuid4()
    for event in (RunStarted(other, 2, uuid4(), "m", ""), TextAdded(other, 2, "not mine")):
        assert reply.apply(mine, event) == mine


@pytest.mark.timeout(3 * 3600)
async def test_f16_readers_and_runs_that_are_left_leave_nothing_behind(alice, runs, scripted_model):
    for way in range(WARM):
        await _leave(runs, alice, scripted_model, way)
    tasks, sessions, memory = len(asyncio.all_tasks()), _sessions(), _memory()
    for way in range(LEAVERS):
        await _leave(runs, alice, scripted_model, way)
    assert len(asyncio.all_tasks()) <= tasks + 2
    assert _sessions() <= sessions
    assert _memory() - memory < FLAT
    assert scripted_model.open == 0
    assert not runs._live
    assert not runs.journal._logs


async def _leave(runs, person, model, way):
    """A new conversation whose first answer is stopped, lost, or left by its reader and stopped."""
    model.answers.clear()
    model.plays(text("Begun"), Die() if way % 3 == 0 else Hold())
    accepted = await runs.start(person, say())
    async with contextlib.aclosing(events(runs, person, accepted.run)) as told:
        async for event in told:
            if isinstance(event, TextAdded) and way % 3 != 1:
                break
            if isinstance(event, TextAdded):
                await runs.stop(person, accepted.run)
    await runs.stop(person, accepted.run)
    while runs.is_live(accepted.run):
        await asyncio.sleep(0.002)


def _memory():
    gc.collect()
    return psutil.Process().memory_info().rss


def _sessions():
    gc.collect()
    # By type: a lazy object that some view left would be evaluated by isinstance.
    sessions = [each for each in gc.get_objects() if issubclass(type(each), BaseDatabaseWrapper)]
    return sum(each.connection is not None for each in sessions)


@pytest.mark.sqlite  # PostgreSQL has no limit to set
async def test_f21_a_full_disk_delays_the_text_and_loses_none(
    alice, runs, scripted_model, monkeypatch
):
    gate, room = asyncio.Event(), asyncio.Event()
    scripted_model.plays(text("Before. "), gate, text("x" * 100_000), finish())
    accepted = await runs.start(alice, say())
    told = []
    async for event in frames(runs, alice, accepted.run):
        if isinstance(event, Refused):
            assert event.code == "unavailable"
            assert event.detail.endswith(".")
            await runs.journal.write(_limit, 1_000_000)
            room.set()
            continue
        told.append(event)
        if isinstance(event, TextAdded) and not gate.is_set():
            await runs.journal.write(_fill)
            gate.set()
    assert room.is_set()
    assert fold(told).text == "Before. " + "x" * 100_000
    assert end(told).outcome == "complete"


def _fill():
    """Leave no page free and let the file grow no more."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM")
    _limit(1)


def _limit(pages):
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA max_page_count={pages}")


async def test_f12_two_tabs_that_say_at_once_make_two_branches(alice, runs, scripted_model):
    scripted_model.says("Well.")
    first = await whole(runs, alice, say())
    both = await asyncio.gather(
        *(whole(runs, alice, answer_to(first, words)) for words in ("One", "Other"))
    )
    assert {turn.text for turn in Message.objects.filter(parent=first.reply)} == {"One", "Other"}
    assert {each.run for each in both} == set(
        Run.objects.exclude(pk=first.run).values_list("pk", flat=True)
    )
