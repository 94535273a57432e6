"""Who opens socket after socket waits at the door, before anything is looked up for them.

To open one costs the process some milliseconds, whether it is let in or not: hundreds a
second, which one person can easily ask for, would leave nothing for anybody else.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

from django.conf import settings
from django.http import parse_cookie

from chat.pace import Pace
from h2oweb.denial import deny

AGAIN = 20.0  # seconds in which everybody may open once more as many as they may have at once
LONGEST = 10.0  # seconds at the door, of the 20 that a handshake may take
KEPT = 1000  # paces, before those that are worked off are dropped


class Turnstile:
    """Lets the sockets of one session, and of one address, through at a pace.

    As many as they may have at once need not wait: after a restart of the server all of
    them come back together. 0 is without limit. Who would have to wait too long is turned
    away by 403 after ``LONGEST`` seconds.
    """

    def __init__(self, application: Any, of_session: int, of_address: int) -> None:
        self._application = application
        self._most = {"session": of_session, "address": of_address}
        self._paces: dict[tuple[str, str], Pace] = {}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> Any:
        """Serve the socket once it is its turn."""
        wait = max(self._waits(scope), default=0.0)
        if wait:
            await asyncio.sleep(min(wait, LONGEST))
        if wait > LONGEST:
            return await deny(receive, send)
        return await self._application(scope, receive, send)

    def _waits(self, scope: Any) -> list[float]:
        address = (scope.get("client") or [""])[0]
        keys = (("address", address), ("session", _session(scope["headers"])))
        return [self._pace(key).take() for key in keys if key[1] and self._most[key[0]]]

    def _pace(self, key: tuple[str, str]) -> Pace:
        if len(self._paces) >= KEPT:
            now = time.monotonic()
            self._paces = {key: pace for key, pace in self._paces.items() if pace.due > now}
        most = self._most[key[0]]
        return self._paces.setdefault(key, Pace(most / AGAIN, most))


def _session(headers: list[tuple[bytes, bytes]]) -> str:
    cookies = "; ".join(v.decode("latin-1") for name, v in headers if name.lower() == b"cookie")
    return parse_cookie(cookies).get(settings.SESSION_COOKIE_NAME, "")
