"""The answer to ``POST {base}/chat/completions`` as it arrives."""

from chat.wire import loose
from chat.wire.deltas import Counted, Delta, Finished
from chat.wire.errors import WRONG_PAGE, message_of, reported
from chat.wire.events import Usage
from chat.wire.openai import chunks
from chat.wire.sentences import sentence
from chat.wire.sse import MAX_EVENT, ServerSentEvent
from chat.wire.stream import StreamDecoder

DONE = b"[DONE]"
BY_LENGTH = {"length", "max_tokens", "model_length"}
FAILURES = {
    "content_filter": sentence("The model server's content filter ended the answer."),
    "error": sentence("The model server ended the answer with an error and gives no reason."),
    "abort": sentence("The model server gave the answer up."),
}


class OpenAIDecoder(StreamDecoder):
    """See ``StreamDecoder``. After ``Finished`` only token counts follow."""

    wrong_kinds = {"page": WRONG_PAGE}

    def __init__(self, max_event: int = MAX_EVENT) -> None:
        super().__init__(max_event)
        self._usage: Usage | None = None

    def _take(self, event: ServerSentEvent, deltas: list[Delta], cut: bool = False) -> None:
        if self.done:
            return
        chunk = chunks.decode(event.data)
        if chunk is None or event.name == b"error":
            self._take_other(event, deltas, cut)
            return
        if chunk.choices:
            self._take_choice(chunk.choices[0], deltas)
        if chunk.usage is not None or chunk.timings is not None:
            self._count(chunk, deltas)
        if chunk.error is not None:
            self._fail(reported(message_of(chunk.error)), deltas)
        elif chunk.choices and (reason := chunk.choices[0].finish_reason):
            self._finish(reason, deltas)

    def _take_choice(self, choice: chunks.Choice, deltas: list[Delta]) -> None:
        self._understood = True
        piece = choice.delta
        if piece is None or self._finished:
            return
        if thought := piece.reasoning_content or piece.reasoning:
            self._answer.add_reasoning(thought, deltas)
        if text := piece.content or piece.refusal:
            self._answer.add_text(text, deltas)

    def _take_other(self, event: ServerSentEvent, deltas: list[Delta], cut: bool) -> None:
        """What is no chunk: the end mark, an error, or what nobody understands."""
        if event.data == DONE:
            self._end(deltas)
        elif event.name == b"error":
            self._fail_with(event.data, deltas)
        elif event.data.strip() != b"null":
            self._take_unread(event, deltas, cut)

    def _count(self, chunk: chunks.Chunk, deltas: list[Delta]) -> None:
        usage = chunks.usage_of(chunk)
        if usage is not None and usage != self._usage:
            self._usage = usage
            deltas.append(Counted(usage))

    def _finish(self, reason: str, deltas: list[Delta]) -> None:
        if self._finished:
            return
        if reason in FAILURES:
            self._fail(FAILURES[reason], deltas)
            return
        self._answer.close(deltas)
        self._finished = True
        deltas.append(Finished(by_length=reason in BY_LENGTH))

    def _fail_with(self, data: bytes, deltas: list[Delta]) -> None:
        """An event that is named an error: its message may be JSON or plain text."""
        value = loose.decode(data)
        plain = value is loose.UNREADABLE
        message = data.decode("utf-8", "replace") if plain else message_of(value)
        self._fail(reported(message), deltas)
