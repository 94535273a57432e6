"""What the terminal is told of a model that is being fetched."""

from __future__ import annotations

from typing import TextIO

STEP = 10  # per cent between two lines where lines cannot be drawn over
MEGABYTE = 1_000_000


class Progress:
    """One line that is drawn again and again, or a line every tenth of the way elsewhere."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._is_terminal = stream.isatty()
        self._shown: tuple[str, int] | None = None
        self._is_drawn = False

    def show(self, label: str, done: int, total: int) -> None:
        """How far it is, in bytes; nothing before the first of them has come."""
        if not done or not total:
            return
        share = 100 * done // total
        shown = (label, done // MEGABYTE if self._is_terminal else share // STEP)
        if shown == self._shown:
            return
        self._shown = shown
        text = f"Fetching {label}: {done // MEGABYTE} / {total // MEGABYTE} MB ({share} %)"
        self._write(f"\r\x1b[K{text}" if self._is_terminal else f"{text}\n")
        self._is_drawn = self._is_terminal

    def say(self, sentence: str) -> None:
        """A line that stays."""
        self._write(f"\n{sentence}\n" if self._is_drawn else f"{sentence}\n")
        self._is_drawn = False

    def _write(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except OSError:
            pass  # the terminal is gone; the model goes on
