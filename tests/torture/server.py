"""A server process of the application, which can be killed, suspended and started again."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tests.canary_words import CANARIES
from tests.prepared import environment
from tests.services import free_port
from tests.settings import PROJECT

READY = b"Listening on"
START = 120.0  # seconds a server gets to answer
STOP = 15.0  # seconds it gets to end when asked


class Server:
    """``manage.py serve``, or another program that does the same, on a port of its own."""

    def __init__(
        self, log: Path, program: Sequence[str] = ("manage.py", "serve"), **settings: str
    ) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = log
        self.ends: list[float] = []  # seconds that each asked-for end took
        self._program = program
        self._settings = settings | {"PORT": str(self.port), "PYTHONFAULTHANDLER": "1"}
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it, and return when it answers."""
        with self.log.open("ab") as log:
            before = log.tell()
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, *self._program),
                cwd=PROJECT,
                env=environment(**self._settings),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        async with asyncio.timeout(START):
            while READY not in self.log.read_bytes()[before:]:
                if self._process.returncode is not None:
                    raise RuntimeError(f"The server did not start:\n{self.log.read_text()[-4000:]}")
                await asyncio.sleep(0.05)

    async def kill(self) -> None:
        """End it as a crash would."""
        await self._end(signal.SIGKILL)

    async def term(self) -> None:
        """Ask it to end, as a process manager does: it ends well, and soon."""
        asked = time.monotonic()
        code = await self._end(signal.SIGTERM)
        self.ends.append(time.monotonic() - asked)
        log = self.log.read_text()
        if code:
            raise RuntimeError(f"The server ended with {code}:\n{log[-4000:]}")
        if any(secret in log for secret in self._secrets()):
            raise RuntimeError(f"The server's log {self.log} tells a secret.")

    def suspend(self) -> None:
        """Let it do nothing, with all its connections open."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    def _secrets(self) -> list[str]:
        """What its log may not tell."""
        own = (self._settings.get(name, "") for name in ("SECRET_KEY", "H2O_API_KEY"))
        return [*CANARIES, *filter(None, own)]

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(number)

    async def _end(self, how: signal.Signals) -> int:
        if self._process is None:
            return 0
        self._signal(how)
        try:
            async with asyncio.timeout(STOP):
                return await self._process.wait()
        except TimeoutError:
            self._signal(signal.SIGABRT)  # it tells what all its threads are at
            await self._process.wait()
            told = self.log.read_text()[-8000:]
            raise RuntimeError(f"The server did not end within its time:\n{told}") from None
        finally:
            self._process = None
