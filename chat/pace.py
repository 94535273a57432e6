"""How much of something there may be in a time: some at once, and then so many a second."""

from __future__ import annotations

import time
from dataclasses import dataclass


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
