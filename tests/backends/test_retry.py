"""Which refusals are tried again, when, and how often."""

import json
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from chat.backends import TimeLimits
from tests.backends.hearing import hear
from tests.scripted_model import finish, text
from tests.scripted_server import Reset, chunk, head, stream, whole

MODELS = whole(b'{"data": [{"id": "m"}]}')
ANSWER = stream(text("Hello"), finish())


@pytest.fixture
def backend(connect, server):
    server.plays(MODELS, on="GET")
    return connect()


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
async def test_a_status_that_may_pass_is_tried_three_times(server, backend, status):
    server.plays(whole(b'{"error": "not now"}', status), on="POST")
    heard = await hear(backend)
    assert (heard.tries, len(server.asked("POST"))) == (3, 3)
    assert heard.end == "failed"
    assert "not now" in heard.detail


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 413, 422, 501])
async def test_a_status_that_will_not_pass_is_told_at_once(server, backend, status):
    server.plays(whole(b'{"error": "never"}', status), on="POST")
    heard = await hear(backend)
    assert (heard.tries, len(server.asked("POST"))) == (1, 1)
    assert "never" in heard.detail


@pytest.mark.parametrize(
    "body",
    [
        b'{"error": {"message": "the reason"}}',
        b'{"error": "the reason", "error_type": "overloaded"}',
        b'{"detail": "the reason"}',
        b'{"detail": {"error": {"message": "the reason"}}}',
        b'{"detail": [{"loc": ["body"], "msg": "the reason"}]}',
        b'{"message": "the reason"}',
        b"<html><title>the reason</title></html>",
        b"the reason",
    ],
)
async def test_the_servers_reason_is_in_the_sentence_however_it_is_sent(server, backend, body):
    server.plays(whole(body, 400), on="POST")
    assert "the reason" in (await hear(backend)).detail


async def test_a_refusal_that_never_ends_is_read_no_further_than_needed(server, backend):
    server.plays(head(400), *[chunk(b"x" * 1000)] * 200, 60.0, on="POST")
    began = time.monotonic()
    heard = await hear(backend)
    assert time.monotonic() - began < 2
    assert len(heard.detail) < 500


async def test_the_second_try_may_succeed(server, backend):
    server.plays(whole(b"", 502), on="POST")
    server.plays(*ANSWER, on="POST")
    heard = await hear(backend)
    assert (heard.tries, heard.text, heard.end) == (2, "Hello", "complete")
    first, second = (json.loads(request.body) for request in server.asked("POST"))
    assert first == second


async def test_retry_after_is_honoured(server, backend):
    server.plays(whole(b"", 429, retry_after="0.4"), on="POST")
    server.plays(*ANSWER, on="POST")
    began = time.monotonic()
    heard = await hear(backend)
    assert heard.text == "Hello"
    assert time.monotonic() - began >= 0.4


async def test_retry_after_may_be_a_date(server, backend):
    moment = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    server.plays(whole(b"", 503, retry_after=moment), on="POST")
    heard = await hear(backend)
    assert heard.tries == 1
    assert 50 < heard.error.retry_after <= 60


async def test_a_long_wait_is_told_rather_than_slept_through(server, connect):
    server.plays(MODELS, on="GET")
    server.plays(whole(b'{"error": "too many"}', 429, retry_after="90"), on="POST")
    began = time.monotonic()
    heard = await hear(connect(limits=TimeLimits(start=600)))
    assert time.monotonic() - began < 2
    assert heard.error.retry_after == 90
    assert "90 seconds" in heard.detail


async def test_a_loading_model_is_waited_for_beyond_three_tries(server, backend):
    loading = b'{"error": {"message": "Loading model", "type": "unavailable_error", "code": 503}}'
    for _ in range(5):
        server.plays(whole(loading, 503), on="POST")
    server.plays(*ANSWER, on="POST")
    heard = await hear(backend)
    assert (heard.tries, heard.text, heard.end) == (6, "Hello", "complete")


async def test_a_model_that_loads_too_long_is_told(server, connect):
    server.plays(MODELS, on="GET")
    server.plays(whole(b'{"error": {"message": "Loading model"}}', 503), on="POST")
    heard = await hear(connect(limits=TimeLimits(start=0.5, back_off=0.02)))
    assert heard.tries >= 2
    assert "loading" in heard.detail


async def test_waits_grow_and_differ(server, connect):
    server.plays(MODELS, on="GET")
    server.plays(whole(b"", 502), on="POST")
    backend = connect(tries=4, limits=TimeLimits(start=10, back_off=0.1))
    began = time.monotonic()
    await hear(backend)
    assert time.monotonic() - began >= 0.35, "0.1, 0.2 and 0.4 seconds, each at least by half"


async def test_once_a_word_is_told_nothing_is_tried_again(server, backend):
    server.plays(head(), chunk(text("Hel")), 0.02, Reset(), on="POST")
    server.plays(*ANSWER, on="POST")
    heard = await hear(backend)
    assert (heard.tries, heard.text, heard.end) == (1, "Hel", "failed")
    assert len(server.asked("POST")) == 1
