"""Who asks for many pages at once waits for their own.

Pages are made in threads that share one processor: of thirty at once each takes thirty times
as long, and so do everybody else's, and their sockets. So the requests of one session stand
in line, and a session that was busy for long gets a share of the time only. Nobody is refused.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any
from weakref import WeakValueDictionary

from django.conf import settings

from chat.pace import Pace, Paces
from h2oweb.asker import address_of, session_of

OF_SESSION = 2  # requests that are answered at the same time
OF_ADDRESS = 16  # of people who are not signed in, and may be many
SHARE, BURST = 0.5, 60.0  # seconds of answering one session: in each second, and at first
LONGEST = 10.0  # seconds that a busy session waits for its next


class InLine:
    """Lets the requests of one session in by turns."""

    def __init__(self, application: Any) -> None:
        self._application = application
        self._lines: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()
        self._paces = Paces()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer when it is its turn. The next may begin when this one's answer does."""
        turn = self._turn(scope)
        await turn.begin()

        async def watched(event: Any) -> None:
            turn.end()
            await send(event)

        try:
            await self._application(scope, receive, watched)
        finally:
            turn.end()

    def _turn(self, scope: Any) -> _Turn:
        if session := session_of(scope):
            line = self._line(f"session {session}", OF_SESSION)
            is_page = not scope["path"].startswith(settings.STATIC_URL)
            return _Turn(line, self._paces.of(session, SHARE, BURST) if is_page else None)
        return _Turn(self._line(f"address {address_of(scope)}", OF_ADDRESS), None)

    def _line(self, name: str, at_once: int) -> asyncio.Semaphore:
        return self._lines.setdefault(name, asyncio.Semaphore(at_once))


class _Turn:
    """A place in the line, and the pace that its time counts for. It may be ended twice."""

    def __init__(self, line: asyncio.Semaphore, pace: Pace | None) -> None:
        self._line, self._pace = line, pace
        self._began = 0.0
        self._is_over = False

    async def begin(self) -> None:
        await self._line.acquire()
        try:
            if self._pace and (wait := self._pace.take(0)):
                await asyncio.sleep(min(wait, LONGEST))
        except asyncio.CancelledError:
            self._line.release()
            raise
        self._began = time.monotonic()

    def end(self) -> None:
        if self._is_over:
            return
        self._is_over = True
        self._line.release()
        if self._pace:
            self._pace.take(time.monotonic() - self._began)
