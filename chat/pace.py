"""How much of something there may be in a time: some at once, and then so many a second."""

from __future__ import annotations

import time
from collections.abc import Hashable
from dataclasses import dataclass

KEPT = 1000  # paces, before those that are worked off are dropped


@dataclass
class Pace:
    """``burst`` at once, then ``rate`` a second. A process counts for itself."""

    rate: float
    burst: float
    due: float = 0.0  # when what was taken is worked off, by the monotonic clock

    def take(self, count: float = 1) -> float:
        """Count so many. Returns the seconds to wait before the next; 0 while there is no hurry."""
        now = time.monotonic()
        self.due = max(self.due, now) + count / self.rate
        return max(0.0, self.due - now - self.burst / self.rate)


class Paces:
    """A pace for each of whatever it is about."""

    def __init__(self) -> None:
        self._paces: dict[Hashable, Pace] = {}

    def of(self, key: Hashable, rate: float, burst: float) -> Pace:
        """The one that was made for this key, or a new one."""
        if len(self._paces) >= KEPT:
            now = time.monotonic()
            self._paces = {each: pace for each, pace in self._paces.items() if pace.due > now}
        return self._paces.setdefault(key, Pace(rate, burst))
