import json
from uuid import UUID

import pytest

from chat.wire.events import (
    Accepted,
    ConversationChanged,
    Pong,
    Refused,
    RunFinished,
    RunStarted,
    Snapshot,
    TextAdded,
    Timing,
    Usage,
    encode,
)

A, B = UUID(int=1), UUID(int=2)


@pytest.mark.parametrize(
    ("frame", "fields"),
    [
        (
            RunStarted(A, 1, B, "danube", "2026-11-23T08:00:00+00:00"),
            {
                "type": "run_started",
                "run": str(A),
                "seq": 1,
                "reply": str(B),
                "model": "danube",
                "started_at": "2026-11-23T08:00:00+00:00",
            },
        ),
        (
            TextAdded(A, 2, "Grüße \u2028"),
            {
                "type": "text_added",
                "run": str(A),
                "seq": 2,
                "text": "Grüße \u2028",
                "kind": "text",
            },
        ),
        (
            Snapshot(A, 3, "a", "b"),
            {
                "type": "snapshot",
                "run": str(A),
                "seq": 3,
                "text": "a",
                "reasoning": "b",
                "outcome": None,
            },
        ),
        (
            RunFinished(A, 4, "failed", "Why.", Usage(5), Timing(120, None), 1),
            {
                "type": "run_finished",
                "run": str(A),
                "seq": 4,
                "outcome": "failed",
                "error": "Why.",
                "usage": {"prompt_tokens": 5},
                "timing": {"first_token_ms": 120, "tokens_per_second": None},
                "text_length": 1,
            },
        ),
        (
            RunFinished(A, 5, "complete", None, None, Timing(120, 8.5, 2300), 1),
            {
                "type": "run_finished",
                "run": str(A),
                "seq": 5,
                "outcome": "complete",
                "error": None,
                "usage": None,
                "timing": {"first_token_ms": 120, "tokens_per_second": 8.5, "thought_ms": 2300},
                "text_length": 1,
            },
        ),
        (
            Accepted(A, B, A, B, "danube"),
            {
                "type": "accepted",
                "id": str(A),
                "conversation": str(B),
                "run": str(A),
                "reply": str(B),
                "model": "danube",
            },
        ),
        (Pong(), {"type": "pong"}),
        (
            ConversationChanged(A, "title"),
            {"type": "conversation_changed", "conversation": str(A), "changed": "title"},
        ),
        (
            Refused("say", "too_fast", "Wait.", id=A, retry_after=2.5),
            {
                "type": "refused",
                "command": "say",
                "code": "too_fast",
                "detail": "Wait.",
                "id": str(A),
                "run": None,
                "retry_after": 2.5,
            },
        ),
    ],
)
def test_a_frame_has_all_its_fields_under_their_names(frame, fields):
    assert json.loads(encode(frame)) == fields
