"""Requests of one session stand in line, and nobody else stands behind them."""

import asyncio
import time

import pytest
from django.conf import settings

from h2oweb import in_line

pytestmark = pytest.mark.asyncio
PATIENCE = 10.0  # seconds


class Site:
    """An application whose answers begin when they are let, behind the line."""

    def __init__(self):
        self.asked, self.let, self.sent = [], asyncio.Event(), asyncio.Event()
        self._line = in_line.InLine(self._serve)

    async def _serve(self, scope, receive, send):
        self.asked.append(scope["path"])
        if scope["path"] == "/fails/":
            raise RuntimeError
        await self.let.wait()
        await send({"type": "http.response.start"})
        await self.sent.wait()

    def ask(self, path, session="loud", address="192.0.2.1"):
        cookie = f"{settings.SESSION_COOKIE_NAME}={session}".encode() if session else b""
        scope = {"type": "http", "headers": [(b"cookie", cookie)], "client": [address, 1]}

        async def send(event):
            pass

        return asyncio.create_task(self._line(scope | {"path": path}, None, send))

    async def heard(self, *paths):
        async with asyncio.timeout(PATIENCE):
            while set(self.asked) < set(paths):
                await asyncio.sleep(0.001)
        assert self.asked == list(paths)


async def test_a_few_at_once_and_the_next_when_an_answer_begins():
    site = Site()
    tasks = [site.ask(f"/{number}/") for number in range(4)]
    await site.heard("/0/", "/1/")
    tasks += [site.ask("/quiet/", "quiet"), site.ask("/nobody/", "")]
    await site.heard("/0/", "/1/", "/quiet/", "/nobody/")
    site.let.set()
    await site.heard("/0/", "/1/", "/quiet/", "/nobody/", "/2/", "/3/")
    assert not any(task.done() for task in tasks)
    site.sent.set()
    await asyncio.gather(*tasks)


async def test_who_fails_or_leaves_takes_no_place_along():
    site = Site()
    failed = await asyncio.gather(*(site.ask("/fails/") for _ in range(3)), return_exceptions=True)
    assert [type(error) for error in failed] == [RuntimeError] * 3
    held = [site.ask("/held/"), site.ask("/held/")]
    left = [site.ask("/left/"), site.ask("/left/")]
    await asyncio.sleep(0)
    for task in (*left, *held):
        task.cancel()
    await asyncio.gather(*left, *held, return_exceptions=True)
    site.let.set()
    site.sent.set()
    await asyncio.wait_for(asyncio.gather(site.ask("/a/"), site.ask("/b/")), PATIENCE)


async def test_a_session_that_was_busy_waits_and_files_and_others_do_not(monkeypatch):
    monkeypatch.setattr(in_line, "BURST", 0.0)
    monkeypatch.setattr(in_line, "LONGEST", 2.0)
    site = Site()
    site.sent.set()
    first = site.ask("/first/")
    await site.heard("/first/")
    await asyncio.sleep(0.5)  # that it takes to answer
    site.let.set()
    await first
    began = time.monotonic()
    waits = site.ask("/waits/")
    await asyncio.gather(site.ask("/static/x.js"), site.ask("/quiet/", "quiet"), site.ask("/", ""))
    assert "/waits/" not in site.asked
    await waits
    assert time.monotonic() - began >= 0.5
