"""What a run asks of a model server, in no dialect."""

from typing import Literal

import msgspec

from chat.wire.parameters import Parameters

Role = Literal["system", "user", "assistant"]


class Turn(msgspec.Struct, frozen=True):
    """One turn of the conversation as the model gets it."""

    role: Role
    content: str


class ChatRequest(msgspec.Struct, frozen=True):
    """Turns to answer. If ``continues``, the last turn is the assistant's own, to go on from."""

    model: str
    turns: tuple[Turn, ...]
    parameters: Parameters = Parameters()
    continues: bool = False


class ModelInfo(msgspec.Struct, frozen=True):
    """A model as its server describes it; ``context`` is in tokens where the server says."""

    name: str
    label: str = ""
    context: int | None = None
    prefills: bool = False  # a trailing assistant turn is gone on from, not answered
