"""Every way in which a model server breaks, over a real socket, and what a person gets."""

import asyncio
import gzip
import random
import socket
import time
import tracemalloc
from contextlib import ExitStack

import pytest

from chat.backends import TimeLimits
from tests.backends.hearing import hear
from tests.scripted_model import finish, text
from tests.scripted_server import END, Hold, Reset, chunk, head, stream, whole

MODELS = whole(b'{"data": [{"id": "m"}]}')


@pytest.fixture
def backend(connect, server, transport):
    server.plays(MODELS, on="GET")
    return connect(transport=transport)


# --- no answer at all


async def test_a_server_that_is_not_running_is_tried_three_times(connect, transport):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        backend = connect(transport=transport, url=f"http://127.0.0.1:{nobody.getsockname()[1]}")
        heard = await hear(backend)
    assert heard.tries == 3
    assert heard.detail == "The model server is not running: its address refuses."


async def test_a_host_that_nobody_knows_is_said_to_be_unknown(connect, transport):
    heard = await hear(connect(transport=transport, url="http://no-such-host.invalid"))
    assert heard.detail == "The name of the model server's host cannot be found."


async def test_a_connection_closed_without_an_answer_is_tried_again(server, backend):
    server.plays(on="POST")
    heard = await hear(backend)
    assert heard.tries == 3
    assert heard.detail == "The model server closed the connection without an answer."


async def test_a_connection_reset_without_an_answer_is_tried_again(server, backend):
    server.plays(Reset(), on="POST")
    server.plays(*stream(text("Hello"), finish()), on="POST")
    heard = await hear(backend)
    assert (heard.tries, heard.text, heard.end) == (2, "Hello", "complete")


async def test_what_does_not_speak_http_is_told_and_not_tried_again(server, backend):
    server.plays(b"SSH-2.0-OpenSSH_9.2\r\n\r\n", on="POST")
    heard = await hear(backend)
    assert heard.tries == 1
    assert "does not speak HTTP" in heard.detail


async def test_a_server_that_never_begins_is_left_after_the_start_limit(server, connect, transport):
    limits = TimeLimits(connect=1, start=0.3, silence=5, whole=5)
    server.plays(MODELS, on="GET")
    answer = server.plays(Hold(), on="POST")
    heard = await hear(connect(transport=transport, limits=limits))
    assert heard.detail == "The model server did not begin to answer within 0.3 seconds."
    assert heard.tries == 1
    await asyncio.wait_for(answer.left.wait(), 1)


async def test_a_head_without_a_body_is_no_beginning(server, connect, transport):
    limits = TimeLimits(connect=1, start=0.3, silence=5, whole=5)
    server.plays(MODELS, on="GET")
    server.plays(head(), Hold(), on="POST")
    heard = await hear(connect(transport=transport, limits=limits))
    assert heard.detail == "The model server did not begin to answer within 0.3 seconds."


async def test_all_tries_together_end_with_the_start_limit(server, connect, transport):
    limits = TimeLimits(connect=1, start=0.4, silence=5, whole=5, back_off=0.25)
    server.plays(MODELS, on="GET")
    server.plays(whole(b"", 502), on="POST")
    began = time.monotonic()
    heard = await hear(connect(transport=transport, limits=limits, tries=10))
    assert heard.tries <= 3
    assert time.monotonic() - began < 2


async def test_an_address_that_swallows_connections_has_a_limit_of_its_own(connect, transport):
    limits = TimeLimits(connect=0.3, start=5, back_off=0.01)
    with socket.socket() as deaf, ExitStack() as waiting:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        for _ in range(3):  # the queue of the socket is full then, and the next one hangs
            client = waiting.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(deaf.getsockname())
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}"
        heard = await hear(connect(transport=transport, url=url, limits=limits, tries=2))
    assert heard.detail == "The model server could not be reached within 0.3 seconds."
    assert heard.tries == 2


# --- an answer that breaks


async def test_silence_amid_an_answer_has_a_limit_of_its_own(server, connect, transport):
    limits = TimeLimits(connect=1, start=5, silence=0.3, whole=5)
    server.plays(MODELS, on="GET")
    server.plays(head(), chunk(text("Hel")), chunk(text("lo")), Hold(), on="POST")
    heard = await hear(connect(transport=transport, limits=limits))
    assert (heard.text, heard.end, heard.tries) == ("Hello", "failed", 1)
    assert heard.detail == "The model server fell silent amid its answer for 0.3 seconds."


