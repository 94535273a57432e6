"""Protocol A, and what else such a server may send."""

import json
from typing import Any

import pytest

from chat.wire.deltas import Counted, Delta, Failed, Finished, Reasoning, Replaced, Text
from chat.wire.events import Usage
from chat.wire.h2o import H2ODecoder
from chat.wire.h2o.decoder import PROTOCOL_B
from tests.wire.splits import cuts, run, single


def deltas(stream: bytes, stop: tuple[str, ...] = ()) -> list[Delta]:
    """What a whole stream says, after a check that no split changes it."""
    whole = run(H2ODecoder(stop), [stream])
    assert run(H2ODecoder(stop), single(stream)) == whole
    for halves in cuts(stream):
        assert run(H2ODecoder(stop), halves) == whole
    return whole


def token(text: Any, whole: Any = None, special: Any = False, **more: Any) -> bytes:
    """One token as the server sends it."""
    said = {"id": 1, "text": text, "logprob": -0.5, "special": special}
    return sent({"token": said, "generated_text": whole, "details": None} | more)


def sent(event: Any) -> bytes:
    return b"data:" + json.dumps(event).encode() + b"\n\n"


def end(whole: str, **more: Any) -> bytes:
    """The last event of an answer that ends by itself."""
    return token("<|endoftext|>", whole, special=True, **more)


HELLO = token("Hello") + token("!")
ANSWER = [Text("Hello"), Text("!"), Finished()]


# The end


def test_an_answer_ends_with_its_whole_text():
    assert deltas(HELLO + end("Hello!")) == ANSWER


def test_nothing_follows_the_end():
    decoder = H2ODecoder()
    assert decoder.feed(HELLO + end("Hello!") + token("more")) == ANSWER
    assert decoder.done
    assert decoder.feed(token("more")) == decoder.close() == []


def test_the_whole_text_is_the_authority():
    assert deltas(token(" Hello") + end("Hello")) == [Text(" Hello"), Replaced("Hello"), Finished()]
    assert deltas(HELLO + end("Hello!</s>")) == [*ANSWER[:2], Replaced("Hello!</s>"), Finished()]
    assert deltas(HELLO + end("")) == [*ANSWER[:2], Replaced(""), Finished()]


def test_special_tokens_are_not_text():
    assert deltas(token("<s>", special=True) + HELLO + end("Hello!")) == ANSWER


def test_the_last_token_of_an_answer_cut_by_length_is_part_of_it():
    stream = HELLO + token(" more", "Hello! more")
    assert deltas(stream) == [*ANSWER[:2], Text(" more"), Finished(by_length=True)]


def test_an_end_by_stop_word_is_no_end_by_length():
    stream = HELLO + token("END", "Hello!END")
    assert deltas(stream, ("END",)) == [*ANSWER[:2], Text("END"), Finished()]
    assert deltas(stream, ("STOP",))[-1] == Finished(by_length=True)


@pytest.mark.parametrize(
    ("reason", "by_length"), [("length", True), ("eos_token", False), ("stop_sequence", False)]
)
def test_the_details_say_how_it_ended(reason, by_length):
    details = {"finish_reason": reason, "generated_tokens": 3, "seed": None, "prefill": []}
    for last in (end("Hello!", details=details), token("", "Hello!", details=details)):
        assert deltas(HELLO + last) == [
            *ANSWER[:2],
            Counted(Usage(completion_tokens=3)),
            Finished(by_length=by_length),
        ]


def test_a_clean_end_without_the_whole_text_is_no_finish():
    assert deltas(HELLO) == ANSWER[:2]


def test_a_last_event_without_its_blank_line_counts():
    assert deltas((HELLO + end("Hello!")).rstrip()) == ANSWER


@pytest.mark.parametrize("half", [b"d", b"data:", b'data:{"token":{"id":9,"text":" cu'])
def test_a_line_cut_in_half_is_dropped(half):
    assert deltas(HELLO + half) == ANSWER[:2]


# Framing and text


def test_comments_spaces_and_line_ends_are_understood():
    stream = b":\n\n" + HELLO + b": ping\n\n" + end("Hello!") + b"\0\0\0"
    assert deltas(stream) == ANSWER
    assert deltas(stream.replace(b"data:", b"data: ").replace(b"\n", b"\r\n")) == ANSWER


def test_text_that_cannot_be_stored_is_mended():
    stream = token("a\0") + token("\ud83d") + token("\ude00") + end("a\0\ud83d\ude00")
    assert deltas(stream) == [Text("a\ufffd"), Text("😀"), Finished()]


