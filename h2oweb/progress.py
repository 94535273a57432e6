"""Steps on a terminal: what is being done, for how long, and what went wrong.

On a terminal a running step is one line that is drawn again; anywhere else it is one
line when it has ended. Standard library only: it runs before anything is installed.
"""

from __future__ import annotations

import collections
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

FRAME = 0.1  # seconds between two drawings of a running step
FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
TAIL = 30  # lines of a failed command that are shown


class StepFailed(Exception):
    """A step went wrong; the text is what a person should read."""


class Line:
    """The last line of a terminal, drawn over and over. Silent where there is none."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.is_live = stream.isatty() and os.environ.get("TERM") != "dumb"

    def draw(self, text: str) -> None:
        """Show this instead of what the line showed before."""
        if self.is_live:
            width = os.get_terminal_size(self._stream.fileno()).columns or 80
            self._write(f"\r\x1b[K{text[: width - 1]}")

    def settle(self, text: str) -> None:
        """Leave this standing, and begin a new line."""
        self._write(f"\r\x1b[K{text}\n" if self.is_live else f"{text}\n")

    def clear(self) -> None:
        """Take away what was drawn."""
        if self.is_live:
            self._write("\r\x1b[K")

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()


class Step:
    """One step under way. ``detail`` is shown beside its name."""

    def __init__(self, name: str, line: Line) -> None:
        self.name = name
        self.detail = ""
        self._line = line
        self._started = time.monotonic()

    def draw(self) -> None:
        """Show how it stands."""
        frame = FRAMES[int(time.monotonic() / FRAME) % len(FRAMES)]
        self._line.draw(f"{frame} {self.name}  {self.seconds:.0f} s  {self.detail}")

    def end(self, mark: str) -> None:
        """Leave the step's last line."""
        self._line.settle(f"{mark} {self.name}  {self.seconds:.1f} s")

    @property
    def seconds(self) -> float:
        """How long it has taken."""
        return time.monotonic() - self._started

    def run(
        self,
        command: Sequence[str | Path],
        *,
        cwd: Path,
        env: Mapping[str, str] | None = None,
        read: Callable[[str], str] = str.strip,
    ) -> None:
        """Run a command quietly. ``read`` makes the step's detail of a line of its output.

        Raises StepFailed with the end of the output when the command fails.
        """
        code, output = self.attempt(command, cwd=cwd, env=env, read=read)
        if code:
            raise StepFailed("\n".join(output.splitlines()[-TAIL:]))

    def attempt(
        self,
        command: Sequence[str | Path],
        *,
        cwd: Path,
        env: Mapping[str, str] | None = None,
        read: Callable[[str], str] = str.strip,
    ) -> tuple[int, str]:
        """Run a command quietly and return its exit code and the last of its output."""
        process = subprocess.Popen(
            [str(part) for part in command],
            cwd=cwd,
            env=None if env is None else {**os.environ, **env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
        )
        assert process.stdout is not None
        lines: collections.deque[str] = collections.deque(maxlen=2000)
        reader = threading.Thread(target=self._follow, args=(process.stdout, lines, read))
        reader.start()
        try:
            while reader.is_alive():
                self.draw()
                reader.join(FRAME)
            return process.wait(), "".join(lines)
        finally:
            _end(process)
            reader.join()
            process.stdout.close()

    def _follow(
        self, output: TextIO, lines: collections.deque[str], read: Callable[[str], str]
    ) -> None:
        for line in output:
            lines.append(line)
            self.detail = read(line) or self.detail


def _end(process: subprocess.Popen[str]) -> None:
    """See to it that an abandoned command is gone."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def step(name: str, stream: TextIO = sys.stderr) -> Iterator[Step]:
    """A step from here to the end of the block, which fails by StepFailed."""
    line = Line(stream)
    under_way = Step(name, line)
    under_way.draw()
    try:
        yield under_way
    except StepFailed:
        under_way.end("✗")
        raise
    except BaseException:
        line.clear()
        raise
    under_way.end("✓")
