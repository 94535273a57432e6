"""The network between people and servers: one address, whose connections can be hurt.

It leads each new connection to any server that takes it, as a proxy before several does.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Sequence
from dataclasses import dataclass

SLOWEST = 0.3  # seconds that a delayed network may hold each piece back


@dataclass(eq=False)
class _Line:
    """One connection; what is sent into a silent one arrives nowhere, and nobody is told."""

    ends: tuple[asyncio.StreamWriter, asyncio.StreamWriter]
    is_silent: bool = False

    def cut(self) -> None:
        for end in self.ends:
            end.transport.abort()


class Network:
    """Listens at ``url``. ``lead_to`` names the ports behind it."""

    def __init__(self, dice: random.Random) -> None:
        self.url = ""
        self._ports: Sequence[int] = ()
        self._dice = dice
        self._lines: set[_Line] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._delay = 0.0

    async def __aenter__(self) -> Network:
        """Begin to listen."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        """Cut everything and be gone."""
        self._server.close()
        self.cut()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def lead_to(self, ports: Sequence[int]) -> None:
        """The servers' ports, from now on."""
        self._ports = ports

    def cut(self) -> None:
        """Every connection ends at once, without a goodbye."""
        for line in list(self._lines):
            line.cut()

    def fall_silent(self) -> None:
        """Every second connection or so stays open at both ends and carries nothing any more."""
        for line in self._lines:
            line.is_silent = line.is_silent or self._dice.random() < 0.5

    async def delay(self, seconds: float) -> None:
        """For so long, each piece of data comes late."""
        self._delay = self._dice.uniform(0.05, SLOWEST)
        await asyncio.sleep(seconds)
        self._delay = 0.0

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        if (behind := await self._find_server()) is None:
            writer.transport.abort()
            return
        line = _Line((writer, behind[1]))
        self._lines.add(line)
        try:
            await asyncio.gather(
                self._carry(line, reader, behind[1]), self._carry(line, behind[0], writer)
            )
        finally:
            self._lines.discard(line)
            line.cut()

    async def _find_server(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        for port in self._dice.sample(self._ports, len(self._ports)):
            with contextlib.suppress(OSError):
                return await asyncio.open_connection("127.0.0.1", port)
        return None

    async def _carry(
        self, line: _Line, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65_536):
                await asyncio.sleep(self._delay)
                if not line.is_silent:
                    writer.write(data)
                    await writer.drain()
        if not line.is_silent:
            writer.close()
