"""When to ask a model server again before the first token; never after it."""

import asyncio
import random

from chat.backends.config import ServerConfig
from chat.backends.errors import BackendError, BrokenOff, Loading, Refused, TimedOut, Unreachable

TRANSIENT = frozenset({408, 425, 429, 500, 502, 503, 504})
LONGEST_WAIT = 30.0  # seconds; a longer one is told to the person rather than slept through


class Patience:
    """How long one request waits for its first token: so many tries, until a deadline.

    A server that is loading its model is waited for, and that does not count as a try.
    ``deadline`` is in the time of the running loop.
    """

    def __init__(self, config: ServerConfig) -> None:
        self.deadline = _now() + config.limits.start
        self._tries_left = config.tries - 1
        self._before: BackendError | None = None
        self._wait = config.limits.back_off
        self._loading_wait = 2 * config.limits.back_off

    async def after(self, error: BackendError) -> None:
        """Wait until it is time to try again, or raise ``error`` if it is not worth it.

        When the time is over amid a later try, what the server said before tells more.
        """
        if isinstance(error, TimedOut) and self._before is not None:
            raise self._before from error
        self._before = error
        if isinstance(error, Loading):
            wait = error.retry_after or self._loading_wait
        elif is_transient(error) and self._tries_left > 0:
            self._tries_left -= 1
            wait = max(error.retry_after or 0.0, self._back_off())
        else:
            raise error
        if wait > LONGEST_WAIT or _now() + wait >= self.deadline:
            raise error
        await asyncio.sleep(wait)

    def _back_off(self) -> float:
        wait = self._wait
        self._wait *= 2
        return wait * random.uniform(0.5, 1.0)  # noqa: S311 - no secret


def is_transient(error: BackendError) -> bool:
    """Whether the same request may well be answered a moment later."""
    if isinstance(error, Refused):
        return error.status in TRANSIENT
    return isinstance(error, Unreachable | BrokenOff)


def _now() -> float:
    return asyncio.get_running_loop().time()
