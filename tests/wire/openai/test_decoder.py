"""Every trap that servers of this dialect set."""

import json
from typing import Any

import pytest

from chat.wire.deltas import Counted, Delta, Failed, Finished, Reasoning, Text
from chat.wire.events import Usage
from chat.wire.openai import OpenAIDecoder
from tests.wire.splits import cuts, run, single


def deltas(stream: bytes) -> list[Delta]:
    """What a whole stream says, after a check that no split changes it."""
    whole = run(OpenAIDecoder(), [stream])
    assert run(OpenAIDecoder(), single(stream)) == whole
    for halves in cuts(stream):
        assert run(OpenAIDecoder(), halves) == whole
    return whole


def sent(*chunks: Any) -> bytes:
    """Chunks as server-sent events."""
    return b"".join(b"data: " + json.dumps(chunk).encode() + b"\n\n" for chunk in chunks)


def piece(reason: str | None = None, **delta: Any) -> dict[str, Any]:
    """A chunk with one delta."""
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": reason}]}


DONE = b"data: [DONE]\n\n"
STOP = piece("stop")
ANSWER = [Text("Hello"), Text("!"), Finished()]


# Framing


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("space", [b" ", b""])
def test_every_line_end_and_spacing_is_understood(end, space):
    stream = sent(piece(content="Hello"), piece(content="!"), STOP) + DONE
    stream = stream.replace(b"data: ", b"data:" + space).replace(b"\n", end)
    assert deltas(stream) == ANSWER


def test_comments_and_unknown_fields_are_nothing():
    stream = b": ping - now\n\n:\n\nid: 1\nfoo: bar\n" + sent(piece(content="Hello"))
    stream += b": ping\r\n\r\n" + sent(piece(content="!"), STOP)
    assert deltas(stream) == ANSWER


def test_separators_inside_strings_are_text():
    text = "a\u2028b\u2029c\u0085d\ve\ff"
    chunk = json.dumps(piece(content=text), ensure_ascii=False).replace("\\u000b", "\v")
    stream = b"data: " + chunk.replace("\\f", "\f").encode() + b"\n\n"
    assert deltas(stream) == [Text(text)]


def test_a_last_line_without_its_end_counts():
    stream = sent(piece(content="Hello"), piece(content="!"), STOP)
    assert deltas(stream.rstrip()) == ANSWER


def test_a_last_line_cut_in_half_is_dropped():
    stream = sent(piece(content="Hello"))
    assert deltas(stream + b'data: {"choices":[{"del') == [Text("Hello")]


# The end


@pytest.mark.parametrize("end", [DONE, b"", DONE + DONE, DONE + sent(piece(content="more"))])
def test_the_answer_is_whole_with_and_without_the_end_mark(end):
    assert deltas(sent(piece(content="Hello"), piece(content="!"), STOP) + end) == ANSWER


def test_the_end_mark_alone_promises_nothing():
    assert deltas(DONE) == []
    assert deltas(sent(piece(content="Hello")) + DONE) == [Text("Hello")]


def test_a_clean_end_without_a_reason_is_no_finish():
    assert deltas(sent(piece(content="Hello"))) == [Text("Hello")]


@pytest.mark.parametrize(
    ("reason", "last"),
    [
        ("stop", Finished()),
        ("stop_sequence", Finished()),
        ("eos_token", Finished()),
        ("length", Finished(by_length=True)),
        (
            "content_filter",
            Failed("The model server's content filter ended the answer."),
        ),
        ("error", Failed("The model server ended the answer with an error and gives no reason.")),
        ("abort", Failed("The model server gave the answer up.")),
    ],
)
def test_every_finish_reason_ends_the_answer(reason, last):
    assert deltas(sent(piece(content="Hello"), piece(reason))) == [Text("Hello"), last]


def test_nothing_but_counts_follows_the_finish():
    late = sent(piece(content="more"), piece("length"), {"error": "late"})
    assert deltas(sent(piece(content="Hello"), piece("stop", content="!")) + late) == ANSWER


