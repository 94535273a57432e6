"""Two servers on PostgreSQL and Redis: whatever one of them writes, the other shows and stops."""

import asyncio
import json
import random
import time
import urllib.parse
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass
from http.client import HTTPConnection
from uuid import uuid4

import psycopg
import pytest
import pytest_asyncio
from django.conf import settings
from redis import Redis
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from chat import liveness
from chat.wire.commands import Continue, Retry, Say, Stop
from tests.scripted_model import finish, text
from tests.scripted_server import END, Hold, ScriptedServer, chunk, head, stream, whole
from tests.torture.model import LIST
from tests.torture.place import Place, migrate, people_at
from tests.torture.reader import Manner, Tab
from tests.torture.server import Server

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.redis,
    pytest.mark.asyncio(loop_scope="module"),
]

PATIENCE = 30.0  # seconds
SLOW_MACHINE = 10  # times that everything may take longer than it should
SHUT_OUT = 5.0  # seconds until a socket follows its account

#: A server that looks after runs when it starts, and then for an hour not again.
NOBODY_LOOKS = """
import sys, django, manage
django.setup()
from chat import liveness
liveness.LOOK = 3600.0
sys.argv = ["manage.py", "serve"]
manage.main()
"""


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
def cookies(place, django_db_blocker):
    """Of people who have signed in; the first of them is the one with the tabs."""
    with django_db_blocker.unblock():
        return people_at(place.settings["DATABASE_URL"], 1 + 2 * PEOPLE)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def two(place, cookies):
    async with ScriptedServer() as model, place.serving(model) as (a, b):
        model.plays(whole(json.dumps(LIST).encode()), on="GET")
        at_a, at_b = (
            Tab([server.url], cookies[0], Manner("live"), random.Random(1)) for server in (a, b)
        )
        yield Two(a, b, at_a, at_b, model)
        await at_a.close()
        await at_b.close()


def say(text="Hello?"):
    return Say(uuid4(), uuid4(), None, text, uuid4())


def subscribed(place):
    """What the processes listen to by Redis, each under its own topic."""
    with Redis.from_url(place.redis.url) as redis:
        return {name for name in redis.pubsub_channels() if b"process." in name}


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


async def test_stop_is_heard_where_the_run_lives_though_nobody_looks(place, cookies):
    async with AsyncExitStack() as ends:
        model = await ends.enter_async_context(ScriptedServer())
        model.plays(whole(json.dumps(LIST).encode()), on="GET")
        model.plays(head(), chunk(text("Once upon a time")), Hold(), on="POST")
        given = place.settings | {"H2O_URL": f"{model.url}/v1"}
        tabs = []
        for name in ("a", "b"):
            log = place.data_dir / f"nobody-looks-{name}.log"
            server = Server(log, ("-c", NOBODY_LOOKS), **given)
            ends.push_async_callback(server.kill)
            await server.start()
            tabs.append(Tab([server.url], cookies[0], Manner("live"), random.Random(1)))
            ends.push_async_callback(tabs[-1].close)
        command = say()
        accepted = await tabs[1].ask(command.id, command)
        at_a = await tabs[0].follow(accepted.run)
        await until(at_a, lambda reply: reply.text)
        await tabs[0].send(Stop(accepted.run))
        await until(at_a, lambda reply: reply.outcome)
        assert at_a.reply.outcome == "stopped"


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
    listened = subscribed(place)
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
    async with asyncio.timeout(PATIENCE):
        while not listened <= subscribed(place):  # the doorbells join their groups again
            await asyncio.sleep(0.05)
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


async def test_another_answer_is_begun_once_though_both_are_asked_for_it(two):
    two.model.plays(*stream(text("Well."), finish()), on="POST")
    command = say()
    accepted = await two.at_b.ask(command.id, command)
    reading = await two.at_b.follow(accepted.run)
    await until(reading, lambda reply: reply.outcome)
    for _ in range(10):
        await _ask_both_at_once(two, Retry(accepted.reply, uuid4()), "Well.")


async def test_going_on_is_begun_once_though_both_are_asked_for_it(two):
    two.model.plays(*stream(text("Half"), finish("length")), on="POST")
    command = say()
    accepted = await two.at_b.ask(command.id, command)
    reading = await two.at_b.follow(accepted.run)
    await until(reading, lambda reply: reply.outcome)
    two.model.plays(*stream(text("."), finish("length")), on="POST")
    words = "Half"
    for _ in range(10):
        words += "."
        await _ask_both_at_once(two, Continue(accepted.reply, uuid4()), words)


async def test_a_turn_said_again_after_a_kill_is_the_one_that_was_said(two):
    two.model.plays(head(), chunk(text("Half")), Hold(), on="POST")
    command = say()
    accepted = await two.at_b.ask(command.id, command)
    await until(await two.at_b.follow(accepted.run), lambda reply: reply.text)
    asked = len(two.model.asked("POST"))
    await two.b.kill()
    assert await two.at_a.ask(command.id, command) == accepted
    reading = await two.at_a.follow(accepted.run)
    await until(reading, lambda reply: reply.outcome)
    assert (reading.reply.outcome, reading.reply.text) == ("interrupted", "Half")
    await two.b.start()
    assert await two.at_b.ask(command.id, command) == accepted
    assert len(two.model.asked("POST")) == asked


