"""Any bytes in any split: nothing raises, no split matters, what is held is bounded."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chat.wire import loose
from chat.wire.deltas import Failed, Finished, Reasoning, Replaced, Text
from chat.wire.h2o import H2ODecoder
from chat.wire.openai import OpenAIDecoder
from tests.wire.splits import chunked, run

LIMIT = 300

WORDS = st.sampled_from(["Hello", "<think>", "</think>", "<th", "ink>", "😀", "\0", " ", "\n", ""])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 2**33) | st.floats() | WORDS | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                """choices delta message content text reasoning reasoning_content finish_reason
            usage prompt_tokens completion_tokens timings prompt_n predicted_n error detail msg
            loc type thinking token special generated_text details generated_tokens object
            role""".split()
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
REASONS = st.sampled_from([None, "stop", "length", "error", "odd", 7])
CHUNKS = st.builds(
    lambda delta, reason: {"choices": [{"delta": delta, "finish_reason": reason}]},
    st.fixed_dictionaries({}, optional={"content": WORDS | VALUES, "reasoning": WORDS | VALUES}),
    REASONS,
)
TOKENS = st.builds(
    lambda text, special, whole: {
        "token": {"text": text, "special": special},
        "generated_text": whole,
    },
    WORDS | VALUES,
    st.booleans(),
    st.none() | st.none() | WORDS | VALUES,
)
LINES = st.one_of(
    (CHUNKS | TOKENS | VALUES).map(json.dumps).map(lambda line: f"data: {line}\n\n".encode()),
    st.sampled_from(
        [b"data: [DONE]\n\n", b": ping\r\n\r\n", b"event: error\n", b"\xef\xbb\xbf", b"\r", b"{"]
    ),
    st.sampled_from([b'data: {"choices":[{"delta":{"content":"\\ud83d"}}]}\n\n', b"data:\n"]),
    st.sampled_from([b'data: {"choices":[{"delta":{"content":"\xff\x01"}}]}\r\n\r\n', b"<"]),
    st.binary(max_size=20),
    st.integers(LIMIT - 8, LIMIT + 8).map(lambda size: b"x" * size),
)
STREAMS = st.lists(LINES, max_size=12).map(b"".join)
DECODERS = pytest.mark.parametrize("dialect", [OpenAIDecoder, H2ODecoder])


@DECODERS
@settings(max_examples=400)
@given(chunks=chunked(STREAMS))
def test_no_bytes_break_a_decoder(dialect, chunks):
    decoder = dialect(max_event=LIMIT)
    told = []
    for chunk in chunks:
        told += decoder.feed(chunk)
        assert decoder.held <= 4 * LIMIT
    told += decoder.close()
    assert told == run(dialect(max_event=LIMIT), [b"".join(chunks)])
    _is_in_order(told)


def _is_in_order(told):
    """One end at most, no words after it, and nothing that cannot be stored."""
    ends = [at for at, delta in enumerate(told) if isinstance(delta, Finished | Failed)]
    assert len(ends) <= 1
    words = (Text, Reasoning, Replaced)
    assert not any(isinstance(delta, words) for at in ends for delta in told[at:])
    for delta in told:
        if isinstance(delta, words):
            assert loose.storable(delta.text)
        if isinstance(delta, Text | Reasoning):
            assert delta.text
        if isinstance(delta, Failed):
            assert delta.detail.isprintable()
