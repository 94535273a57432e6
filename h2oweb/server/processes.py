"""Several server processes on one listening socket, and one that looks after them."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Coroutine, Sequence

logger = logging.getLogger(__name__)

FIRST_PAUSE = 0.5  # seconds before a process that died is replaced, doubled while they die
LONGEST_PAUSE = 30.0
STEADY = 10.0  # seconds of life after which a death is news again, not the same trouble
READY_WITHIN = 60.0  # seconds that a process has to start
END_WITHIN = 15.0  # seconds that a process has to end, more than its own limits allow it


def end_with_input(descriptor: int = 0) -> None:
    """End this process gracefully when its standard input ends.

    A supervisor holds the other end: however it dies, the kernel closes the pipe.
    """

    def wait() -> None:
        while os.read(descriptor, 1024):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, daemon=True).start()


class Child:
    """One server process.

    It inherits the listening socket and the writing end of a pipe, on which it tells that
    it is ready; its standard input is a pipe from here, so that it ends when this process
    does, however that dies. It has a session of its own: Ctrl-C reaches only this process,
    which passes it on once.
    """

    def __init__(self, process: asyncio.subprocess.Process, ready: int) -> None:
        self._process = process
        self._ready = ready
        self._since = time.monotonic()

    @classmethod
    async def start(cls, command: Sequence[str], listening: socket.socket) -> Child:
        """Start a process: ``command`` with ``--fd`` and ``--ready-fd``. Raises OSError."""
        ready, tell = os.pipe()
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                f"--fd={listening.fileno()}",
                f"--ready-fd={tell}",
                stdin=asyncio.subprocess.PIPE,
                pass_fds=(listening.fileno(), tell),
                start_new_session=True,
            )
        except BaseException:
            os.close(ready)
            raise
        finally:
            os.close(tell)
        return cls(process, ready)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def was_steady(self) -> bool:
        """Whether it has lived long enough for its death to be no failure to start."""
        return time.monotonic() - self._since > STEADY

    async def is_ready(self) -> bool:
        """Wait until it accepts connections; False if it ended instead, or takes too long."""
        loop = asyncio.get_running_loop()
        told: asyncio.Future[bool] = loop.create_future()
        loop.add_reader(self._ready, self._read, told)
        try:
            return await asyncio.wait_for(told, READY_WITHIN)
        except TimeoutError:
            return False
        finally:
            loop.remove_reader(self._ready)
            os.close(self._ready)

    def _read(self, told: asyncio.Future[bool]) -> None:
        if not told.done():
            told.set_result(bool(os.read(self._ready, 1)))  # no byte: the pipe was closed

    async def wait(self) -> int:
        """Its exit code, once it has ended."""
        return await self._process.wait()

    def signal(self, number: int) -> None:
        """Send it a signal, if it still lives."""
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(number)

    async def end(self) -> int:
        """End it gracefully, or not, and return its exit code."""
        self.signal(signal.SIGTERM)
        try:
            return await asyncio.wait_for(self.wait(), END_WITHIN)
        except TimeoutError:
            self.signal(signal.SIGKILL)
            return await self.wait()


class Processes:
    """Keeps ``count`` processes of ``command`` alive on a socket.

    SIGTERM and SIGINT end them all; a second one is passed on and ends them at once.
    SIGHUP replaces them one by one, each new one being ready before an old one ends, so
    that new code or settings come in without a refused connection.
    """

    def __init__(
        self,
        command: Sequence[str],
        count: int,
        listening: socket.socket,
        ready: Callable[[], None],
    ) -> None:
        """``ready`` is called once all processes accept connections."""
        self._command = command
        self._count = count
        self._listening = listening
        self._ready = ready
        self._children: set[Child] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._asked_to_end = asyncio.Event()
        self._replacing = asyncio.Lock()
        self._pause = FIRST_PAUSE

    async def run(self) -> int:
        """Until a signal ends it. Returns 0 if all processes started and ended well, else 1."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._end, number)
        loop.add_signal_handler(signal.SIGHUP, lambda: self._begin(self._replace_all()))
        have_started = await self._start_all()
        if have_started:
            self._ready()
            await self._asked_to_end.wait()
        have_ended_well = await self._end_all()
        return 0 if have_ended_well and (have_started or self._asked_to_end.is_set()) else 1

    async def _start_all(self) -> bool:
        """Whether all are ready; if one is not, trying again would only hide why."""
        starting = asyncio.gather(*(self._start() for _ in range(self._count)))
        asked_to_end = asyncio.create_task(self._asked_to_end.wait())
        await asyncio.wait((starting, asked_to_end), return_when=asyncio.FIRST_COMPLETED)
        asked_to_end.cancel()
        return starting.done() and all(starting.result())

    async def _start(self) -> bool:
        """Start another process; whether it got ready."""
        child = await self._new_child()
        return child is not None and await self._gets_ready(child)

    async def _new_child(self) -> Child | None:
        """Another process, which is watched from now on; None if this machine starts none now."""
        try:
            child = await Child.start(self._command, self._listening)
        except OSError as error:
            logger.error("No server process can be started: %s.", error)
            return None
        self._children.add(child)
        self._begin(self._watch(child))
        return child

    async def _gets_ready(self, child: Child) -> bool:
        if await child.is_ready():
            return True
        await child.end()
        return False

    async def _watch(self, child: Child) -> None:
        """Replace a process that ends, if then there is one too few."""
        code = await child.wait()
        self._children.discard(child)
        if len(self._children) < self._count:
            logger.error("Server process %d ended with %d and is replaced.", child.pid, code)
            self._pause = FIRST_PAUSE if child.was_steady else _longer(self._pause)
            await self._replace(self._pause)

    async def _replace(self, pause: float) -> None:
        """Try until another process is started. How that one ends is its own watch's matter."""
        await asyncio.sleep(pause)
        while len(self._children) < self._count:
            if child := await self._new_child():
                await self._gets_ready(child)
                return
            pause = _longer(pause)
            await asyncio.sleep(pause)

    async def _replace_all(self) -> None:
        async with self._replacing:
            for old in list(self._children):
                if not await self._start():
                    logger.error("A new server process did not start; the old ones stay.")
                    return
                await old.end()

    async def _end_all(self) -> bool:
        for task in self._tasks:
            task.cancel()
        codes = await asyncio.gather(*(child.end() for child in self._children))
        return not any(codes)

    def _end(self, number: int) -> None:
        if self._asked_to_end.is_set():
            for child in self._children:
                child.signal(number)
        self._asked_to_end.set()

    def _begin(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _longer(pause: float) -> float:
    return min(2 * pause, LONGEST_PAUSE)
