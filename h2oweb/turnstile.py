"""Who opens socket after socket waits at the door, before anything is looked up for them.

To open one costs the process some milliseconds, whether it is let in or not: hundreds a
second, which one person can easily ask for, would leave nothing for anybody else.
"""

from __future__ import annotations

import asyncio
from typing import Any

from chat.pace import Paces
from h2oweb.asker import address_of, session_of
from h2oweb.denial import deny

AGAIN = 20.0  # seconds in which everybody may open once more as many as they may have at once
LONGEST = 10.0  # seconds at the door, of the 20 that a handshake may take


class Turnstile:
    """Lets the sockets of one session, and of one address, through at a pace.

    As many as they may have at once need not wait: after a restart of the server all of
    them come back together. 0 is without limit. Who would have to wait too long is turned
    away by 403 after ``LONGEST`` seconds.
    """

    def __init__(self, application: Any, of_session: int, of_address: int) -> None:
        self._application = application
        self._most = {"session": of_session, "address": of_address}
        self._paces = Paces()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> Any:
        """Serve the socket once it is its turn."""
        wait = max(self._waits(scope), default=0.0)
        if wait:
            await asyncio.sleep(min(wait, LONGEST))
        if wait > LONGEST:
            return await deny(receive, send)
        return await self._application(scope, receive, send)

    def _waits(self, scope: Any) -> list[float]:
        keys = (("address", address_of(scope)), ("session", session_of(scope)))
        mosts = [(key, self._most[key[0]]) for key in keys if key[1]]
        return [self._paces.of(key, most / AGAIN, most).take() for key, most in mosts if most]