async def test_comments_are_no_silence(server, connect, transport):
    limits = TimeLimits(connect=1, start=5, silence=0.5, whole=5)
    server.plays(MODELS, on="GET")
    pings = [step for _ in range(4) for step in (0.2, chunk(b": ping\n\n"))]
    last = (chunk(text("!")), chunk(finish()), END)
    server.plays(head(), chunk(text("Hello")), *pings, *last, on="POST")
    heard = await hear(connect(transport=transport, limits=limits))
    assert (heard.text, heard.end) == ("Hello!", "complete")


async def test_a_stream_that_never_ends_is_ended(server, connect, transport):
    limits = TimeLimits(connect=1, start=5, silence=5, whole=0.5)
    server.plays(MODELS, on="GET")
    forever = [step for _ in range(1000) for step in (chunk(text("on ")), 0.01)]
    answer = server.plays(head(), *forever, on="POST")
    heard = await hear(connect(transport=transport, limits=limits))
    assert heard.text.startswith("on on on on ")
    assert heard.detail == "The answer took longer than 0.5 seconds and was ended."
    await asyncio.wait_for(answer.left.wait(), 1)


async def test_an_answer_without_end_in_bytes_is_ended(server, connect, transport):
    server.plays(MODELS, on="GET")
    server.plays(head(), *[chunk(text("x" * 1000))] * 300, Hold(), on="POST")
    heard = await hear(connect(transport=transport, max_answer_bytes=100_000))
    assert heard.detail == "The model server's answer is longer than is allowed."
    assert 50_000 < len(heard.text) <= 100_000


async def test_a_line_of_ten_megabytes_is_a_failure_in_little_memory(server, backend):
    server.plays(*[head(), *[chunk(b"data: " + b"x" * 10_000_000)], END], on="POST")
    await backend.models()
    tracemalloc.start()
    try:
        heard = await hear(backend)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert heard.end == "failed"
    assert "bytes" in heard.detail
    assert peak < 30_000_000, "the server in this process holds the line twice already"


async def test_a_lost_connection_keeps_the_text_and_is_not_tried_again(server, backend):
    server.plays(head(), chunk(text("Hello")), 0.05, Reset(), on="POST")
    heard = await hear(backend)
    assert (heard.text, heard.end, heard.tries) == ("Hello", "failed", 1)
    assert "lost" in heard.detail


async def test_a_body_that_stops_short_keeps_the_text(server, backend):
    server.plays(head(), chunk(text("Hello")), on="POST")
    heard = await hear(backend)
    assert (heard.text, heard.end, heard.tries) == ("Hello", "failed", 1)


async def test_a_connection_lost_before_the_first_word_is_tried_again(server, backend):
    server.plays(head(), chunk(b": wait\n\n"), 0.05, Reset(), on="POST")
    server.plays(*stream(text("Hello"), finish()), on="POST")
    heard = await hear(backend)
    assert (heard.tries, heard.text, heard.end) == (2, "Hello", "complete")


async def test_a_clean_end_without_a_last_word_is_an_interruption(server, backend):
    server.plays(*stream(text("Hello")), on="POST")
    heard = await hear(backend)
    assert (heard.text, heard.end, heard.error) == ("Hello", "interrupted", None)


async def test_garbage_amid_an_answer_is_a_failure_that_keeps_the_text(server, backend):
    server.plays(*stream(text("Hello"), b"data: \xff\x00{{{\n\n"), on="POST")
    heard = await hear(backend)
    assert (heard.text, heard.end) == ("Hello", "failed")
    assert heard.detail


async def test_after_the_last_word_nothing_can_break_the_answer(server, backend):
    server.plays(head(), chunk(text("Hello")), chunk(finish()), 0.02, Reset(), on="POST")
    heard = await hear(backend)
    assert (heard.text, heard.end, heard.error) == ("Hello", "complete", None)


async def test_a_server_that_never_closes_is_not_waited_for(server, backend):
    server.plays(head(), chunk(text("Hello")), chunk(finish()), Hold(), on="POST")
    began = time.monotonic()
    heard = await hear(backend)
    assert (heard.text, heard.end, heard.error) == ("Hello", "complete", None)
    assert time.monotonic() - began < 1.5


# --- an answer of another kind


async def test_a_compressed_answer_that_nobody_asked_for_is_refused(server, backend):
    packed = gzip.compress(text("Hello") + finish())
    server.plays(head(content_encoding="gzip"), chunk(packed), END, on="POST")
    heard = await hear(backend)
    assert heard.detail == "The model server answers compressed (gzip), unasked."
    assert server.asked("POST")[0].headers["accept-encoding"] == "identity"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_s22_a_redirect_is_refused_and_never_followed(server, backend, status):
    elsewhere = f"{server.url}/elsewhere"
    server.plays(whole(b"", status, location=elsewhere), on="POST")
    heard = await hear(backend)
    assert "H2O_URL" in heard.detail
    assert heard.tries == 1
    assert not server.asked(".*elsewhere")


