"""What happens in a run: the entries of its log and, encoded, the frames a browser gets.

The events of one run are numbered by ``seq`` from 1 without gaps; ``run_started``
is 1 and ``run_finished`` the last. The same values are stored in the journal,
sent to browsers and folded by ``reply.apply``.
"""

from typing import Literal
from uuid import UUID

import msgspec

Kind = Literal["text", "reasoning"]
Outcome = Literal["complete", "length", "stopped", "failed", "interrupted"]


class Usage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Token counts as the model server gave them, or ``estimated``.

    ``turns_cut`` counts the oldest turns that the model's context had no room for.
    """

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    estimated: bool = False
    turns_cut: int = 0


class Timing(msgspec.Struct, frozen=True, omit_defaults=True):
    """How quick a run was.

    ``thought_ms`` is how long the model reasoned over the message so far, by all its runs.
    """

    first_token_ms: int | None
    tokens_per_second: float | None
    thought_ms: int | None = None


class RunStarted(msgspec.Struct, frozen=True, tag="run_started"):
    """The run exists; ``reply`` is the message that it writes."""

    run: UUID
    seq: int
    reply: UUID
    model: str
    started_at: str  # ISO 8601, UTC


class TextAdded(msgspec.Struct, frozen=True, tag="text_added"):
    """Text that follows what the log has so far of the same ``kind``."""

    run: UUID
    seq: int
    text: str
    kind: Kind = "text"


class Snapshot(msgspec.Struct, frozen=True, tag="snapshot"):
    """The whole message as it stands after event ``seq``: replaces all before it."""

    run: UUID
    seq: int
    text: str
    reasoning: str
    outcome: Outcome | None = None


class RunFinished(msgspec.Struct, frozen=True, tag="run_finished"):
    """The end of a run. ``text_length`` counts code points of the folded text."""

    run: UUID
    seq: int
    outcome: Outcome
    error: str | None
    usage: Usage | None
    timing: Timing | None
    text_length: int


Event = RunStarted | TextAdded | Snapshot | RunFinished


class Accepted(msgspec.Struct, frozen=True, tag="accepted"):
    """The answer to ``say``, ``retry`` and ``continue``, also when said again."""

    id: UUID
    conversation: UUID
    run: UUID
    reply: UUID
    model: str


class Pong(msgspec.Struct, frozen=True, tag="pong"):
    """The answer to ``ping``."""


# listed: its place in the list
class Allowance(msgspec.Struct, frozen=True, tag="allowance"):
    """How much of the nearest limit is left; ``what`` is None where none is near.

    ``minute`` is of messages too, and is not near any more after so many seconds without one:
    ``passes``. What is left of a day does not pass.
    """

    what: Literal["messages", "tokens", "minute"] | None
    left: int = 0
    most: int = 0
    passes: int | None = None


Change = Literal["title", "turn", "settings", "feedback", "answered", "seen", "listed", "deleted"]


class ConversationChanged(msgspec.Struct, frozen=True, tag="conversation_changed"):
    """A hint that a page may want to fetch the conversation again."""

    conversation: UUID
    changed: Change


RefusalCode = Literal[
    "invalid", "not_found", "too_long", "too_fast", "quota", "busy", "unavailable"
]


class Refused(msgspec.Struct, frozen=True, tag="refused"):
    """A command that was not carried out, and why, in a sentence for the person."""

    command: str | None
    code: RefusalCode
    detail: str
    id: UUID | None = None
    run: UUID | None = None
    retry_after: float | None = None


Frame = Event | Accepted | Allowance | Pong | ConversationChanged | Refused

_encoder = msgspec.json.Encoder()


def encode(frame: Frame) -> str:
    """The frame as the text of one WebSocket message."""
    return _encoder.encode(frame).decode()
