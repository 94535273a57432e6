import json
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.wire.commands import (
    MAX_FRAME,
    MAX_SYSTEM_PROMPT,
    MAX_TEXT,
    Continue,
    Envelope,
    Follow,
    InvalidCommand,
    Ping,
    Retry,
    Say,
    Stop,
    decode,
    read_envelope,
)
from chat.wire.parameters import Parameters

A = "3f0c8f9e-6f0a-4a52-9c1e-0d5f4f6a7b01"
B = "9b2d1c77-54a1-4f0e-8d0c-2b6f1f3c9a02"
SAY = {"type": "say", "id": A, "conversation": A, "parent": None, "text": "Hi", "reply": B}


def frame(**fields: Any) -> str:
    return json.dumps(fields)


@pytest.mark.parametrize(
    ("fields", "command"),
    [
        (SAY, Say(UUID(A), UUID(A), None, "Hi", UUID(B))),
        (
            SAY | {"parent": B, "model": "danube", "temporary": True, "system_prompt": ""},
            Say(UUID(A), UUID(A), UUID(B), "Hi", UUID(B), "danube", None, "", True),
        ),
        (
            SAY | {"parameters": {"temperature": 0.5, "stop": ["END"]}},
            Say(
                UUID(A),
                UUID(A),
                None,
                "Hi",
                UUID(B),
                parameters=Parameters(temperature=0.5, stop=("END",)),
            ),
        ),
        ({"type": "retry", "message": A, "reply": B}, Retry(UUID(A), UUID(B))),
        ({"type": "continue", "message": A, "run": B}, Continue(UUID(A), UUID(B))),
        ({"type": "follow", "run": A, "after": 0}, Follow(UUID(A), 0)),
        ({"type": "stop", "run": A}, Stop(UUID(A))),
        ({"type": "ping"}, Ping()),
    ],
)
def test_every_command_is_understood(fields, command):
    assert decode(frame(**fields)) == command


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        "hello",
        frame(type="shout"),
        frame(type="ping", more=1),
        frame(**(SAY | {"unknown": 1})),
        frame(**(SAY | {"id": "7"})),
        frame(**{key: value for key, value in SAY.items() if key != "parent"}),
        frame(**(SAY | {"text": None})),
        frame(**(SAY | {"model": ""})),
        frame(**(SAY | {"model": "m" * 201})),
        frame(**(SAY | {"parameters": {"temperature": 3}})),
        frame(**(SAY | {"parameters": {"logit_bias": {}}})),
        frame(type="follow", run=A, after=-1),
        frame(type="follow", run=A, after=2**60),
        '{"type":"ping","a":' + "[" * 100_000,
        '{"type":"stop","run":"\\ud83d"}',
    ],
)
def test_anything_else_is_refused_with_a_sentence(text):
    with pytest.raises(InvalidCommand, match=r"^This command is not understood: .*\.$"):
        decode(text)


def test_a_frame_has_room_for_the_longest_turn():
    longest = SAY | {"text": "\u00fc" * MAX_TEXT, "system_prompt": "a" * MAX_SYSTEM_PROMPT}
    assert len(json.dumps(longest, ensure_ascii=False).encode()) < MAX_FRAME


def test_a_refused_frame_says_as_much_as_can_be_read_of_it():
    envelope = read_envelope(frame(**(SAY | {"unknown": 1, "text": 7})))
    assert (envelope.type, envelope.id) == ("say", UUID(A))
    assert read_envelope(frame(type="retry", message=7, reply=B)).id == UUID(B)
    assert read_envelope(frame(type="stop", run=A)).run == UUID(A)


@pytest.mark.parametrize("text", ["", "[]", '{"id":"7"}', '{"a":' * 100_000])
def test_a_frame_that_cannot_be_read_says_nothing(text):
    assert read_envelope(text) == Envelope()


@given(st.text() | st.binary())
def test_no_frame_raises_anything_else(text):
    try:
        decode(text)
    except InvalidCommand:
        pass
    read_envelope(text)
