import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.wire.sse import MAX_EVENT, ServerSentEvent, SSEDecoder, TooLong
from tests.wire.splits import chunked, cuts, run, single


def events(stream: bytes, **options: int) -> list[ServerSentEvent]:
    """The events of a whole stream, after a check that no split changes them."""
    whole = run(SSEDecoder(**options), [stream])
    assert run(SSEDecoder(**options), single(stream)) == whole
    for halves in cuts(stream):
        assert run(SSEDecoder(**options), halves) == whole
    return whole


def data(stream: bytes) -> list[bytes]:
    return [event.data for event in events(stream)]


# Lines


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"])
def test_a_line_ends_at_lf_cr_or_crlf(end):
    assert data(b"data: a" + end * 2 + b"data: b" + end * 2) == [b"a", b"b"]


def test_line_ends_may_be_mixed():
    assert data(b"data: a\r\n\ndata: b\n\r\ndata: c\r\rdata: d\n\r") == [b"a", b"b", b"c", b"d"]


@pytest.mark.parametrize("character", ["\u2028", "\u2029", "\u0085", "\v", "\f", "\x1c", "\x1e"])
def test_no_other_character_ends_a_line(character):
    text = f"a{character}b".encode()
    assert data(b"data: " + text + b"\n\n") == [text]


def test_a_cr_ends_its_line_at_once():
    decoder = SSEDecoder()
    assert decoder.feed(b"data: a\r\r") == [ServerSentEvent(b"a")]


def test_the_lf_of_a_split_crlf_is_no_line_of_its_own():
    decoder = SSEDecoder()
    assert decoder.feed(b"data: a\r") == []
    assert decoder.feed(b"\ndata: b\r") == []
    assert decoder.feed(b"\n\r") == [ServerSentEvent(b"a\nb")]
    assert decoder.feed(b"\n") == []


def test_an_event_needs_its_blank_line():
    decoder = SSEDecoder()
    assert decoder.feed(b"data: a") == []
    assert decoder.feed(b"\n") == []
    assert decoder.feed(b"\n") == [ServerSentEvent(b"a")]


def test_many_events_may_come_in_one_read():
    stream = b"".join(b"data: %d\n\n" % number for number in range(1000))
    assert [event.data for event in SSEDecoder().feed(stream)] == [b"%d" % n for n in range(1000)]


# Fields


def test_one_space_after_the_colon_is_no_part_of_the_data():
    assert data(b"data:a\n\ndata: b\n\ndata:  c\n\ndata:\td\n\n") == [b"a", b"b", b" c", b"\td"]


def test_data_lines_are_joined_by_lf():
    assert data(b"data: a\ndata:\ndata: b\n\n") == [b"a\n\nb"]


def test_an_event_without_data_is_no_event():
    assert data(b"\n\ndata\n\ndata:\n\nid: 7\n\nevent: ping\n\n") == []


def test_the_colon_may_be_missing():
    assert data(b"data\ndata: a\n\n") == [b"\na"]


def test_comments_are_nothing():
    assert data(b": ping - 2026-11-23\n\n:\n\ndata: a\n: between\ndata: b\n\n") == [b"a\nb"]


def test_unknown_fields_are_nothing():
    stream = b"id: 3\nretry: 10\nfoo: bar\nbaz\ndata: a\nDATA: b\n data: c\n\n"
    assert data(stream) == [b"a"]


def test_the_name_is_that_of_its_own_event():
    assert events(b"event: ping\ndata: a\n\ndata: b\n\ndata: c\nevent: end\n\n") == [
        ServerSentEvent(b"a", b"ping"),
        ServerSentEvent(b"b"),
        ServerSentEvent(b"c", b"end"),
    ]


def test_a_field_named_error_is_an_event_of_that_name():
    assert events(b'error: {"code":500}\n\n') == [ServerSentEvent(b'{"code":500}', b"error")]


def test_a_byte_order_mark_at_the_start_is_nothing():
    assert data(b"\xef\xbb\xbfdata: a\n\n") == [b"a"]


def test_a_byte_order_mark_elsewhere_is_part_of_its_line():
    assert data(b"\n\xef\xbb\xbfdata: a\n\ndata: \xef\xbb\xbfb\n\n") == [b"\xef\xbb\xbfb"]


# The end


def test_the_end_completes_a_line_and_its_event():
    assert data(b"data: a\n\ndata: b") == [b"a", b"b"]
    assert data(b"data: a\ndata: b\n") == [b"a\nb"]


def test_nothing_is_given_twice():
    decoder = SSEDecoder()
    assert run(decoder, [b"data: a"]) == [ServerSentEvent(b"a")]
    assert decoder.close() == []


