"""Metrics: what Prometheus is told, and what moves each number."""

import asyncio
import subprocess
import sys
import time
from typing import get_args
from uuid import uuid4

import msgspec
import pytest
from django.db import DataError, OperationalError
from django.test import AsyncClient
from prometheus_client.parser import text_string_to_metric_families

import h2oweb.asgi  # noqa: F401 - a server begins with it
from chat import journal, live_run, prompts
from chat.backends import ContextExceeded
from chat.metrics import OUTCOMES
from chat.models import Process, RunEvent
from chat.models.run import bury
from chat.wire.events import Outcome, TextAdded
from h2oweb import metrics
from tests.chat.people import end, events, read, say, whole
from tests.chat.tab import Tab
from tests.scripted_model import Die, Hold, failure, finish, text, usage
from tests.settings import PROJECT

pytestmark = pytest.mark.django_db(transaction=True)

TOKEN = "token-of-prometheus"
ERRORS = ("h2o_chat_model_server_errors_total", "scripted")


def numbers(text):
    """Each sample of the exposition, by its name and labels."""
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def told(settings, **headers):
    settings.METRICS_TOKEN = TOKEN
    headers = {"Authorization": f"Bearer {TOKEN}"} | headers
    answer = await AsyncClient().get("/metrics", headers=headers)
    assert answer.status_code == 200
    return numbers(answer.content.decode())


@pytest.mark.parametrize("header", ["", "Bearer wrong", "Basic token", f"bearer {TOKEN}x"])
async def test_who_does_not_know_the_token_finds_no_metrics(settings, header):
    for token in ("", TOKEN):
        settings.METRICS_TOKEN = token
        answer = await AsyncClient().get("/metrics", headers={"Authorization": header})
        assert answer.status_code == 404


async def test_what_happens_is_counted(alice, runs, scripted_model, settings):
    scripted_model.says("Well, well.")
    before = await told(settings)
    for _ in range(3):
        await whole(runs, alice, say())
    after = await told(settings)

    def grown(*name):
        return after[name] - before.get(name, 0)

    assert grown("h2o_chat_turns_total", "say") == 3
    assert grown("h2o_chat_runs_total", "complete", "scripted") == 3
    assert grown("h2o_chat_first_token_seconds_count", "scripted") == 3
    assert grown("h2o_chat_tokens_total", "completion") > 0
    assert grown("h2o_chat_journal_commit_seconds_count") >= 3
    assert grown("h2o_chat_journal_batch_runs_sum") >= 3
    assert after["h2o_chat_live_runs",] == before["h2o_chat_live_runs",]
    assert after["h2o_chat_database_trouble",] == 0


async def test_what_is_open_is_counted_while_it_is(alice, runs, scripted_model, settings):
    scripted_model.plays(text("So far"), Hold())
    before = await told(settings)
    async with Tab(runs, alice) as tab:
        await tab.send(**msgspec.to_builtins(say()))
        await tab.until("text_added")
        meanwhile = await told(settings)
        for run in list(runs._live):
            await runs.stop(alice, run)
        await tab.until("run_finished")
    while runs._live:
        await asyncio.sleep(0.01)
    after = await told(settings)
    for name in ("h2o_chat_sockets", "h2o_chat_live_runs"):
        assert meanwhile[name,] == before[name,] + 1
        assert after[name,] == before[name,]


async def test_an_answer_is_awaited_until_its_first_token_or_its_end(
    alice, runs, scripted_model, settings
):
    gate, name = asyncio.Event(), ("h2o_chat_awaited_answers", "scripted")
    first_tokens = ("h2o_chat_first_token_seconds_count", "scripted")
    scripted_model.plays(gate, text("At last."), Hold())
    at_first = await told(settings)
    before, begun = at_first.get(name, 0), at_first.get(first_tokens, 0)
    stopped, heard = [await runs.start(alice, say()) for _ in range(2)]
    assert (await told(settings))[name] == before + 2
    await runs.stop(alice, stopped.run)
    assert end(await read(runs, alice, stopped.run)).outcome == "stopped"
    assert (await told(settings))[name] == before + 1
    gate.set()
    async for event in events(runs, alice, heard.run):
        if isinstance(event, TextAdded):
            break
    meanwhile = await told(settings)
    assert (meanwhile[name], meanwhile[first_tokens]) == (before, begun + 1)
    await runs.stop(alice, heard.run)
    assert end(await read(runs, alice, heard.run)).outcome == "stopped"
    assert (await told(settings))[name] == before


