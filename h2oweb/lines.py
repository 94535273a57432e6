"""Lines to stand in, and turns to do something that takes time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from chat.pace import Pace

SLOW = 2.0  # seconds after which the next need not wait any longer
LONGEST = 10.0  # seconds that who was busy waits for the next turn


class Line:
    """Lets ``at_once`` in at the same time, and ``beside`` more beside those that are slow."""

    def __init__(self, at_once: int, beside: int = 0) -> None:
        self._places = asyncio.Semaphore(at_once)
        self._beside = beside

    async def enter(self) -> Place:
        """The place that is had when it is one's turn; it has to be left."""
        await self._places.acquire()
        return Place(self)

    def open_beside(self) -> bool:
        """Let the next in beside one that is slow, if there are not as many already."""
        if not self._beside:
            return False
        self._beside -= 1
        self._places.release()
        return True

    def leave(self, *, has_one_beside: bool) -> None:
        """Let the next in, or nobody where one has been let in before."""
        if has_one_beside:
            self._beside += 1
        else:
            self._places.release()


class Place:
    """What somebody has in a line."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._has_one_beside = False
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """Count the time from now on, after whatever else had to be waited for."""
        self._timer = asyncio.get_running_loop().call_later(SLOW, self._be_slow)

    def leave(self) -> None:
        """Be done."""
        if self._timer:
            self._timer.cancel()
        self._line.leave(has_one_beside=self._has_one_beside)

    def _be_slow(self) -> None:
        self._has_one_beside = self._line.open_beside()


class Turn:
    """A place in each of these lines, and the pace that its seconds, or its ``cost``, count for.

    It may be begun again after its end, and ended when it has not begun. ``pace`` may become
    another's before its end.
    """

    def __init__(
        self, lines: Sequence[Line], pace: Pace | None = None, cost: float | None = None
    ) -> None:
        self._lines, self.pace, self._cost = lines, pace, cost
        self._places: list[Place] = []
        self._began = 0.0

    async def begin(self) -> None:
        """Wait for it. Whoever is cancelled meanwhile has to end it too."""
        for line in self._lines:
            self._places.append(await line.enter())
        if self.pace and (wait := self.pace.take(0)):
            await asyncio.sleep(min(wait, LONGEST))
        for place in self._places:
            place.begin()
        self._began = time.monotonic()

    def end(self) -> None:
        """Let the next begin."""
        if self.pace and self._began:
            self.pace.take(self._cost or time.monotonic() - self._began)
        self._began = 0.0
        while self._places:
            self._places.pop().leave()
