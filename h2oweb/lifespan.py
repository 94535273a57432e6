"""What the application does when its server starts and before it ends: ASGI's lifespan.

Daphne does not speak this protocol; ``h2oweb.server`` does, as uvicorn does, so that the
same ``asgi.py`` runs on both.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any

logger = logging.getLogger(__name__)

Step = Callable[[], Awaitable[object]]


class Lifespan:
    """The ASGI application for the scope type ``lifespan``.

    ``start`` runs in the serving event loop before the first connection is accepted;
    what it raises keeps the server from starting. ``stop`` runs when the connections are
    closed and before the tasks that are left are cancelled; it has some seconds.
    """

    def __init__(self, *, start: Step, stop: Step) -> None:
        self._start = start
        self._stop = stop

    async def __call__(
        self,
        scope: Any,
        receive: Callable[[], Awaitable[dict[str, Any]]],
        send: Callable[[dict[str, Any]], Awaitable[None]],
    ) -> None:
        """Live as long as the server."""
        while True:
            event = await receive()
            if event["type"] == "lifespan.startup":
                await send(await _outcome(self._start, "lifespan.startup"))
            elif event["type"] == "lifespan.shutdown":
                await send(await _outcome(self._stop, "lifespan.shutdown"))
                return


async def _outcome(step: Step, event: str) -> dict[str, Any]:
    try:
        await step()
    except Exception as error:
        logger.exception("Failed: %s", event)
        return {"type": f"{event}.failed", "message": str(error)}
    return {"type": f"{event}.complete"}