def test_a_whole_text_that_cannot_be_stored_is_mended():
    assert deltas(token("a") + end("a\0\ud83d")) == [
        Text("a"),
        Replaced("a\ufffd\ufffd"),
        Finished(),
    ]


def test_reasoning_in_tags_is_kept_apart():
    stream = token("<think>Hm.") + token("</think>\n4")
    assert deltas(stream + end("<think>Hm.</think>\n4")) == [
        Reasoning("Hm."),
        Text("4"),
        Finished(),
    ]
    assert deltas(stream + end("<think>Hm.</think>\n5"))[-2:] == [Replaced("5"), Finished()]


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ({"token": {"text": 4, "special": False}}, [Text("4")]),
        ({"token": {"text": None}}, []),
        ({"token": {"text": "a", "special": "no"}}, [Text("a")]),
        ({"token": None}, []),
        ({"token": {"text": "a"}, "error": ""}, [Text("a")]),
        ({}, []),
        ({"index": 3, "token": {"text": "a", "new": 1}, "top_tokens": []}, [Text("a")]),
        ({"token": {"text": "a"}, "details": {"generated_tokens": "many"}}, [Text("a")]),
        ({"generated_text": "Hello"}, [Text("Hello"), Finished()]),
        ({"token": {"text": "a"}, "generated_text": 4}, [Text("a"), Replaced("4"), Finished(True)]),
    ],
)
def test_odd_events_are_survived(event, expected):
    assert deltas(sent(event)) == expected


# Errors


@pytest.mark.parametrize(
    "error",
    [
        {"error": "Out of memory", "error_type": "generation"},
        {"error": {"message": "Out of memory", "http_status_code": 422}},
        {"message": "Out of memory"},
        {"token": {"text": "x"}, "error": "Out of memory"},
    ],
)
def test_an_error_keeps_the_text_and_stands_beside_it(error):
    failed = Failed("The model server reported an error: Out of memory.")
    assert deltas(HELLO + sent(error) + token("more")) == [*ANSWER[:2], failed]
    assert deltas(sent(error)) == [failed]


def test_garbage_is_a_failure_that_shows_it():
    sentence = "The model server sent something that is no answer: "
    assert deltas(HELLO + b"data:oops\n\n") == [*ANSWER[:2], Failed(sentence + "oops")]
    assert deltas(b"no healthy upstream") == [Failed(sentence + "no healthy upstream")]


def test_events_with_names_of_their_own_may_hold_anything():
    assert deltas(b"event: ping\ndata: now\n\n" + HELLO) == ANSWER[:2]


@pytest.mark.parametrize("start", [b"{", b"\xef\xbb\xbf\r\n {", b'{"type":"status"}\n'])
def test_the_newer_protocol_is_known_by_its_first_byte(start):
    decoder = H2ODecoder()
    assert decoder.feed(start) == [Failed(PROTOCOL_B)]
    assert decoder.done
    assert "H2O_DIALECT" in PROTOCOL_B


def test_a_page_is_a_failure_at_its_first_byte():
    (failed,) = H2ODecoder().feed(b"<")
    assert isinstance(failed, Failed)
    assert "web page" in failed.detail


def test_an_answer_that_is_not_streamed_is_understood():
    assert deltas(b'[{"generated_text": "A short title"}]') == [Text("A short title"), Finished()]


@pytest.mark.parametrize("body", [b"[]", b'[{"a":1}]', b'[{"generated_'])
def test_a_list_that_is_no_answer_is_a_failure(body):
    sentence = f"The model server sent something that is no answer: {body.decode()}"
    assert deltas(body) == [Failed(sentence)]


def test_no_bytes_are_no_answer():
    assert deltas(b"") == []


# Sizes


def test_what_is_too_long_is_a_failure_and_is_not_held():
    for start in (b"data:", b"["):
        decoder = H2ODecoder(max_event=1000)
        told = decoder.feed(start)
        for _ in range(50):
            told += decoder.feed(b"x" * 100)
            assert decoder.held <= 1000
        sentence = "The model server sent a line of more than 1000 bytes, which is no answer."
        assert told + decoder.close() == [Failed(sentence)]


def test_the_text_held_for_the_comparison_is_bounded():
    decoder = H2ODecoder(max_event=200)
    told = [delta for _ in range(1000) for delta in decoder.feed(token("word "))]
    assert len(told) == 1000
    assert decoder.held < 300
    assert decoder.feed(end("short")) == [Replaced("short"), Finished()]
