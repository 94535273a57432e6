"""Sockets of one session, and of one address, open at a pace."""

import asyncio

import pytest
from django.conf import settings

from chat import pace
from h2oweb import turnstile

AT_ONCE = 40
pytestmark = pytest.mark.asyncio


class Door:
    """A turnstile, and the sessions that came through it or were denied."""

    def __init__(self, of_address=0):
        self.through, self.denied = [], []
        self._turnstile = turnstile.Turnstile(self._serve, AT_ONCE, of_address)

    async def _serve(self, scope, receive, send):
        self.through.append(scope["number"])

    async def open(self, number, session, address="192.0.2.1"):
        async def receive():
            return {"type": "websocket.connect"}

        async def send(event):
            assert event["type"] == "websocket.close"
            self.denied.append(number)

        cookie = f"a=b; {settings.SESSION_COOKIE_NAME}={session}".encode()
        scope = {"type": "websocket", "headers": [(b"cookie", cookie)], "client": [address, 1]}
        await self._turnstile(scope | {"number": number, "path": "/"}, receive, send)


async def test_who_opens_socket_after_socket_waits_and_nobody_else_does():
    door = Door()
    flood = [asyncio.create_task(door.open(n, "loud")) for n in range(AT_ONCE + 4)]
    await asyncio.sleep(0)
    assert door.through == list(range(AT_ONCE))
    await door.open("other", "quiet")
    assert door.through == [*range(AT_ONCE), "other"]
    await asyncio.wait_for(asyncio.gather(*flood), 10)
    assert sorted(door.through[AT_ONCE + 1 :]) == list(range(AT_ONCE, AT_ONCE + 4))
    assert door.denied == []


async def test_who_would_wait_too_long_is_turned_away(monkeypatch):
    monkeypatch.setattr(turnstile, "LONGEST", 0.5)
    door = Door()
    await asyncio.gather(*(door.open(n, "loud") for n in range(AT_ONCE + 20)))
    assert len(door.through) + len(door.denied) == AT_ONCE + 20
    assert len(door.denied) >= 10


async def test_sessions_that_are_made_up_pass_by_the_pace_of_their_address(monkeypatch):
    monkeypatch.setattr(pace, "KEPT", 5)
    monkeypatch.setattr(turnstile, "LONGEST", 0.01)
    door = Door(of_address=30)
    await asyncio.gather(*(door.open(n, f"made up {n}") for n in range(40)))
    assert len(door.through) == 30
    await door.open("elsewhere", "made up", "192.0.2.2")
    assert door.through[-1] == "elsewhere"
