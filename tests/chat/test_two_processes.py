"""Two servers on PostgreSQL and Redis: whatever one of them writes, the other shows and stops."""

import asyncio
import json
import random
import time
from dataclasses import dataclass
from uuid import uuid4

import pytest
import pytest_asyncio
from django.conf import settings

from chat import liveness
from chat.wire.commands import Continue, Say, Stop
from tests.scripted_model import finish, text
from tests.scripted_server import END, Hold, ScriptedServer, chunk, head, stream, whole
from tests.torture.model import LIST
from tests.torture.place import Place, migrate, people_at
from tests.torture.reader import Manner, Tab
from tests.torture.server import Server

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.redis,
    pytest.mark.timeout(120),
    pytest.mark.asyncio(loop_scope="module"),
]

PATIENCE = 30.0  # seconds
SLOW_MACHINE = 10  # times that everything may take longer than it should


@dataclass
class Two:
    """Two servers, a tab at each, and the model behind both."""

    a: Server
    b: Server
    at_a: Tab
    at_b: Tab
    model: ScriptedServer


@pytest.fixture(scope="module")
def place(postgres, redis, tmp_path_factory):
    data_dir = tmp_path_factory.mktemp("two")
    given = {
        "DATA_DIR": str(data_dir),
        "DATABASE_URL": postgres.database(),
        "REDIS_URL": redis.url,
        "SECRET_KEY": settings.SECRET_KEY,
        "H2O_TITLES": "off",
        "LOG_LEVEL": "WARNING",
        "LIMIT_MESSAGES_A_MINUTE": "0",
    }
    migrate(given)
    return Place(data_dir, given, redis)


@pytest.fixture(scope="module")
def cookie(place, django_db_blocker):
    """Of one person, who has signed in."""
    with django_db_blocker.unblock():
        (cookie,) = people_at(place.settings["DATABASE_URL"], 1)
    return cookie


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def two(place, cookie):
    async with ScriptedServer() as model, place.serving(model) as (a, b):
        model.plays(whole(json.dumps(LIST).encode()), on="GET")
        at_a, at_b = (
            Tab([server.url], cookie, Manner("live"), random.Random(1)) for server in (a, b)
        )
        yield Two(a, b, at_a, at_b, model)
        await at_a.close()
        await at_b.close()


def say(text="Hello?"):
    return Say(uuid4(), uuid4(), None, text, uuid4())


async def until(reading, condition):
    async with asyncio.timeout(PATIENCE):
        while not condition(reading.reply):
            await asyncio.sleep(0.002)


async def test_what_b_writes_a_shows_resumes_and_stops(two):
    answer = two.model.plays(head(), chunk(text("Once upon a time")), Hold(), on="POST")
    command = say()
    accepted = await two.at_b.ask(command.id, command)
    at_b, at_a = await two.at_b.follow(accepted.run), await two.at_a.follow(accepted.run)
    await until(at_a, lambda reply: reply.text == "Once upon a time")
    two.at_a.cut()
    await asyncio.sleep(1)
    started = time.monotonic()
    await two.at_a.send(Stop(accepted.run))
    await until(at_b, lambda reply: reply.outcome)
    assert time.monotonic() - started < 0.1 * SLOW_MACHINE
    await until(at_a, lambda reply: reply.outcome)
    assert at_a.reply.outcome == at_b.reply.outcome == "stopped"
    assert at_a.reply.text == at_b.reply.text == "Once upon a time"
    await asyncio.wait_for(answer.left.wait(), PATIENCE)


async def test_when_b_dies_a_says_so_within_the_lease_and_goes_on(two):
    two.model.plays(head(), chunk(text("One, two,")), Hold(), on="POST")
    command = say()
    accepted = await two.at_b.ask(command.id, command)
    at_a = await two.at_a.follow(accepted.run)
    await until(at_a, lambda reply: reply.text == "One, two,")
    await two.b.kill()
    started = time.monotonic()
    await until(at_a, lambda reply: reply.outcome)
    assert time.monotonic() - started < (liveness.LEASE + 4) * liveness.LOOK
    assert (at_a.reply.outcome, at_a.reply.text) == ("interrupted", "One, two,")

    two.model.plays(*stream(text(" three."), finish()), on="POST")
    again = Continue(accepted.reply, uuid4())
    accepted = await two.at_a.ask(again.run, again)
    at_a = await two.at_a.follow(accepted.run)
    await until(at_a, lambda reply: reply.outcome)
    assert (at_a.reply.outcome, at_a.reply.text) == ("complete", "One, two, three.")
    await two.b.start()


async def test_without_redis_readers_go_on_and_with_it_at_once(two, place):
    pieces = [step for n in range(60) for step in (chunk(text(f"{n} ")), 0.1)]
    two.model.plays(head(), *pieces, chunk(finish()), END, on="POST")
    command = say()
    accepted = await two.at_b.ask(command.id, command)
    at_a = await two.at_a.follow(accepted.run)
    await until(at_a, lambda reply: " 3 " in reply.text)
    await asyncio.to_thread(place.redis.kill)
    await until(at_a, lambda reply: " 30 " in reply.text)
    assert not at_a.reply.outcome
    await asyncio.to_thread(place.redis.start)
    await until(at_a, lambda reply: reply.outcome)
    assert at_a.reply.text == "".join(f"{n} " for n in range(60))

    two.model.plays(head(), chunk(text("Stop me.")), Hold(), on="POST")
    command = say()
    accepted = await two.at_b.ask(command.id, command)
    at_a = await two.at_a.follow(accepted.run)
    await until(at_a, lambda reply: reply.text)
    await asyncio.sleep(2)  # the doorbells join their groups again
    started = time.monotonic()
    await two.at_a.send(Stop(accepted.run))
    await until(at_a, lambda reply: reply.outcome)
    assert time.monotonic() - started < 0.1 * SLOW_MACHINE


async def test_the_same_turn_said_to_both_at_once_is_answered_once(two):
    two.model.plays(*stream(text("Once."), finish()), on="POST")
    for _ in range(10):
        command = say()
        asked = len(two.model.asked("POST"))
        first, second = await asyncio.gather(
            two.at_a.ask(command.id, command), two.at_b.ask(command.id, command)
        )
        assert first == second
        for tab in (two.at_a, two.at_b):
            reading = await tab.follow(first.run)
            await until(reading, lambda reply: reply.outcome)
            assert reading.reply.text == "Once."
        assert len(two.model.asked("POST")) == asked + 1


async def test_going_on_is_begun_once_when_both_are_asked_to(two):
    two.model.plays(head(), chunk(text("Half")), on="POST")
    two.model.plays(head(), 0.5, chunk(text(" and half")), on="POST")
    asked = len(two.model.asked("POST"))
    command = say()
    accepted = await two.at_b.ask(command.id, command)
    reading = await two.at_b.follow(accepted.run)
    await until(reading, lambda reply: reply.outcome)
    both = [Continue(accepted.reply, uuid4()) for _ in range(2)]
    for tab, again in zip((two.at_a, two.at_b), both, strict=True):
        await tab.send(again)
    await asyncio.sleep(2)
    assert len(two.model.asked("POST")) == asked + 2
