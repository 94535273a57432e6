"""A reader who leaves: the model server sees it at once, and nothing is left behind."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import aclosing

import pytest

from chat.backends import TimeLimits
from tests.backends.hearing import REQUEST, first_text, hear
from tests.bench.cancel import trial
from tests.bench.upstream import upstream
from tests.scripted_model import finish, text
from tests.scripted_server import Hold, Step, chunk, head, stream, whole

MODELS = whole(b'{"data": [{"id": "m"}]}')
SEEN_WITHIN = 1.0  # seconds, on a busy machine

MOMENTS: dict[str, Sequence[Step]] = {
    "before the head": [Hold()],
    "before the first byte": [head(), Hold()],
    "before the first word": [head(), chunk(b": wait\n\n"), Hold()],
    "amid the answer": [head(), chunk(text("Hello")), Hold()],
}


@pytest.fixture
def backend(connect, server, transport):
    server.plays(MODELS, on="GET")
    return connect(transport=transport)


@pytest.mark.parametrize("moment", MOMENTS)
async def test_a_cancelled_task_closes_the_connection_at_once(server, backend, moment):
    answer = server.plays(*MOMENTS[moment], on="POST")
    task = asyncio.create_task(hear(backend))
    await answer.asked.wait()
    await asyncio.sleep(0.05)
    began = time.monotonic()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert time.monotonic() - began < SEEN_WITHIN
    await asyncio.wait_for(answer.left.wait(), SEEN_WITHIN)


async def test_a_closed_iterator_closes_the_connection_at_once(server, backend):
    answer = server.plays(*MOMENTS["amid the answer"], on="POST")
    await first_text(backend)
    await asyncio.wait_for(answer.left.wait(), SEEN_WITHIN)


async def test_an_iterator_closed_at_its_first_step_asks_nothing(server, backend):
    async with aclosing(backend.stream(REQUEST)) as answer:
        await anext(answer)
    assert not server.asked("POST")


async def test_one_who_waits_for_the_next_try_can_leave(server, connect):
    server.plays(MODELS, on="GET")
    refusal = server.plays(whole(b"", 429, retry_after="20"), on="POST")
    task = asyncio.create_task(hear(connect(limits=TimeLimits())))
    await refusal.left.wait()
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(task, SEEN_WITHIN)


async def test_no_more_streams_are_open_than_allowed(server, connect, transport):
    server.plays(MODELS, on="GET")
    gate = asyncio.Event()
    first = server.plays(head(), chunk(text("one")), gate, chunk(finish()), b"0\r\n\r\n", on="POST")
    server.plays(*stream(text("two"), finish()), on="POST")
    backend = connect(transport=transport, max_streams=1)
    one = asyncio.create_task(hear(backend))
    await first.asked.wait()
    two = asyncio.create_task(hear(backend))
    await asyncio.sleep(0.1)
    assert len(server.asked("POST")) == 1
    gate.set()
    assert ((await one).text, (await two).text) == ("one", "two")


async def test_a_cancelled_stream_makes_room_for_the_next(server, connect, transport):
    server.plays(MODELS, on="GET")
    backend = connect(transport=transport, max_streams=1)
    for _ in range(3):
        server.plays(*MOMENTS["amid the answer"], on="POST")
        await first_text(backend)
    server.plays(*stream(text("Hello"), finish()), on="POST")
    assert (await hear(backend)).text == "Hello"


async def test_one_who_waits_too_long_for_room_is_told(server, connect):
    server.plays(MODELS, on="GET")
    server.plays(*MOMENTS["amid the answer"], on="POST")
    backend = connect(max_streams=1, limits=TimeLimits(start=0.4))
    async with aclosing(backend.stream(REQUEST)) as answer:
        assert [len(await anext(answer)) for _ in range(2)] == [1, 1]
        heard = await hear(backend)
    assert "busy" in heard.detail
    assert heard.error.retry_after
    assert heard.tries == 0


async def test_hundreds_of_cancelled_streams_leave_nothing(transport):
    with upstream() as url:
        outcome = await trial(url, transport, 300)
    assert outcome.failed == 0
    assert outcome.finished >= 30
    assert (outcome.left.connections, outcome.left.tasks, outcome.left.descriptors) == (0, 0, 0)
    assert outcome.growth < 8_000_000
