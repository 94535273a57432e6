"""Requests of one person stand in line, and nobody else stands behind them."""

import asyncio
import itertools
import time

import pytest
from django.conf import settings
from django.test import AsyncClient

from chat.pace import Paces
from h2oweb import in_line, lines
from h2oweb.asker import CAME, PERSON, person_of

pytestmark = pytest.mark.asyncio
PATIENCE = 10.0  # seconds
START = {"type": "http.response.start", "status": 200, "headers": []}
MEASURED = START | {"headers": [(b"Content-Length", b"9")]}
BODY = {"type": "http.response.body", "more_body": False}
PIECE = BODY | {"more_body": True}
END = {"type": "http.response.body"}


class Site:
    """An application whose answers begin when they are let, behind the line.

    Below ``/stream/`` they are endless, but for one, and each piece of them is let by itself.
    """

    def __init__(self):
        self.asked, self.let, self.sent = [], asyncio.Event(), asyncio.Event()
        self.made = asyncio.Semaphore(0)  # pieces that may be made
        self.deaf = set()  # those of whom nothing is read any more
        self._line = in_line.InLine(self._serve, self._person_of)
        self.kept = {}  # sessions that the database has
        self.looked_up = []
        self.come = {}  # who has signed in there
        self._people = {"loud": "1", "loud too": "1", "quiet": "2"}

    async def _person_of(self, session):
        self.looked_up.append(session)
        return self.kept.get(session)

    async def _serve(self, scope, receive, send):
        self.asked.append(scope["path"])
        scope[PERSON] = self._people.get(scope["session"])
        scope[CAME] = self.come.get(scope["path"])
        if scope["path"] == "/fails/":
            raise RuntimeError
        if scope["path"] == "/never/":
            await asyncio.Event().wait()
        if scope["path"].startswith("/stream/"):
            return await self._stream(scope["path"], send)
        await self.let.wait()
        await send(MEASURED)
        await self.sent.wait()
        await send(PIECE)
        await send(BODY)

    async def _stream(self, path, send):
        await send(START)
        for number in itertools.count() if path != "/stream/short/" else range(1):
            self.asked.append(f"{path}{number}")
            await self.made.acquire()
            await send(PIECE)
        await send(END)

    def ask(self, path, session="loud", address="192.0.2.1"):
        cookie = f"{settings.SESSION_COOKIE_NAME}={session}".encode() if session else b""
        scope = {"type": "http", "headers": [(b"cookie", cookie)], "client": [address, 1]}

        async def send(event):
            if path in self.deaf:
                await asyncio.Event().wait()

        scope |= {"path": path, "session": session}
        return asyncio.create_task(self._line(scope, None, send))

    async def knows(self, *sessions):
        """They have asked before."""
        self.let.set()
        self.sent.set()
        await asyncio.gather(*(self.ask("/", session) for session in sessions))
        self.let.clear()
        self.sent.clear()
        self.asked.clear()

    async def heard(self, *paths):
        async with asyncio.timeout(PATIENCE):
            while set(self.asked) < set(paths):
                await asyncio.sleep(0.001)
        assert sorted(self.asked) == sorted(paths)

    async def flows(self, pieces):
        """Let so many pieces be made, one after the other."""
        for _ in range(pieces):
            self.made.release()
            await asyncio.sleep(0.005)


@pytest.fixture
async def site(monkeypatch):
    monkeypatch.setattr(lines, "SLOW", 1000.0)
    site = Site()
    await site.knows("loud", "loud too", "quiet")
    yield site
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()


async def test_one_at_once_in_all_of_ones_browsers_and_the_next_when_an_answer_begins(site):
    tasks = [site.ask("/0/"), site.ask("/1/", "loud too")]
    await site.heard("/0/")
    tasks += [site.ask("/quiet/", "quiet"), site.ask("/nobody/", "")]
    await site.heard("/0/", "/quiet/", "/nobody/")
    site.let.set()
    await site.heard("/0/", "/quiet/", "/nobody/", "/1/")
    assert not any(task.done() for task in tasks)
    site.sent.set()
    await asyncio.gather(*tasks)


async def test_behind_a_slow_one_nobody_waits_and_beside_it_one_by_one(site, monkeypatch):
    monkeypatch.setattr(lines, "SLOW", 0.1)
    began = time.monotonic()
    slow = site.ask("/slow/")
    held = [site.ask("/a/"), site.ask("/b/")]
    await site.heard("/slow/", "/a/")
    assert time.monotonic() - began >= 0.1
    await asyncio.sleep(0.3)
    assert site.asked == ["/slow/", "/a/"]
    slow.cancel()
    held[0].cancel()
    for path in ("/c/", "/d/"):
        site.ask(path)
    await site.heard("/slow/", "/a/", "/b/", "/c/")
    await asyncio.sleep(0.3)
    assert site.asked == ["/slow/", "/a/", "/b/", "/c/"]


