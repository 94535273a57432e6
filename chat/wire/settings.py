"""How a person wants their answers made, as a page sends it; what is left out stays as it was."""

import re
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import UNSET, Meta, UnsetType

from chat.wire.commands import MAX_SYSTEM_PROMPT
from chat.wire.parameters import NO_NUL, Parameters

MAX_PROMPT = 20_000  # characters of a prompt that is kept


class AnswerSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which model answers, what it is told first, and how it chooses its words."""

    model: Annotated[str, Meta(max_length=200, pattern=NO_NUL)] | UnsetType = UNSET
    system_prompt: (
        Annotated[str, Meta(max_length=MAX_SYSTEM_PROMPT, pattern=NO_NUL)] | UnsetType
    ) = UNSET
    parameters: Parameters | UnsetType = UNSET


class PreferenceChanges(AnswerSettings, frozen=True, forbid_unknown_fields=True):
    """What a person wants of every new chat, and how they use the page."""

    enter_sends: bool | UnsetType = UNSET
    while_answering: Literal["queue", "stop"] | UnsetType = UNSET
    notify: bool | UnsetType = UNSET
    language: Annotated[str, Meta(max_length=10)] | UnsetType = UNSET
    may_improve: bool | UnsetType = UNSET


Name = Annotated[str, Meta(max_length=80, pattern=NO_NUL)]


class PresetValues(AnswerSettings, frozen=True, forbid_unknown_fields=True):
    """A named set of settings."""

    name: Name | UnsetType = UNSET


class PromptValues(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A named text."""

    name: Name | UnsetType = UNSET
    text: Annotated[str, Meta(max_length=MAX_PROMPT, pattern=NO_NUL)] | UnsetType = UNSET


class InvalidSettings(ValueError):
    """Values that cannot be taken; ``field`` is the one that is wrong, or "" for the whole."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


Kind = TypeVar("Kind", bound=msgspec.Struct)


def decode(body: bytes, kind: type[Kind]) -> dict[str, Any]:
    """The values in a JSON body that are of this kind, without those left out.

    Raises InvalidSettings.
    """
    try:
        values: dict[str, Any] = msgspec.to_builtins(msgspec.json.decode(body, type=kind))
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise InvalidSettings(_field(str(error))) from error
    return values


def _field(problem: str) -> str:
    """The last name on the path that msgspec gives: ``$.parameters.temperature``."""
    path = re.search(r"`\$((?:\.\w+)+)", problem)
    return path[1].rpartition(".")[2] if path else ""
