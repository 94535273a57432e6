"""What a model server says while it answers, whatever its dialect.

A decoder turns bytes into these values. They are what a backend yields and what
a run turns into events; nothing in them names an event, a URL or a class of ours.
"""

from typing import Any

import msgspec

from chat.wire.events import Usage


class Sent(msgspec.Struct, frozen=True):
    """A request is on its way: its body as sent, and which attempt this is, from 1."""

    body: dict[str, Any]
    attempt: int


class Text(msgspec.Struct, frozen=True):
    """A piece of the answer."""

    text: str


class Reasoning(msgspec.Struct, frozen=True):
    """A piece of the model's reasoning, shown apart from the answer."""

    text: str


class Replaced(msgspec.Struct, frozen=True):
    """The whole answer, where the server's final word differs from its pieces."""

    text: str


class Counted(msgspec.Struct, frozen=True):
    """The server's own count of tokens."""

    usage: Usage


class Finished(msgspec.Struct, frozen=True):
    """The server says the answer is whole: ``complete``, or cut by ``length``."""

    by_length: bool = False


class Failed(msgspec.Struct, frozen=True):
    """The server says that the answer failed; ``detail`` is one plain sentence or line."""

    detail: str


Delta = Sent | Text | Reasoning | Replaced | Counted | Finished | Failed
