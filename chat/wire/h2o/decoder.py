"""The answer to ``POST /conversation/<id>`` as it arrives."""

from collections.abc import Sequence
from io import StringIO
from typing import Any

import msgspec

from chat.wire import loose
from chat.wire.answer import Answer
from chat.wire.deltas import Counted, Delta, Finished, Replaced, Text
from chat.wire.errors import NEWER_PROTOCOL, WRONG_PAGE, message_of, reported
from chat.wire.events import Usage
from chat.wire.sse import MAX_EVENT, ServerSentEvent
from chat.wire.stream import StreamDecoder

PROTOCOL_B = NEWER_PROTOCOL.format(said="")


class Token(msgspec.Struct, gc=False):
    """One token; a special one, such as the end of the text, is not text."""

    text: str = ""
    special: bool = False


class Details(msgspec.Struct, gc=False):
    """How the answer ended, where the server says."""

    finish_reason: str | None = None
    generated_tokens: int | None = None


class TokenEvent(msgspec.Struct, gc=False):
    """One event of the stream; the last one has ``generated_text``, the whole answer."""

    token: Token | None = None
    generated_text: str | None = None
    details: Details | None = None
    error: Any = None


_decoder = msgspec.json.Decoder(TokenEvent)


class H2ODecoder(StreamDecoder):
    """See ``StreamDecoder``; the last event also ends the answer, so nothing follows it.

    The event with ``generated_text`` is the authority on the text. ``stop`` are the stop
    words that were sent, which tell an end by stop word from an end by length. JSON lines
    (protocol B) are recognised on their first byte. Holds also the text so far, up to
    ``max_event`` characters.
    """

    wrong_kinds = {"page": WRONG_PAGE, "object": PROTOCOL_B}

    def __init__(self, stop: Sequence[str] = (), max_event: int = MAX_EVENT) -> None:
        super().__init__(max_event)
        self._stop = tuple(stop)
        self._max_event = max_event
        self._said = StringIO()  # the tokens so far, to be compared with the final word

    @property
    def held(self) -> int:
        """Bytes and characters held for later."""
        return super().held + self._said.tell()

    def _take(self, server_sent: ServerSentEvent, deltas: list[Delta], cut: bool = False) -> None:
        if self.done:
            return
        event = decode(server_sent.data)
        if event is None:
            self._take_unread(server_sent, deltas, cut)
        elif event.error:
            self._fail(reported(message_of(event.error)), deltas)
        else:
            if event.token is not None:
                self._take_token(event.token, deltas)
            if event.generated_text is not None:
                self._finish(event, event.generated_text, deltas)

    def _take_token(self, token: Token, deltas: list[Delta]) -> None:
        self._understood = True
        if token.special:
            return
        if self._said.tell() < self._max_event:
            self._said.write(token.text)
        self._answer.add_text(token.text, deltas)

    def _finish(self, event: TokenEvent, whole: str, deltas: list[Delta]) -> None:
        said = self._said.getvalue()
        if event.token is None and not said:
            self._answer.add_text(whole, deltas)  # a whole answer in one event
            said = whole
        self._answer.close(deltas)
        if loose.mended(said) != loose.mended(whole):
            deltas.append(Replaced(_text_in(whole)))
        if usage := _usage(event.details):
            deltas.append(Counted(usage))
        deltas.append(Finished(by_length=self._by_length(event, whole)))
        self._finished = self.done = True

    def _by_length(self, event: TokenEvent, whole: str) -> bool:
        """Whether the answer was cut: its last token is then no special one."""
        if event.details is not None and event.details.finish_reason:
            return event.details.finish_reason == "length"
        if event.token is None or event.token.special:
            return False
        return not (self._stop and whole.endswith(self._stop))


def decode(data: bytes) -> TokenEvent | None:
    """The event in ``data``; None if it is no JSON object."""
    try:
        event = _decoder.decode(data)
    except (ValueError, RecursionError):
        return _decode_loosely(data)
    if event.token is None and event.generated_text is None:
        return _decode_loosely(data)  # an error, in any of its shapes
    return event


def _decode_loosely(data: bytes) -> TokenEvent | None:
    value = loose.decode(data)
    if isinstance(value, list) and value:
        value = value[0]  # a whole answer, from a server that does not stream
    if not isinstance(value, dict):
        return None
    token, details, whole = value.get("token"), value.get("details"), value.get("generated_text")
    unknown = not isinstance(token, dict) and whole is None
    return TokenEvent(
        token=_token(token) if isinstance(token, dict) else None,
        generated_text=None if whole is None else loose.text_of(whole),
        details=_details(details) if isinstance(details, dict) else None,
        error=value.get("error") or (value if unknown and message_of(value) else None),
    )


def _token(token: dict[str, Any]) -> Token:
    return Token(text=loose.text_of(token.get("text")), special=token.get("special") is True)


def _details(details: dict[str, Any]) -> Details:
    return Details(
        finish_reason=loose.text_of(details.get("finish_reason")) or None,
        generated_tokens=loose.count_of(details.get("generated_tokens")),
    )


def _usage(details: Details | None) -> Usage | None:
    count = loose.count_of(details.generated_tokens) if details is not None else None
    return None if count is None else Usage(completion_tokens=count)


def _text_in(whole: str) -> str:
    """The text of a whole answer, as its pieces would have given it."""
    deltas: list[Delta] = []
    answer = Answer()
    answer.add_text(whole, deltas)
    answer.close(deltas)
    return "".join(delta.text for delta in deltas if isinstance(delta, Text))
