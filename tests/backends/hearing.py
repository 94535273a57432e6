"""Asking a backend, and what was heard of its answer."""

from contextlib import aclosing
from dataclasses import dataclass, field

from chat.backends import Backend, BackendError
from chat.wire.deltas import Delta, Failed, Finished, Reasoning, Replaced, Sent, Text
from chat.wire.request import ChatRequest, Turn

REQUEST = ChatRequest(model="m", turns=(Turn("user", "What is it?"),))


@dataclass
class Heard:
    """An answer as a run gets it, and the error that ended it, if one did."""

    deltas: list[Delta] = field(default_factory=list)
    error: BackendError | None = None

    @property
    def text(self) -> str:
        """What a person reads in the end."""
        text = ""
        for delta in self.deltas:
            if isinstance(delta, Text):
                text += delta.text
            elif isinstance(delta, Replaced):
                text = delta.text
        return text

    @property
    def reasoning(self) -> str:
        """The model's reasoning."""
        return "".join(delta.text for delta in self.deltas if isinstance(delta, Reasoning))

    @property
    def tries(self) -> int:
        """How often it was asked for."""
        return sum(isinstance(delta, Sent) for delta in self.deltas)

    @property
    def end(self) -> str:
        """``complete``, ``length``, ``failed`` or, if nothing was said, ``interrupted``."""
        for delta in self.deltas:
            match delta:
                case Finished():
                    return "length" if delta.by_length else "complete"
                case Failed():
                    return "failed"
        return "failed" if self.error else "interrupted"

    @property
    def detail(self) -> str:
        """The sentence for the person."""
        failures = [delta.detail for delta in self.deltas if isinstance(delta, Failed)]
        return failures[0] if failures else self.error.detail if self.error else ""


async def hear(backend: Backend, request: ChatRequest = REQUEST) -> Heard:
    """Everything that comes."""
    heard = Heard()
    try:
        async with aclosing(backend.stream(request)) as stream:
            async for deltas in stream:
                assert deltas, "a read without deltas is not told"
                heard.deltas += deltas
    except BackendError as error:
        heard.error = error
    return heard


async def first_text(backend: Backend, request: ChatRequest = REQUEST) -> None:
    """Ask, and leave as soon as there is a word."""
    async with aclosing(backend.stream(request)) as stream:
        async for deltas in stream:
            if any(isinstance(delta, Text) for delta in deltas):
                return