def test_a_decoder_that_is_done_says_so_and_nothing_more():
    decoder = OpenAIDecoder()
    done = [decoder.done]
    for chunk in (sent(STOP), DONE):  # a usage chunk may follow the first
        decoder.feed(chunk)
        done.append(decoder.done)
    assert done == [False, False, True]
    assert decoder.feed(sent(piece(content="more"))) == decoder.close() == []


# Shapes of a chunk


@pytest.mark.parametrize(
    "first",
    [
        piece(role="assistant", content=""),
        piece(role="assistant", content=None),
        piece(role="assistant"),
        {"choices": [{"index": 0, "delta": {}}]},
        {"choices": [{"index": 0}]},
        {"choices": [{"index": 0, "delta": None}]},
        {"choices": []},
        {"choices": None},
        {},
        None,
        {"id": "x", "prompt_filter_results": [{"deep": {"er": 1}}]},
        {"choices": [{"delta": {"content": "", "tool_calls": None, "audio": None}}], "extra": 1},
        {"choices": "odd"},
        {"choices": [{"delta": {"content": ""}}], "error": ""},
        {"choices": [{"delta": {"content": ""}}], "error": None},
        {"choices": [None]},
    ],
)
def test_a_chunk_without_text_is_nothing(first):
    assert deltas(sent(first, piece(content="Hello"), piece(content="!"), STOP)) == ANSWER


def test_a_message_beside_the_delta_is_its_copy():
    chunk = {
        "object": "chat.completions.chunk",
        "choices": [{"message": {"content": "Hello"}, "delta": {"content": "Hello"}}],
    }
    assert deltas(sent(chunk)) == [Text("Hello")]


def test_a_message_without_a_delta_is_the_piece():
    assert deltas(sent({"choices": [{"message": {"content": "Hello"}}]})) == [Text("Hello")]


def test_the_text_of_a_plain_completion_is_the_piece():
    assert deltas(sent({"choices": [{"text": "Hello", "index": 0}]})) == [Text("Hello")]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ([{"type": "text", "text": "Hel"}, {"type": "text", "text": "lo"}], [Text("Hello")]),
        (["Hel", "lo"], [Text("Hello")]),
        ({"type": "text", "text": "Hello"}, [Text("Hello")]),
        ([{"type": "image_url", "image_url": {}}], []),
        (
            [{"type": "thinking", "thinking": [{"text": "Hm."}]}, {"text": "Hello"}],
            [Reasoning("Hm."), Text("Hello")],
        ),
        (42, [Text("42")]),
        (0.5, [Text("0.5")]),
        (True, []),
        ([], []),
    ],
)
def test_content_may_be_parts_or_numbers(content, expected):
    assert deltas(sent(piece(content=content))) == expected


def test_a_refusal_is_text():
    assert deltas(sent(piece(refusal="I must not."))) == [Text("I must not.")]


@pytest.mark.parametrize(("depth", "expected"), [(3, [Reasoning("a")]), (100, [])])
def test_parts_nested_without_end_are_survived(depth, expected):
    nested: Any = "a"
    for _ in range(depth):
        nested = [{"type": "thinking", "thinking": nested}]
    assert run(OpenAIDecoder(), [sent(piece(content=nested))]) == expected


# Reasoning


@pytest.mark.parametrize("key", ["reasoning_content", "reasoning"])
def test_reasoning_of_its_own_is_kept_apart(key):
    stream = sent(piece(**{key: "Hm", "content": None}), piece(**{key: "."}), piece(content="4"))
    assert deltas(stream) == [Reasoning("Hm"), Reasoning("."), Text("4")]


def test_reasoning_told_under_both_names_is_told_once():
    assert deltas(sent(piece(reasoning="Hm", reasoning_content="Hm"))) == [Reasoning("Hm")]


def test_reasoning_in_tags_is_kept_apart_also_when_a_tag_is_split():
    pieces = ["<th", "ink>", "\nHm", ".</thi", "nk>", "\n\n4", " <think>"]
    assert deltas(sent(*[piece(content=text) for text in pieces], STOP)) == [
        Reasoning("Hm"),
        Reasoning("."),
        Text("4"),
        Text(" <think>"),
        Finished(),
    ]


def test_what_a_tag_held_back_is_given_at_the_finish():
    assert deltas(sent(piece(content="<thi"), STOP)) == [Text("<thi"), Finished()]


