"""The circuit breaker: a dead server fails at once, and one caller finds it alive again."""

import asyncio

import pytest

from chat.backends.breaker import CircuitBreaker, CircuitOpen
from tests.backends.hearing import hear
from tests.scripted_model import finish, text
from tests.scripted_server import Hold, stream, whole


class Clock:
    """Time that passes when the test says so."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def breaker(clock):
    return CircuitBreaker(failures=3, pause=10, clock=clock)


def fail(breaker, times):
    for _ in range(times):
        breaker.enter()
        breaker.failed()


def test_it_opens_after_so_many_failures_in_a_row(breaker):
    fail(breaker, 2)
    assert breaker.state == "closed"
    breaker.enter()
    breaker.succeeded()
    fail(breaker, 2)
    assert breaker.state == "closed"
    fail(breaker, 1)
    assert breaker.state == "open"
    with pytest.raises(CircuitOpen) as refusal:
        breaker.enter()
    assert refusal.value.retry_after == 10
    assert "10 seconds" in refusal.value.detail


def test_after_the_pause_one_caller_may_try(breaker, clock):
    fail(breaker, 3)
    clock.now += 10
    breaker.enter()
    with pytest.raises(CircuitOpen):
        breaker.enter()
    breaker.succeeded()
    breaker.enter()
    assert breaker.state == "closed"


def test_a_failed_trial_begins_the_next_pause(breaker, clock):
    fail(breaker, 3)
    clock.now += 10
    fail(breaker, 1)
    assert breaker.state == "open"
    clock.now += 9
    with pytest.raises(CircuitOpen):
        breaker.enter()
    clock.now += 1
    breaker.enter()


def test_an_abandoned_trial_leaves_the_next_one_to_others(breaker, clock):
    fail(breaker, 3)
    clock.now += 10
    breaker.enter()
    breaker.abandoned()
    breaker.enter()


async def test_a_dead_server_fails_at_once_until_it_is_seen_alive(server, connect, transport):
    server.plays(whole(b'{"data": [{"id": "m"}]}'), on="GET")
    backend = connect(transport=transport)
    for _ in range(6):
        server.plays(on="POST")
    assert (await hear(backend)).tries == 3
    assert (await hear(backend)).tries == 3
    asked = len(server.asked("POST"))
    heard = await hear(backend)
    assert "several times in a row" in heard.detail
    assert heard.error.retry_after > 0
    assert len(server.asked("POST")) == asked, "it was not asked"
    assert (await backend.health()).state == "up", "a look at its health is no request of a person"
    server.plays(*stream(text("Hello"), finish()), on="POST")
    assert (await hear(backend)).text == "Hello"


async def test_refusals_and_loading_are_signs_of_life(server, connect):
    server.plays(whole(b'{"data": [{"id": "m"}]}'), on="GET")
    backend = connect(tries=1)
    for status in (400, 401, 404, 429, 500) * 2:
        server.plays(whole(b'{"error": "no"}', status), on="POST")
        assert "no" in (await hear(backend)).detail


async def test_a_person_who_leaves_during_the_trial_does_not_block_the_others(server, connect):
    server.plays(whole(b'{"data": [{"id": "m"}]}'), on="GET")
    backend = connect(tries=1)
    backend._breaker = CircuitBreaker(failures=1, pause=0)
    await backend.models()
    server.plays(on="POST")
    await hear(backend)
    hanging = server.plays(Hold(), on="POST")
    trial = asyncio.create_task(hear(backend))
    await hanging.asked.wait()
    assert "several times" in (await hear(backend)).detail
    trial.cancel()
    await asyncio.gather(trial, return_exceptions=True)
    server.plays(*stream(text("Hello"), finish()), on="POST")
    assert (await hear(backend)).text == "Hello"