async def test_who_fails_or_leaves_takes_no_place_along(site):
    failed = await asyncio.gather(*(site.ask("/fails/") for _ in range(3)), return_exceptions=True)
    assert [type(error) for error in failed] == [RuntimeError] * 3
    held = site.ask("/held/")
    left = [site.ask("/left/"), site.ask("/left/")]
    await asyncio.sleep(0)
    for task in (*left, held):
        task.cancel()
    await asyncio.gather(*left, held, return_exceptions=True)
    site.let.set()
    site.sent.set()
    await asyncio.wait_for(asyncio.gather(site.ask("/a/"), site.ask("/b/")), PATIENCE)


async def test_a_person_who_was_busy_waits_and_files_and_others_do_not(site, monkeypatch):
    _bursts(monkeypatch, site, pages=0.0)
    first = site.ask("/first/")
    await site.heard("/first/")
    await asyncio.sleep(0.5)  # that it takes to answer
    site.let.set()
    await first
    began = time.monotonic()
    waits = site.ask("/waits/", "loud too")
    await asyncio.gather(site.ask("/static/x.js"), site.ask("/quiet/", "quiet"), site.ask("/", ""))
    assert "/waits/" not in site.asked
    await waits
    assert time.monotonic() - began >= 0.5


def _bursts(monkeypatch, site, **bursts):
    """So much at first, and all is sent as soon as it is made."""
    monkeypatch.setattr(lines, "LONGEST", 2.0)
    for what, burst in bursts.items():
        monkeypatch.setitem(in_line.SHARES, what, (0.5, burst))
    site._line._paces = Paces()
    site.sent.set()


async def test_who_is_signed_out_waits_after_the_busy_ones_of_the_same_address(site, monkeypatch):
    _bursts(monkeypatch, site, pages=0.0)
    site._line._people.clear()
    known_by_now = site.ask("/known/", "loud")
    await site.heard("/known/")
    await asyncio.sleep(0.5)  # that counts for the person whose session it turns out to be
    site.let.set()
    await known_by_now
    assert site._line._pace("pages", None, "address 192.0.2.1").take(0) == 0.0
    site.let.clear()
    first = site.ask("/first/", "made up")
    await site.heard("/known/", "/first/")
    await asyncio.sleep(0.5)
    site.let.set()
    await first
    began = time.monotonic()
    waits = site.ask("/waits/", "made up too")
    beside = [site.ask("/elsewhere/", "", "192.0.2.2"), site.ask("/static/x.js", "")]
    await asyncio.gather(*beside, site.ask("/own/", "loud"))
    assert "/waits/" not in site.asked
    await waits
    assert time.monotonic() - began >= 0.5


async def test_to_sign_in_counts_for_who_does(site, monkeypatch):
    _bursts(monkeypatch, site, pages=0.0)
    site.come["/sign-in/"] = "3"
    signs_in = site.ask("/sign-in/", "")
    await site.heard("/sign-in/")
    await asyncio.sleep(0.1)
    site.let.set()
    await signs_in
    pace = site._line._pace
    assert pace("pages", None, "address 192.0.2.1").take(0) == 0.0
    assert pace("pages", "3").due > 0.0


@pytest.mark.django_db(transaction=True)
async def test_who_has_signed_in_is_known_when_it_is_answered(alice):
    told = {"username": "alice", "password": "alice likes long walks"}
    answer = await AsyncClient().post("/sign-in/", told)
    scope = answer.asgi_request.scope
    assert (scope[PERSON], scope[CAME]) == (None, str(alice.pk))


@pytest.mark.parametrize("session", ["loud", ""])
async def test_who_takes_file_after_file_waits_and_pages_do_not(site, monkeypatch, session):
    monkeypatch.setattr(in_line, "MANY", 1.0)
    _bursts(monkeypatch, site, files=4.0)
    site.let.set()
    began = time.monotonic()
    files = [site.ask("/static/x.js", session) for _ in range(6)]
    await asyncio.gather(site.ask("/page/", session), site.ask("/static/y.js", "quiet"), *files)
    assert time.monotonic() - began >= 1.5
    assert site.asked[-1] == "/static/x.js"