# Text that cannot be stored


def test_a_character_split_over_two_deltas_is_joined():
    stream = sent(piece(content="a"), piece(content="\ud83d"), piece(content="\ude00!"), STOP)
    assert deltas(stream) == [Text("a"), Text("😀!"), Finished()]


def test_half_a_character_is_replaced():
    stream = sent(piece(content="a\ud83d"), piece(content="b\udc00"), piece(reasoning="\ud83d"))
    assert deltas(stream) == [Text("a"), Text("\ufffdb\ufffd"), Reasoning("\ufffd")]


def test_nul_is_replaced():
    assert deltas(sent(piece(content="a\0b"))) == [Text("a\ufffdb")]


def test_invalid_utf_8_is_replaced():
    stream = b'data: {"choices":[{"delta":{"content":"Gr\xfc\xdfe"}}]}\n\n'
    assert deltas(stream) == [Text("Gr\ufffd\ufffde")]


def test_raw_control_characters_are_survived():
    stream = b'data: {"choices":[{"delta":{"content":"a\tb\x01"}}]}\n\n'
    assert deltas(stream) == [Text("a\tb\x01")]


# Counts


USAGE = {"prompt_tokens": 5, "completion_tokens": 7, "total_tokens": 12}
COUNTED = Counted(Usage(5, 7))


def test_usage_may_come_in_a_chunk_of_its_own():
    stream = sent(piece(content="Hello"), STOP, {"choices": [], "usage": USAGE}) + DONE
    assert deltas(stream) == [Text("Hello"), Finished(), COUNTED]


def test_usage_may_come_with_the_finish_and_keys_of_its_own():
    usage = USAGE | {"prompt_raw": "x", "error": "", "save_dict": {"extra_dict": {}}}
    assert deltas(sent(STOP | {"usage": usage})) == [COUNTED, Finished()]


def test_usage_in_every_chunk_is_told_when_it_changes():
    stream = sent(
        piece(content="a") | {"usage": {"prompt_tokens": 5, "completion_tokens": 1}},
        piece(content="b") | {"usage": {"prompt_tokens": 5, "completion_tokens": 1}},
        STOP | {"usage": USAGE},
    )
    assert deltas(stream) == [Text("a"), Counted(Usage(5, 1)), Text("b"), COUNTED, Finished()]


@pytest.mark.parametrize("usage", [None, {}, "odd", {"prompt_tokens": None}, {"prompt_tokens": -1}])
def test_usage_that_says_nothing_is_nothing(usage):
    assert deltas(sent(STOP | {"usage": usage})) == [Finished()]


def test_counts_that_no_column_takes_are_left_out():
    usage = {"prompt_tokens": 10**30, "completion_tokens": 7.0}
    assert deltas(sent(STOP | {"usage": usage})) == [Counted(Usage(None, 7)), Finished()]


def test_timings_stand_in_for_usage():
    timings = {"cache_n": 3, "prompt_n": 2, "predicted_n": 7, "predicted_ms": 12.5}
    assert deltas(sent(STOP | {"timings": timings})) == [COUNTED, Finished()]
    assert deltas(sent(STOP | {"timings": {"predicted_ms": 1}})) == [Finished()]
    assert deltas(sent(STOP | {"timings": timings, "usage": USAGE})) == [COUNTED, Finished()]


# Errors


@pytest.mark.parametrize(
    "error",
    [
        b'data: {"error":{"message":"Out of memory","type":"server_error","code":"500"}}',
        b'data: {"error":{"message":"Out of memory","code":500}}',
        b'data: {"error":{"message":"Out of memory","http_status_code":422}}',
        b'data: {"error":"Out of memory"}',
        b'data: [{"error":{"message":"Out of memory"}}]',
        b'data: {"object":"error","message":"Out of memory","type":"x","code":500}',
        b'data: {"message":"Out of memory"}',
        b'error: {"code":500,"message":"Out of memory","type":"server_error"}',
        b'event: error\ndata: {"message":"Out of memory"}',
        b"event: error\ndata: Out of memory",
    ],
)
@pytest.mark.parametrize("end", [b"", DONE])
def test_an_error_keeps_the_text_and_stands_beside_it(error, end):
    failed = Failed("The model server reported an error: Out of memory.")
    assert deltas(sent(piece(content="Hello")) + error + b"\n\n" + end) == [Text("Hello"), failed]
    assert deltas(error + b"\n\n" + end) == [failed]


