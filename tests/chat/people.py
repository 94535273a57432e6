"""What a person's page does, in the fewest words: for tests of the server's side."""

from collections.abc import AsyncGenerator
from typing import Any
from uuid import UUID, uuid4

import msgspec

from chat.runs import Runs
from chat.wire import reply
from chat.wire.commands import Continue, Retry, Say
from chat.wire.events import Accepted, Event, Refused, RunFinished
from chat.wire.reply import Reply

_decoder: msgspec.json.Decoder[Event | Refused] = msgspec.json.Decoder(Event | Refused)


def say(text: str = "Hello?", **fields: Any) -> Say:
    """A turn with ids of its own."""
    ids: dict[str, Any] = {"id": uuid4(), "conversation": uuid4(), "reply": uuid4(), "parent": None}
    return Say(text=text, **ids | fields)


def answer_to(accepted: Accepted, text: str = "And then?", **fields: Any) -> Say:
    """The next turn of a conversation, after the answer that was accepted."""
    return say(text, conversation=accepted.conversation, parent=accepted.reply, **fields)


def retry(accepted: Accepted, **fields: Any) -> Retry:
    """Another answer."""
    return Retry(message=accepted.reply, reply=uuid4(), **fields)


def go_on(accepted: Accepted) -> Continue:
    """More of the same answer."""
    return Continue(message=accepted.reply, run=uuid4())


async def events(runs: Runs, person: Any, run: UUID, after: int = 0) -> AsyncGenerator[Event, None]:
    """What a reader of the run gets, decoded; not that the database was slow."""
    async for frame in frames(runs, person, run, after):
        if not isinstance(frame, Refused):
            yield frame


async def frames(
    runs: Runs, person: Any, run: UUID, after: int = 0
) -> AsyncGenerator[Event | Refused, None]:
    """Everything that a reader of the run is sent."""
    async for frame in runs.follow(person, run, after):
        yield _decoder.decode(frame)


async def read(runs: Runs, person: Any, run: UUID, after: int = 0) -> list[Event]:
    """Everything that a reader gets, to the end."""
    return [event async for event in events(runs, person, run, after)]


async def whole(runs: Runs, person: Any, command: Say | Retry | Continue) -> Accepted:
    """Have a command carried out, to the end of its run."""
    accepted = await runs.start(person, command)
    await read(runs, person, accepted.run)
    return accepted


def fold(events: list[Event]) -> Reply:
    """What the events add up to for a reader who began with nothing."""
    folded = reply.fold(Reply(events[0].run), events)
    assert isinstance(folded, Reply), folded
    return folded


def end(events: list[Event]) -> RunFinished:
    """The last event, which has to be the run's end."""
    last = events[-1]
    assert isinstance(last, RunFinished)
    return last