async def test_a_refused_command_is_counted(alice, runs, settings):
    before = await told(settings)
    async with Tab(runs, alice) as tab:
        await tab.send(type="follow", run=uuid4(), after=0)
        refused = await tab.get()
    after = await told(settings)
    name = ("h2o_chat_refusals_total", refused["code"])
    assert after[name] == before.get(name, 0) + 1


async def test_how_fast_a_run_was_is_counted(alice, runs, scripted_model, settings):
    scripted_model.plays(text("One. "), 0.1, text("Two."), usage(7, 20), finish())
    before = await told(settings)
    await whole(runs, alice, say())
    after = await told(settings)
    for name, *labels in (
        ("h2o_chat_tokens_per_second",),
        ("h2o_chat_first_token_seconds", "scripted"),
    ):
        assert after[f"{name}_count", *labels] == before[f"{name}_count", *labels] + 1
        assert after[f"{name}_sum", *labels] > before[f"{name}_sum", *labels]
    for kind, tokens in (("prompt", 7), ("completion", 20)):
        grown = after["h2o_chat_tokens_total", kind] - before.get(
            ("h2o_chat_tokens_total", kind), 0
        )
        assert grown == tokens


async def test_a_locked_database_and_who_waits_for_it_are_counted(
    alice, runs, scripted_model, settings, lock, monkeypatch
):
    monkeypatch.setattr(journal, "SLOW", 0.2)
    take, release = lock
    gate = asyncio.Event()
    scripted_model.plays(text("Before. "), gate, text("After."), finish())
    accepted = await runs.start(alice, say())
    take()
    try:
        gate.set()
        while not runs.journal.trouble:
            await asyncio.sleep(0.01)
        waits = asyncio.create_task(runs.journal.write(lambda: None))
        await asyncio.sleep(0)
        meanwhile = await told(settings)
    finally:
        release()
    assert end(await read(runs, alice, accepted.run)).outcome == "complete"
    await waits
    after = await told(settings)
    assert meanwhile["h2o_chat_database_trouble",] == 1
    assert meanwhile["h2o_chat_journal_waiting_writes",] >= 1
    assert after["h2o_chat_database_trouble",] == 0


@pytest.mark.parametrize("then", ["dead", "unfit"])
async def test_trouble_is_over_with_whatever_the_database_says_next(
    alice, runs, scripted_model, settings, monkeypatch, then
):
    scripted_model.plays(text("So far"), Hold())
    accepted = await runs.start(alice, say())
    async for event in events(runs, alice, accepted.run):
        if isinstance(event, TextAdded):
            break
    store, tried = journal._store, []

    def away_then_back(process, *args):
        tried.append(process)
        if len(tried) == 1:
            raise OperationalError("The database is away.")
        if then == "dead":
            bury(process)
            store(process, *args)
        raise DataError("Nothing of this can be stored.")

    monkeypatch.setattr(journal, "_store", away_then_back)
    while runs._live:
        await asyncio.sleep(0.01)
    assert len(tried) > 1
    assert (await told(settings))["h2o_chat_database_trouble",] == 0
    assert runs.journal.trouble is None


def too_long(*_, **__):
    raise ContextExceeded("It is longer than the model can read.")


def broken(*_, **__):
    raise RuntimeError("Nobody foresaw this.")


def unfit(*_, **__):
    raise ValueError("Nothing of this can be stored.")


@pytest.mark.parametrize(
    ("steps", "status", "outcome", "counted"),
    [
        ((text("So"), finish()), 200, "complete", 0),
        ((text("So"), finish("length")), 200, "length", 0),
        ((text("So"), failure("out of memory")), 200, "failed", 1),
        ((text("So"), Die()), 200, "failed", 1),
        ((text("So"),), 200, "interrupted", 1),
        ((finish(),), 200, "failed", 1),
        ((b"no",), 401, "failed", 1),
    ],
    ids=["complete", "length", "error event", "connection lost", "cut off", "empty", "refused"],
)
async def test_what_a_model_server_fails_is_counted_as_its_error(
    steps, status, outcome, counted, alice, runs, scripted_model, settings
):
    scripted_model.plays(*steps, status=status)
    assert await _errors_of_a_run(alice, runs, settings, outcome) == counted


