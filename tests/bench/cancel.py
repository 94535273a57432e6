"""Streams that are started and cancelled at random moments: what is left of them?

Run as ``python -m tests.bench.cancel [--streams 10000] [--transport aiohttp|httpx|both]``.
Four of five streams are cancelled while they wait for a connection, for the first byte or
amid the answer, by cancelling the task or by closing the iterator. Then no connection, task
or file descriptor may be left, or it ends with 1; memory should not have grown since the
first tenth.
"""

import argparse
import asyncio
import gc
import os
import random
import sys
import time
from contextlib import aclosing
from dataclasses import dataclass

from chat.backends import Backend, ServerConfig, TimeLimits, open_server
from chat.wire.deltas import Finished
from chat.wire.request import ChatRequest, Turn
from tests.bench.upstream import stats, upstream

AT_ONCE = 50
LONGEST = 0.12  # seconds until a cancelled stream is cancelled
SETTLE = 5.0  # seconds in which everything must be gone, idle connections too
TURNS = (Turn("user", "Tell me something."),)


@dataclass(frozen=True)
class Left:
    """What is there now, beside what was there before."""

    connections: int  # as the server counts them
    tasks: int
    descriptors: int
    resident: int  # bytes

    @property
    def is_nothing(self) -> bool:
        """Whether all is gone that can be counted; memory is the reader's to judge."""
        return max(self.connections, self.tasks, self.descriptors) <= 0


@dataclass(frozen=True)
class Trial:
    """What a trial found. ``growth`` is in bytes of memory since its first tenth."""

    started: int
    finished: int
    failed: int
    left: Left
    growth: int
    seconds: float
    processor: float  # seconds

    def __str__(self) -> str:
        return (
            f"{self.started} streams, {self.finished} finished, {self.failed} failed; left: "
            f"{self.left.connections} connections, {self.left.tasks} tasks, "
            f"{self.left.descriptors} descriptors; memory {self.growth / 1e6:+.1f} MB; "
            f"{self.seconds:.1f} s, {1000 * self.processor / self.started:.2f} ms CPU a stream"
        )


async def trial(url: str, transport: str, streams: int, seed: int = 1) -> Trial:
    """Start so many streams and cancel most of them."""
    limits = TimeLimits(connect=10, start=30, silence=30, whole=60)
    config = ServerConfig(name="bench", url=url, transport=transport, limits=limits)  # type: ignore[arg-type]
    backend = open_server(config)
    before = _now(url)
    chance = random.Random(seed)
    counts = {"finished": 0, "failed": 0, "cancelled": 0}
    queue = iter(range(streams))
    began, processor = time.monotonic(), time.process_time()
    resident: list[int] = []

    async def worker() -> None:
        for number in queue:
            counts[await _stream(backend, chance)] += 1
            if number == streams // 10:
                resident.append(_resident())

    await asyncio.gather(*(worker() for _ in range(AT_ONCE)))
    seconds, processor = time.monotonic() - began, time.process_time() - processor
    after = _resident()
    # A healthy pool answers at once, also after all this.
    async with asyncio.timeout(5):
        assert await _read(backend) == "finished"
    await backend.aclose()
    return Trial(
        started=streams,
        finished=counts["finished"],
        failed=counts["failed"],
        left=await _left(url, before),
        growth=after - resident[0],
        seconds=seconds,
        processor=processor,
    )


async def _stream(backend: Backend, chance: random.Random) -> str:
    """One stream, and how it ended."""
    if chance.random() < 0.2:
        return await _read(backend)
    if chance.random() < 0.5:
        return await _leave(backend, chance.randrange(10))
    task = asyncio.create_task(_read(backend))
    await asyncio.sleep(chance.uniform(0, LONGEST))
    task.cancel()
    try:
        return await task
    except asyncio.CancelledError:
        return "cancelled"


async def _read(backend: Backend) -> str:
    request = ChatRequest(model="10x0.01", turns=TURNS)
    async with aclosing(backend.stream(request)) as stream:
        async for deltas in stream:
            if any(isinstance(delta, Finished) for delta in deltas):
                return "finished"
    return "failed"


async def _leave(backend: Backend, after: int) -> str:
    """Close the iterator after so many reads."""
    request = ChatRequest(model="1000x0.005", turns=TURNS)
    async with aclosing(backend.stream(request)) as stream:
        async for _ in stream:
            if not (after := after - 1) > 0:
                break
    return "cancelled"


async def _left(url: str, before: Left) -> Left:
    """What is still there after a while, or as soon as it is nothing."""
    until = time.monotonic() + SETTLE
    while True:
        gc.collect()
        now = _now(url)
        left = Left(
            now.connections - before.connections,
            now.tasks - before.tasks,
            now.descriptors - before.descriptors,
            now.resident - before.resident,
        )
        if left.is_nothing or time.monotonic() > until:
            return left
        await asyncio.sleep(0.1)


def _now(url: str) -> Left:
    return Left(
        connections=stats(url)["open"],
        tasks=len(asyncio.all_tasks()),
        descriptors=len(os.listdir("/proc/self/fd")),
        resident=_resident(),
    )


def _resident() -> int:
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def main() -> int:
    """Try each transport. Returns 1 if any of them leaves something behind."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--streams", type=int, default=10_000)
    parser.add_argument("--transport", choices=("aiohttp", "httpx", "both"), default="both")
    arguments = parser.parse_args()
    both = ("aiohttp", "httpx")
    leaks = False
    for name in both if arguments.transport == "both" else (arguments.transport,):
        with upstream() as url:
            found = asyncio.run(trial(url, name, arguments.streams))
        print(f"{name}: {found}", flush=True)
        leaks = leaks or not found.left.is_nothing
    return int(leaks)


if __name__ == "__main__":
    sys.exit(main())
