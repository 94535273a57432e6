"""What the decoders of both dialects share: from bytes to events, and how an answer fails."""

from abc import ABC, abstractmethod
from collections.abc import Mapping

from chat.wire.answer import Answer
from chat.wire.deltas import Delta, Failed
from chat.wire.errors import no_answer, too_long
from chat.wire.opening import Body, Kind, Opening
from chat.wire.sse import MAX_EVENT, ServerSentEvent, SSEDecoder, TooLong


class StreamDecoder(ABC):
    """Feed bytes, take deltas. Never raises; the split of the bytes changes nothing.

    Reads server-sent events and, from servers that do not stream, one JSON body. A stream
    that ends with neither ``Finished`` nor ``Failed`` was interrupted. Holds at most one
    unfinished line and one unfinished event of ``max_event`` bytes, or one body of that
    size, and an unfinished tag or character.
    """

    wrong_kinds: Mapping[Kind, str]  # openings that are no answer, and the sentence for each

    def __init__(self, max_event: int = MAX_EVENT) -> None:
        self._opening = Opening()
        self._streams = False  # the answer is known to be server-sent events
        self._events = SSEDecoder(max_event)
        self._body = Body(max_event)
        self._answer = Answer()
        self._understood = False  # something was part of an answer
        self._finished = False  # the server said that the answer is whole
        self.done = False  # nothing that follows can matter: the connection may be closed

    def feed(self, chunk: bytes) -> list[Delta]:
        """What ``chunk`` says."""
        deltas: list[Delta] = []
        if self.done:
            return deltas
        if not self._streams:
            chunk = self._open(chunk, deltas)
        if self._streams:
            for event in self._events.feed(chunk):
                self._take(event, deltas)
        return deltas

    def close(self) -> list[Delta]:
        """What the end of the bytes says: a last line or event may lack its line end."""
        deltas: list[Delta] = []
        if self.done:
            return deltas
        for event in self._events.close():
            self._take(event, deltas, cut=True)
        if body := self._body.take():
            self._take(ServerSentEvent(body), deltas)
        if not self.done and not self._understood and (stray := self._events.stray or body):
            self._fail(no_answer(stray), deltas)
        self._end(deltas)
        return deltas

    @property
    def held(self) -> int:
        """Bytes held for later."""
        return self._events.held + self._body.held

    @abstractmethod
    def _take(self, event: ServerSentEvent, deltas: list[Delta], cut: bool = False) -> None:
        """Adds what an event says. ``cut``: the end of the bytes may have cut it off."""

    def _open(self, chunk: bytes, deltas: list[Delta]) -> bytes:
        """Takes the first bytes, and all bytes of what is no stream."""
        chunk = self._opening.feed(chunk)
        kind = self._opening.kind
        if kind in self.wrong_kinds:
            self._fail(self.wrong_kinds[kind], deltas)
        elif kind == "events":
            self._streams = True
        elif kind != "unknown" and not self._body.feed(chunk):
            self._fail(too_long(self._body.limit), deltas)
        return chunk

    def _take_unread(self, event: ServerSentEvent, deltas: list[Delta], cut: bool) -> None:
        """What is no event of the dialect. What was cut off, or has a name, may be anything."""
        if isinstance(event, TooLong):
            self._fail(too_long(event.limit), deltas)
        elif not cut and not event.name:
            self._fail(no_answer(event.data), deltas)

    def _fail(self, detail: str, deltas: list[Delta]) -> None:
        if not self._finished:
            self._answer.close(deltas)
            deltas.append(Failed(detail))
        self.done = True

    def _end(self, deltas: list[Delta]) -> None:
        """Nothing follows. That alone promises no whole answer."""
        if not self.done and not self._finished:
            self._answer.close(deltas)
        self.done = True