@pytest.mark.parametrize("stream", [b"", b"\n", b"\r\n\r\n", b": x", b"\xef\xbb\xbf", b"dat"])
def test_no_events_come_of_nothing(stream):
    assert events(stream) == []


def test_a_stray_line_is_kept_for_the_sentence():
    decoder = SSEDecoder()
    run(decoder, [b": hello\ndata: a\nno healthy upstream" + b"x" * 1000 + b"\nother\n"])
    assert decoder.stray == b"no healthy upstream" + b"x" * 181


@pytest.mark.parametrize("line", [b"d", b"da", b"data", b"event", b"i", b"retry: 3", b": x", b""])
def test_the_start_of_a_field_is_no_stray_line(line):
    decoder = SSEDecoder()
    run(decoder, [line])
    assert decoder.stray == b""


# Sizes


def test_an_event_at_the_limit_is_given():
    assert events(b"data: 1234\n\n", max_event=10) == [ServerSentEvent(b"1234")]


@pytest.mark.parametrize(
    "stream",
    [
        b"data: 12345\n\n",
        b"data: 123456789",
        b": a very long comment\n\n",
        b"data: 1234\ndata: 2345\ndata: 3456\n\n",
        b"event: x\ndata: 12345\ndata: 6\n\n",
    ],
    ids=["line", "unfinished line", "comment", "lines", "named"],
)
def test_an_event_over_the_limit_is_told_once(stream):
    assert events(stream, max_event=10) == [TooLong(b"", limit=10)]


def test_events_after_one_that_is_too_long_are_given():
    stream = b"data: 12345\ndata: x\n\ndata: 1\n\n" + b"y" * 30 + b"\r\n\r\ndata: 2\r\n\r\n"
    too_long = TooLong(b"", limit=10)
    assert events(stream, max_event=10) == [
        too_long,
        ServerSentEvent(b"1"),
        too_long,
        ServerSentEvent(b"2"),
    ]


def test_a_line_of_10_mb_is_told_and_not_held():
    decoder = SSEDecoder()
    told = decoder.feed(b"data: ")
    for _ in range(160):
        told += decoder.feed(b"x" * 65536)
        assert decoder.held <= MAX_EVENT
    told += decoder.feed(b"\n\ndata: a\n\n")
    assert told == [TooLong(b"", limit=MAX_EVENT), ServerSentEvent(b"a")]


def test_many_empty_data_lines_are_bounded():
    decoder = SSEDecoder(max_event=100)
    told = decoder.feed(b"data:\n" * 10_000)
    assert told == [TooLong(b"", limit=100)]
    assert decoder.held <= 100


def test_time_is_linear_in_the_bytes_also_a_byte_a_read():
    def seconds(size: int) -> float:
        chunk, decoder = b"x", SSEDecoder(max_event=10 * size)
        start = time.process_time()
        for _ in range(size):
            decoder.feed(chunk)
        return time.process_time() - start

    short = min(seconds(20_000) for _ in range(3))
    assert min(seconds(160_000) for _ in range(2)) < 8 * short * 3  # quadratic would be 64 ×


# Any bytes

LINE = st.one_of(
    st.sampled_from([b"data: a", b"data:b", b"data", b"event: x", b"error: e", b": c", b"", b"id"]),
    st.binary(max_size=12),
)
STREAM = st.builds(
    lambda parts: b"".join(line + end for line, end in parts),
    st.lists(st.tuples(LINE, st.sampled_from([b"\n", b"\r", b"\r\n", b"\n\n", b""])), max_size=30),
)


def by_the_standard(stream: bytes) -> list[ServerSentEvent]:
    """The standard's rules, read off a whole stream."""
    found, lines, name = [], [], b""
    stream = stream.removeprefix(b"\xef\xbb\xbf")
    for line in [*re.split(rb"\r\n|\r|\n", stream), b""]:
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if not line:
            if any(lines) or len(lines) > 1:
                found.append(ServerSentEvent(b"\n".join(lines), name))
            lines, name = [], b""
        elif field == b"event":
            name = value
        elif field in (b"data", b"error"):
            lines.append(value)
            name = b"error" if field == b"error" else name
    return found


@given(chunked(STREAM))
def test_any_stream_in_any_split_is_read_as_the_standard_says(chunks):
    assert run(SSEDecoder(), chunks) == by_the_standard(b"".join(chunks))


@given(chunked(STREAM), st.integers(1, 20))
def test_no_split_changes_what_is_too_long(chunks, limit):
    decoder = SSEDecoder(limit)
    found = []
    for chunk in chunks:
        found += decoder.feed(chunk)
        assert decoder.held <= 2 * limit
    assert found + decoder.close() == run(SSEDecoder(limit), [b"".join(chunks)])
