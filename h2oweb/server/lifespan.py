"""The server's side of ASGI's lifespan protocol, which Daphne does not speak.

The application's side is ``h2oweb.lifespan``. An application without one is served all
the same (ASGI, Lifespan Protocol, "Scope").
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from h2oweb.server.flow import Event

logger = logging.getLogger(__name__)

Application = Callable[
    [dict[str, Any], Callable[[], Awaitable[Event]], Callable[[Event], Awaitable[None]]],
    Awaitable[None],
]


class StartupFailed(Exception):
    """The application says that it cannot start; the text is its own."""


class Lifespan:
    """Tells an application when the server starts and ends."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._told: asyncio.Queue[Event] = asyncio.Queue()
        self._answers: asyncio.Queue[Event] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None

    async def startup(self) -> None:
        """Return when the application is ready. Raises StartupFailed if it says so."""
        self._task = asyncio.create_task(self._run())
        answer = await self._ask("lifespan.startup")
        if answer.get("type") == "lifespan.startup.failed":
            raise StartupFailed(answer.get("message") or "The application could not start.")

    async def shutdown(self, timeout: float) -> None:
        """Return when the application has ended what it does, or the time is up."""
        if self._task is None or self._task.done():
            return
        try:
            answer = await asyncio.wait_for(self._ask("lifespan.shutdown"), timeout)
        except TimeoutError:
            logger.error("The application did not end within %g seconds.", timeout)
        else:
            if answer.get("type") == "lifespan.shutdown.failed":
                logger.error("The application did not end well: %s", answer.get("message"))

    async def _ask(self, event: str) -> Event:
        """The application's answer to an event; empty if it ended without one."""
        assert self._task
        await self._told.put({"type": event})
        answer = asyncio.create_task(self._answers.get())
        await asyncio.wait((self._task, answer), return_when=asyncio.FIRST_COMPLETED)
        if answer.done():
            return answer.result()
        answer.cancel()
        return {}

    async def _run(self) -> None:
        scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": {}}
        try:
            await self._application(scope, self._told.get, self._answers.put)
        except Exception as error:  # noqa: BLE001 - by the protocol: it does not speak it
            logger.info("The application has no lifespan: %s", error)
