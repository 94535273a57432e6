"""An answer as its events tell it: ``apply(reply, event)`` gives the reply after the event.

Every reader of a run's log folds it with this rule, live, late or after a reload;
the page has the same rule in JavaScript and both are held to the same examples.
"""

from collections.abc import Iterable
from uuid import UUID

import msgspec

from chat.wire.events import (
    Event,
    Outcome,
    RunFinished,
    RunStarted,
    Snapshot,
    TextAdded,
    Timing,
    Usage,
)


class Reply(msgspec.Struct, frozen=True):
    """What a reader has of a run after event number ``seq``; ``Reply(run)`` has nothing yet.

    ``outcome`` is None while the run is live. ``whole`` turns false when the run has
    ended and its text is not as long as the server says: the reader then has a
    damaged fold and starts again from ``Reply(run)``.
    """

    run: UUID
    seq: int = 0
    text: str = ""
    reasoning: str = ""
    outcome: Outcome | None = None
    error: str | None = None
    usage: Usage | None = None
    timing: Timing | None = None
    whole: bool = True


class Gap(msgspec.Struct, frozen=True, tag="gap"):
    """An event came too early: ask for everything after number ``after`` again."""

    run: UUID
    after: int


def apply(reply: Reply, event: Event) -> Reply | Gap:
    """The reply after ``event``; the same reply where the event is old or of another run.

    A snapshot may stand for many events, so it alone may jump ahead. The end may be
    told again at the reader's own position, because a snapshot carries no error,
    usage or timing.
    """
    if event.run != reply.run or event.seq < reply.seq:
        return reply
    if event.seq == reply.seq and not isinstance(event, RunFinished):
        return reply
    if event.seq > reply.seq + 1 and not isinstance(event, Snapshot):
        return Gap(run=reply.run, after=reply.seq)
    return _fold(reply, event)


def fold(reply: Reply, events: Iterable[Event]) -> Reply | Gap:
    """The reply after all ``events``, or the first gap among them."""
    for event in events:
        after = apply(reply, event)
        if isinstance(after, Gap):
            return after
        reply = after
    return reply


def _fold(reply: Reply, event: Event) -> Reply:
    match event:
        case RunStarted():
            return msgspec.structs.replace(reply, seq=event.seq)
        case TextAdded(kind="reasoning"):
            return msgspec.structs.replace(
                reply, seq=event.seq, reasoning=reply.reasoning + event.text
            )
        case TextAdded():
            return msgspec.structs.replace(reply, seq=event.seq, text=reply.text + event.text)
        case Snapshot():
            return msgspec.structs.replace(
                reply,
                seq=event.seq,
                text=event.text,
                reasoning=event.reasoning,
                outcome=event.outcome,
            )
        case RunFinished():
            return _end(reply, event)


def _end(reply: Reply, event: RunFinished) -> Reply:
    return msgspec.structs.replace(
        reply,
        seq=event.seq,
        outcome=event.outcome,
        error=event.error,
        usage=event.usage,
        timing=event.timing,
        whole=len(reply.text) == event.text_length,
    )
