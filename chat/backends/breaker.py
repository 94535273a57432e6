"""A circuit breaker: a server that is dead is told so at once, and tried again by one."""

import time
from collections.abc import Callable
from typing import Literal

from chat.backends.errors import BackendError
from chat.wire.sentences import sentence

FAILURES = 5  # in a row
PAUSE = 15.0  # seconds


class CircuitOpen(BackendError):
    """The server was not asked, since it did not answer the last times."""


class CircuitBreaker:
    """Closed while the server answers; open after ``failures`` in a row for ``pause`` seconds.

    After the pause one caller may try (half open). If that fails the next pause begins,
    else the circuit is closed again. An open circuit raises CircuitOpen.
    """

    def __init__(
        self,
        *,
        failures: int = FAILURES,
        pause: float = PAUSE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limit = failures
        self._pause = pause
        self._clock = clock
        self._failures = 0
        self._open_until = 0.0
        self._on_trial = False

    @property
    def state(self) -> Literal["closed", "half open", "open"]:
        """What the next caller meets."""
        if self._failures < self._limit:
            return "closed"
        due = self._clock() >= self._open_until and not self._on_trial
        return "half open" if due else "open"

    def enter(self) -> None:
        """Ask to try. Whoever may must tell the end by one of the three methods below."""
        match self.state:
            case "half open":
                self._on_trial = True
            case "open":
                raise self._refusal()

    def succeeded(self) -> None:
        """The server answered."""
        self._failures = 0
        self._on_trial = False

    def failed(self) -> None:
        """The server did not answer."""
        self._failures += 1
        self._on_trial = False
        if self._failures >= self._limit:
            self._open_until = self._clock() + self._pause

    def abandoned(self) -> None:
        """Nobody waited for the answer, so nothing is known; the next caller may try."""
        self._on_trial = False

    def _refusal(self) -> CircuitOpen:
        left = max(1.0, self._open_until - self._clock())
        return CircuitOpen(
            sentence(
                "The model server has not answered several times in a row. "
                "It will be tried again in {seconds} seconds."
            ).format(seconds=f"{left:.0f}"),
            retry_after=left,
        )
