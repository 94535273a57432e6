"""What a browser may ask on the chat socket: one tagged struct a command.

Unknown keys are refused and sizes are bounded. Ids are made by the browser.
"""

import json
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from chat.wire.parameters import NO_NUL, Parameters
from chat.wire.sentences import sentence

MAX_TEXT = 200_000  # characters of one turn
MAX_SYSTEM_PROMPT = 20_000  # characters
MAX_FRAME = 1_000_000  # bytes of one command: the longest turn, escaped, with room to spare

REASON = 200  # characters of what is wrong: it may repeat the frame

NOT_UNDERSTOOD = sentence("This command is not understood: {reason}.")

ModelName = Annotated[str, Meta(min_length=1, max_length=200, pattern=NO_NUL)]


class _Command(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class Say(_Command, frozen=True, tag="say"):
    """Store a turn and answer it. Editing is saying with the parent of the edited message."""

    id: UUID
    conversation: UUID
    parent: UUID | None
    text: str
    reply: UUID
    model: ModelName | None = None
    parameters: Parameters | None = None
    system_prompt: str | None = None
    temporary: bool = False


class Retry(_Command, frozen=True, tag="retry"):
    """Write another answer beside ``message``; ``model`` is of this answer alone."""

    message: UUID
    reply: UUID
    model: ModelName | None = None
    parameters: Parameters | None = None
    system_prompt: str | None = None


class Continue(_Command, frozen=True, tag="continue"):
    """Go on where the unfinished answer ``message`` ends."""

    message: UUID
    run: UUID
    parameters: Parameters | None = None
    system_prompt: str | None = None


class Follow(_Command, frozen=True, tag="follow"):
    """Send everything after event number ``after``, then live."""

    run: UUID
    after: Annotated[int, Meta(ge=0, le=2**53)]


class Stop(_Command, frozen=True, tag="stop"):
    """End the run now and keep what there is."""

    run: UUID


class Ping(_Command, frozen=True, tag="ping"):
    """Is anybody there?"""


Command = Say | Retry | Continue | Follow | Stop | Ping

_decoder: msgspec.json.Decoder[Command] = msgspec.json.Decoder(Command)


class InvalidCommand(ValueError):
    """A frame that is no command; its text is a sentence for the person."""


def decode(frame: str | bytes) -> Command:
    """The command in a frame. Raises InvalidCommand with a sentence that says what is wrong."""
    try:
        return _decoder.decode(frame)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise InvalidCommand(NOT_UNDERSTOOD.format(reason=str(error)[:REASON])) from error


class Envelope(msgspec.Struct, frozen=True):
    """What can be read of a refused frame, so that the page knows which one was refused."""

    type: str | None = None
    id: UUID | None = None
    run: UUID | None = None


def read_envelope(frame: str | bytes) -> Envelope:
    """The type and the ids of a frame as far as they can be read; empty where they cannot."""
    try:
        value = json.loads(frame)
    except (ValueError, RecursionError):
        return Envelope()
    if not isinstance(value, dict):
        return Envelope()
    name = value.get("type")
    return Envelope(
        type=_printable(name[:40]) if isinstance(name, str) else None,
        id=_uuid(value.get("id")) or _uuid(value.get("reply")),
        run=_uuid(value.get("run")),
    )


def _printable(name: str) -> str:
    """Without halves of characters, which no answer can be written with."""
    return name.encode("utf-8", "replace").decode()


def _uuid(value: object) -> UUID | None:
    try:
        return UUID(value) if isinstance(value, str) else None
    except ValueError:
        return None
