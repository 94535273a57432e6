"""The watch over a stream's waits."""

from __future__ import annotations

import asyncio

import pytest

from chat.backends.watch import Watch


def soon(seconds: float) -> float:
    return asyncio.get_running_loop().time() + seconds


async def test_a_wait_ends_at_its_deadline_and_not_at_that_of_another():
    watch = Watch()
    with watch.until(soon(0.02)):
        pass  # leaves its timer behind
    begun = soon(0)
    with pytest.raises(TimeoutError), watch.until(soon(0.1)):
        await asyncio.sleep(60)
    assert soon(0) - begun >= 0.1
    with pytest.raises(TimeoutError), watch.until(soon(0)):
        await asyncio.sleep(60)


async def test_an_earlier_deadline_moves_the_timer_forward():
    watch = Watch()
    with watch.until(soon(60)):
        pass
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(30):
            with watch.until(soon(0.01)):
                await asyncio.sleep(60)


async def test_whoever_cancels_the_task_is_not_told_of_a_deadline():
    watch = Watch()

    async def wait() -> None:
        with watch.until(soon(0.01)):
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                asyncio.current_task().cancel()
                raise

    for cause in (lambda task: task.cancel(), lambda task: None):
        task = asyncio.create_task(wait())
        await asyncio.sleep(0)
        cause(task)
        await asyncio.wait({task})
        assert task.cancelled()


async def test_many_waits_set_one_timer_and_the_end_clears_it(monkeypatch):
    loop = asyncio.get_running_loop()
    timers: list[asyncio.TimerHandle] = []

    def call_at(when, callback, *args, **kwargs):
        timers.append(type(loop).call_at(loop, when, callback, *args, **kwargs))
        return timers[-1]

    monkeypatch.setattr(loop, "call_at", call_at)
    watch = Watch()
    for _ in range(1000):
        with watch.until(soon(60)):
            await asyncio.sleep(0)
    assert len(timers) == 1
    watch.close()
    assert timers[0].cancelled()