async def _ask_both_at_once(two, command, words):
    """Have this command accepted at both; it is one run, which writes these words."""
    key = command.run if isinstance(command, Continue) else command.reply
    asked = len(two.model.asked("POST"))
    first, second = await asyncio.gather(two.at_a.ask(key, command), two.at_b.ask(key, command))
    assert first == second
    for tab in (two.at_a, two.at_b):
        reading = await tab.follow(first.run)
        await until(reading, lambda reply: reply.outcome)
        assert reading.reply.text == words
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


def opened(server, cookie, origin=None):
    """A socket at this server, as a page of it opens one."""
    return connect(
        f"{server.url.replace('http', 'ws', 1)}/ws/chat/",
        additional_headers={"Cookie": cookie(server.url), "Origin": origin or server.url},
        proxy=None,
    )


async def answers(socket):
    await socket.send('{"type":"ping"}')
    return json.loads(await asyncio.wait_for(socket.recv(), PATIENCE))


async def test_sockets_open_while_redis_dies_is_away_and_comes_back(two, place, cookies):
    async def open_them():
        while not ends.is_set():
            async with opened(two.a, cookies[PEOPLE]) as socket:
                assert await answers(socket) == {"type": "pong"}
            with pytest.raises(InvalidStatus, match="403"):
                await opened(two.a, cookies[PEOPLE], "https://elsewhere.example")
            counted.append(1)
            await asyncio.sleep(0.05)

    ends, counted = asyncio.Event(), []
    opening = asyncio.create_task(open_them())
    for step in (place.redis.kill, place.redis.start):
        await asyncio.to_thread(step)
        before = len(counted)
        async with asyncio.timeout(PATIENCE):
            while len(counted) < before + 10 and not opening.done():
                await asyncio.sleep(0.05)
    ends.set()
    await opening


def sign_out(server, cookie):
    """Press the button on a page of this server."""
    form = urllib.parse.urlencode({"csrfmiddlewaretoken": "c" * 32})
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Cookie": f"{cookie(server.url)}; csrf-{server.port}={'c' * 32}",
        "Origin": server.url,
    }
    with closing(HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)) as connection:
        connection.request("POST", "/sign-out/", form, headers)
        assert connection.getresponse().status == 302


THEIRS = "(SELECT id FROM auth_user WHERE username = %s)"
#: What happens to accounts by bare changes of their rows, of which no process is told, and
#: the code that their sockets are closed with.
CHANGES = {
    "UPDATE auth_user SET is_active = false WHERE username = %s": 4401,
    "UPDATE auth_user SET password = 'another' WHERE username = %s": 4401,
    "UPDATE auth_user SET is_staff = false WHERE username = %s": 4403,
    "DELETE FROM auth_user WHERE username = %s": 4401,
    "UPDATE auth_user SET is_superuser = false WHERE username = %s": 4403,
    f"DELETE FROM auth_user_groups WHERE user_id = {THEIRS}": 4403,
}
GIVEN = {  # before, to who loses it by the change of this number
    2: "UPDATE auth_user SET is_staff = true WHERE username = %s",
    4: "UPDATE auth_user SET is_superuser = true WHERE username = %s",
    5: f"INSERT INTO auth_user_groups (user_id, group_id) SELECT {THEIRS}, min(id) FROM auth_group",
}
PEOPLE = 2 + len(CHANGES)  # one signs out, and one stays


def change(database, change, cookie):
    name = f"person-{cookie(':').removeprefix('session-=')}"
    with psycopg.connect(database) as connection:
        assert connection.execute(change, [name]).rowcount == 1


@pytest.mark.parametrize("has_redis", [True, False])
async def test_s07_a_socket_at_b_follows_what_was_done_at_a(two, place, cookies, has_redis):
    start = 1 if has_redis else 1 + PEOPLE
    leaver, *changed, stays = cookies[start : start + PEOPLE]
    database = place.settings["DATABASE_URL"]
    for number, given in GIVEN.items():
        await asyncio.to_thread(change, database, given, changed[number])
    try:
        async with AsyncExitStack() as sockets:
            at_b = [
                await sockets.enter_async_context(opened(two.b, cookie))
                for cookie in (leaver, *changed, stays)
            ]
            for socket in at_b:
                assert await answers(socket)
            if not has_redis:
                await asyncio.to_thread(place.redis.kill)
            await asyncio.to_thread(sign_out, two.a, leaver)
            for what, cookie in zip(CHANGES, changed, strict=True):
                await asyncio.to_thread(change, database, what, cookie)
            async with asyncio.timeout(SHUT_OUT):
                await asyncio.gather(*(socket.wait_closed() for socket in at_b[:-1]))
            codes = [4401, *CHANGES.values(), None]
            assert [socket.close_code for socket in at_b] == codes
    finally:
        if not has_redis:
            await asyncio.to_thread(place.redis.start)