def test_an_error_with_a_piece_keeps_the_piece():
    stream = sent(piece("error", content="Hello") | {"error": {"message": "Out of memory"}})
    failed = Failed("The model server reported an error: Out of memory.")
    assert deltas(stream) == [Text("Hello"), failed]


def test_nothing_follows_an_error():
    stream = sent({"error": "x"}, piece(content="more"), {"choices": [], "usage": USAGE})
    assert deltas(stream) == [Failed("The model server reported an error: x.")]


def test_events_with_names_of_their_own_may_hold_anything():
    stream = b"event: ping\ndata: 2026-11-23\n\nevent: message\n" + sent(piece(content="Hello"))
    assert deltas(stream) == [Text("Hello")]


@pytest.mark.parametrize("garbage", [b"hello", b"{", b"42", b'"x"', b"[]", b"<html>"])
def test_an_event_of_garbage_is_a_failure(garbage):
    sentence = f"The model server sent something that is no answer: {garbage.decode()}"
    assert deltas(sent(piece(content="Hello")) + b"data: " + garbage + b"\n\n") == [
        Text("Hello"),
        Failed(sentence),
    ]


def test_a_body_of_plain_text_is_a_failure_that_shows_it():
    failed = Failed("The model server sent something that is no answer: no healthy upstream")
    assert deltas(b"no healthy upstream") == [failed]


def test_a_page_is_a_failure_at_its_first_byte():
    decoder = OpenAIDecoder()
    (failed,) = decoder.feed(b"\n<")
    assert isinstance(failed, Failed)
    assert "web page" in failed.detail
    assert decoder.done


def test_nesting_without_end_is_a_failure():
    deep = b'data: {"choices":' + b"[" * 100_000 + b"\n\n"
    (failed,) = run(OpenAIDecoder(), [deep])
    assert isinstance(failed, Failed)


def test_a_line_that_is_too_long_is_a_failure_and_is_not_held():
    decoder = OpenAIDecoder()
    told = decoder.feed(sent(piece(content="Hello")))
    for _ in range(160):
        told += decoder.feed(b"data: " + b"x" * 65536)
        assert decoder.held <= 1 << 20
    told += decoder.close()
    sentence = "The model server sent a line of more than 1048576 bytes, which is no answer."
    assert told == [Text("Hello"), Failed(sentence)]


# One JSON body instead of a stream


def test_a_server_that_does_not_stream_is_understood():
    body = {"choices": [{"message": {"content": "Hello!"}, "finish_reason": "stop"}]}
    stream = json.dumps(body | {"usage": USAGE}, indent=1).encode()
    assert deltas(stream) == [Text("Hello!"), COUNTED, Finished()]


@pytest.mark.parametrize(
    "body", [b'{"error":{"message":"x"}}', b'{"detail":"x"}', b'[{"error":"x"}]']
)
def test_an_error_in_a_body_is_told(body):
    assert deltas(body) == [Failed("The model server reported an error: x.")]


@pytest.mark.parametrize("body", [b'{"object":"list"}', b"{}", b"[]", b'{"choices":[{"mess'])
def test_a_body_that_is_no_answer_is_a_failure(body):
    sentence = f"The model server sent something that is no answer: {body.decode()}"
    assert deltas(body) == [Failed(sentence)]


def test_a_body_that_is_too_long_is_a_failure_and_is_not_held():
    decoder = OpenAIDecoder(max_event=100)
    told = decoder.feed(b"{" + b" " * 90)
    told += decoder.feed(b" " * 90)
    sentence = "The model server sent a line of more than 100 bytes, which is no answer."
    assert told + decoder.close() == [Failed(sentence)]
    assert decoder.held == 0


def test_no_bytes_are_no_answer():
    assert deltas(b"") == []
    assert deltas(b"\r\n\r\n") == []