@pytest.mark.parametrize(
    ("module", "name", "breaks"),
    [
        (live_run.LiveRun, "_answer", too_long),
        (prompts, "build", broken),
        (RunEvent.objects, "write", unfit),
    ],
    ids=["prompt too long", "broken here", "unstorable"],
)
async def test_what_fails_here_is_not_counted_as_an_error_of_the_model_server(
    module, name, breaks, alice, runs, scripted_model, settings, monkeypatch
):
    monkeypatch.setattr(module, name, breaks)
    scripted_model.plays(text("So"), 0.5, text(" on"), finish())
    assert await _errors_of_a_run(alice, runs, settings, "failed") == 0


async def test_a_run_that_others_settle_is_counted_as_lost(alice, runs, scripted_model, settings):
    gate = asyncio.Event()
    scripted_model.plays(text("So"), gate, text(" on"), finish())
    before = await told(settings)
    accepted = await runs.start(alice, say())
    await runs.journal.write(Process.declare_dead, runs.journal.process)
    gate.set()
    assert end(await read(runs, alice, accepted.run)).outcome == "interrupted"
    async with asyncio.timeout(20):
        while (grown := _grown(before, await told(settings))) != {"lost": 1, "interrupted": 1}:
            assert set(grown) <= {"lost", "interrupted"}
            await asyncio.sleep(0.01)


def _grown(before, after):
    """The outcomes of runs that were counted meanwhile."""
    counted = {
        outcome: after["h2o_chat_runs_total", outcome, "scripted"]
        - before["h2o_chat_runs_total", outcome, "scripted"]
        for outcome in OUTCOMES
    }
    return {outcome: count for outcome, count in counted.items() if count}


def test_every_outcome_of_a_run_is_shown_from_the_beginning():
    assert set(OUTCOMES) == {*get_args(Outcome), "lost"}


async def test_who_stops_an_answer_counts_no_error(alice, runs, scripted_model, settings):
    scripted_model.plays(text("So"), Hold())
    before = (await told(settings)).get(ERRORS, 0)
    accepted = await runs.start(alice, say())
    await runs.stop(alice, accepted.run)
    assert end(await read(runs, alice, accepted.run)).outcome == "stopped"
    assert (await told(settings)).get(ERRORS, 0) == before


async def _errors_of_a_run(alice, runs, settings, outcome):
    before = (await told(settings)).get(ERRORS, 0)
    accepted = await runs.start(alice, say())
    assert end(await read(runs, alice, accepted.run)).outcome == outcome
    return (await told(settings)).get(ERRORS, 0) - before


async def test_processes_count_together_and_what_a_dead_one_held_is_gone(
    tmp_path, monkeypatch, settings
):
    monkeypatch.setenv(metrics.DIRECTORY, "")
    metrics.share_between_processes(tmp_path)
    processes = [_counting(begun) for begun in (2, 1)]
    for process in processes:
        assert process.stdout.readline()
    together = await told(settings)
    processes[0].kill()
    processes[0].communicate()
    left = await told(settings)
    processes[1].communicate(b"\n")
    assert together["h2o_chat_runs_total", "complete", "lab"] == 2
    assert together["h2o_chat_live_runs",] == 2
    assert left["h2o_chat_runs_total", "complete", "lab"] == 2
    assert left["h2o_chat_live_runs",] == 1
    start = ("h2o_chat_newest_start_timestamp_seconds",)
    assert together[start] == left[start] == 2


async def test_when_a_server_began_is_told(settings):
    begun = (await told(settings))["h2o_chat_newest_start_timestamp_seconds",]
    assert time.time() - 24 * 3600 < begun <= time.time()


def _counting(begun):
    """A process that has counted one run, and holds another until its input ends."""
    work = "from chat import metrics; metrics.runs.labels('lab', 'complete').inc(); "
    work += f"metrics.newest_start.set({begun}); metrics.live_runs.inc(); print(); input()"
    return subprocess.Popen(
        [sys.executable, "-c", work],
        cwd=PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
