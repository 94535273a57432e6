"""Pauses between transactions, in which whoever else waits for the database gets it."""

import time

BREATH = 0.1  # seconds: as long as whoever waits for SQLite looks away at most


class Breathing:
    """Pauses of what one request stores: as long in all as the work between them."""

    def __init__(self) -> None:
        self._since = time.monotonic()

    def breathe(self) -> None:
        """Pause, unless the last pause was a moment ago."""
        if time.monotonic() - self._since >= BREATH:
            time.sleep(BREATH)
            self._since = time.monotonic()