@pytest.mark.parametrize("kind", ["text/html; charset=utf-8", "image/png", "application/xml"])
async def test_an_answer_of_another_content_type_is_refused(server, backend, kind):
    server.plays(whole(b"<html>Welcome</html>", 200, kind), on="POST")
    heard = await hear(backend)
    assert kind.split(";")[0] in heard.detail
    assert "H2O_URL" in heard.detail


async def test_a_page_that_calls_itself_a_stream_is_refused(server, backend):
    server.plays(*stream(b"<!doctype html><title>Portal</title>"), on="POST")
    heard = await hear(backend)
    assert heard.end == "failed"
    assert "web page" in heard.detail


async def test_a_whole_answer_in_one_document_is_an_answer(server, backend):
    body = b'{"choices": [{"message": {"content": "Hello"}, "finish_reason": "stop"}]}'
    server.plays(whole(body), on="POST")
    heard = await hear(backend)
    assert (heard.text, heard.end) == ("Hello", "complete")


async def test_an_error_told_with_status_200_is_a_failure(server, backend):
    server.plays(whole(b'{"error": {"message": "out of memory"}}'), on="POST")
    heard = await hear(backend)
    assert heard.end == "failed"
    assert "out of memory" in heard.detail


# --- the end of the connection at every byte


async def test_an_answer_cut_at_any_byte_keeps_what_came_and_is_not_taken_for_whole(
    server, connect, transport
):
    server.plays(MODELS, on="GET")
    backend = connect(transport=transport, tries=1)
    raw = b"".join(stream(text("Hi"), text("!"), finish()))
    last_word = raw.index(b'"stop"')
    told = ""
    for cut in range(len(raw)):
        if cut % 4 == 0:
            await backend.models()  # so that the circuit breaker sees that the server lives
        server.plays(raw[:cut], on="POST")
        heard = await hear(backend)
        assert "Hi!".startswith(heard.text), cut
        assert len(heard.text) >= len(told), cut
        told = heard.text
        if cut < last_word:
            assert heard.end == "failed", cut
        assert (heard.end == "complete") == (heard.error is None), cut
    assert told == "Hi!"


async def test_a_reset_at_any_byte_is_a_failure_or_the_whole_answer(server, connect, transport):
    server.plays(MODELS, on="GET")
    backend = connect(transport=transport, tries=1)
    raw = b"".join(stream(text("Hi"), finish()))
    last_word = raw.index(b'"stop"')
    for cut in range(len(raw)):
        if cut % 4 == 0:
            await backend.models()
        server.plays(raw[:cut], Reset(), on="POST")
        heard = await hear(backend)
        assert "Hi".startswith(heard.text), cut
        assert heard.end == "failed" or (heard.text == "Hi" and cut > last_word), cut


# --- heads and bodies that nobody would write

GOOD = b"".join(stream(text("Hi"), finish()))
PIECES = [
    b"\x00",
    b"\xff\xfe",
    b"\r\n",
    b"\n",
    b":",
    b"content-length: -5\r\n",
    b"content-length: 99999999999999999999\r\n",
    b"transfer-encoding: gzip, chunked\r\n",
    b"set-cookie: \xc3\xbc=\xff; domain=\x01\r\n",
    b"content-type: \xff\xff\r\n",
    b"x: " + b"y" * 20_000 + b"\r\n",
    b"FFFFFFFFFFFFFFFFF\r\n",
    b"zz\r\n",
    b"HTTP/9.9 999 ?\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\n",
]


async def test_no_bytes_make_it_fail_in_another_way_than_with_a_sentence(
    server, connect, transport
):
    chance = random.Random(7)
    server.plays(MODELS, on="GET")
    backend = connect(transport=transport, tries=1, limits=TimeLimits(start=1, silence=1))
    for number in range(150):
        if number % 4 == 0:
            await backend.models()
        at, piece = chance.randrange(len(GOOD)), chance.choice(PIECES)
        cut = chance.choice((0, len(piece), 3))
        raw = GOOD[:at] + piece + GOOD[at + cut :]
        server.plays(raw, on="POST")
        heard = await hear(backend)
        assert heard.detail or heard.end in ("complete", "interrupted"), raw