async def test_files_of_people_whom_a_new_server_does_not_know_wait_for_nobody(site, monkeypatch):
    """An office of which everybody reloads their page after a restart."""
    monkeypatch.setattr(in_line, "MANY", 1.0)
    _bursts(monkeypatch, site, files=4.0)
    site._line._people.clear()
    site.kept = {f"session {number}": str(number) for number in range(12)}
    site.let.set()
    site.sent.set()
    await asyncio.gather(*(site.ask("/static/x.js", f"made up {each}") for each in range(4)))
    assert site.looked_up == []  # before strangers have to wait
    await site.ask("/static/x.js", "made up")
    began = time.monotonic()
    for _ in range(3):
        await asyncio.gather(*(site.ask("/static/x.js", session) for session in site.kept))
    assert time.monotonic() - began < 1.0
    assert sorted(site.looked_up) == sorted(site.kept)  # each once
    await site.ask("/static/x.js", "made up")
    assert time.monotonic() - began >= 1.0


@pytest.mark.django_db(transaction=True)
async def test_whose_session_it_is_is_in_the_database(alice):
    client = AsyncClient()
    await client.aforce_login(alice)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    assert await person_of(session) == str(alice.pk)
    assert await person_of("made up") is None


async def test_sessions_that_nobody_has_stand_in_the_line_of_their_address(site, monkeypatch):
    made_up = [site.ask("/", f"made up {number}") for number in range(9)]
    made_up += [site.ask("/", "") for _ in range(9)]
    elsewhere = [site.ask("/elsewhere/", "", address="192.0.2.2")]
    own = [site.ask("/own/", "quiet")]
    await site.heard("/", "/", "/elsewhere/", "/own/")
    site.let.set()
    site.sent.set()
    await asyncio.gather(*made_up, *elsewhere, *own)


async def test_no_more_sessions_are_known_than_there_is_room_for(monkeypatch):
    monkeypatch.setattr(in_line, "KEPT", 2)
    site = Site()
    await site.knows("loud", "quiet", "loud", "loud too")
    assert site._line._people == {"loud": "1", "loud too": "1"}


async def test_pieces_are_made_by_turns_and_a_page_waits_for_one_of_each_at_most(site):
    site.ask("/stream/a/")
    await site.heard("/stream/a/", "/stream/a/0")
    site.ask("/stream/b/", "loud too")
    site.ask("/stream/c/", "quiet")
    await site.heard("/stream/a/", "/stream/a/0", "/stream/c/", "/stream/c/0")
    await site.flows(4)
    begun = [path for path in site.asked if "c" not in path]
    assert begun[:5] == [
        "/stream/a/",
        "/stream/a/0",
        "/stream/b/",
        "/stream/a/1",
        "/stream/b/0",
    ]
    site.ask("/page/")
    await site.flows(4)
    assert "/page/" in site.asked


async def test_what_is_made_already_is_sent_without_another_turn(site):
    page = site.ask("/page/")
    site.let.set()
    await site.heard("/page/")
    site.ask("/stream/")
    await site.heard("/page/", "/stream/", "/stream/0")
    site.sent.set()
    await asyncio.wait_for(page, PATIENCE)


async def test_the_end_of_a_stream_waits_for_nothing(site):
    short = site.ask("/stream/short/")
    await site.heard("/stream/short/", "/stream/short/0")
    site.ask("/page/")
    await site.flows(1)
    await site.heard("/stream/short/", "/stream/short/0", "/page/")
    site.ask("/never/")
    site.let.set()
    await asyncio.wait_for(short, PATIENCE)


async def test_who_does_not_read_keeps_no_turn(site):
    site.ask("/stream/a/")
    await site.heard("/stream/a/", "/stream/a/0")
    site.deaf.add("/stream/a/")
    await site.flows(1)
    site.ask("/stream/b/", "loud too")
    await site.heard("/stream/a/", "/stream/a/0", "/stream/b/", "/stream/b/0")


async def test_one_person_takes_a_few_streams_at_once_and_other_answers_beside_them(site):
    tasks = [site.ask(f"/stream/{number}/") for number in range(6)]
    await site.flows(20)
    assert {f"/stream/{number}/0" for number in range(6)} - {*site.asked} == {
        "/stream/4/0",
        "/stream/5/0",
    }
    site.let.set()
    site.sent.set()
    page = site.ask("/page/")
    await site.flows(10)
    await asyncio.wait_for(page, PATIENCE)
    for task in tasks[:2]:
        task.cancel()
    await site.flows(20)
    assert {f"/stream/{number}/0" for number in range(6)} <= {*site.asked}
