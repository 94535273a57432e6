"""A conversation as text in each of the formats that people take along, piece by piece."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import msgspec
from django.utils.translation import gettext as _

from chat.models import Conversation
from chat.taking import reading, values

_encoder = msgspec.json.Encoder()


@dataclass(frozen=True)
class Format:
    """A way to write a conversation. With ``lines``, many of them share one file."""

    extension: str
    content_type: str
    write: Callable[[Conversation], Iterator[bytes]]
    lines: bool = False


def as_json(conversation: Conversation) -> Iterator[bytes]:
    """The project's own format: see ``values``."""
    head = _encoder.encode(reading.head(conversation))
    yield head[:-1] + b',"messages":['
    separator = b"\n"
    for message in reading.whole(conversation):
        yield separator + _encoder.encode(message)
        separator = b",\n"
    yield b"\n]}\n"


def as_markdown(conversation: Conversation) -> Iterator[bytes]:
    """The branch that is shown, to be read."""
    yield f"# {conversation.title or _('Untitled')}\n".encode()
    for message in reading.branch(conversation):
        yield f"\n## {_speaker(message)}\n\n{message.text.strip()}\n".encode()


def as_openai(conversation: Conversation) -> Iterator[bytes]:
    """The branch that is shown, as one line of the JSONL that OpenAI's API takes for chats."""
    yield b'{"messages":['
    separator = b""
    if conversation.system_prompt:
        yield _turn("system", conversation.system_prompt)
        separator = b","
    for message in reading.branch(conversation):
        if message.text:
            yield separator + _turn(message.role, message.text)
            separator = b","
    yield b"]}\n"


FORMATS = {
    "markdown": Format("md", "text/markdown; charset=utf-8", as_markdown),
    "json": Format("json", "application/json", as_json),
    "openai": Format("jsonl", "application/jsonl", as_openai, lines=True),
}


def _speaker(message: values.Message) -> str:
    if message.role == "user":
        return _("You")
    return f"{_('Answer')} ({message.model})" if message.model else _("Answer")


def _turn(role: str, content: str) -> bytes:
    return _encoder.encode({"role": role, "content": content})
