"""The sampling parameters a person may set, with their bounds."""

from typing import Annotated

import msgspec
import msgspec.inspect
from msgspec import Meta

NO_NUL = r"^[^\x00]*$"  # PostgreSQL stores no text with that character

Word = Annotated[str, Meta(min_length=1, max_length=100, pattern=NO_NUL)]


class Parameters(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Sampling parameters; ``None`` leaves the choice to the model server's default.

    Every bound is checked on decoding, so nothing outside it goes upstream.
    """

    temperature: Annotated[float, Meta(ge=0, le=2)] | None = None
    top_p: Annotated[float, Meta(ge=0.01, le=1)] | None = None
    top_k: Annotated[int, Meta(ge=1, le=1000)] | None = None
    min_p: Annotated[float, Meta(ge=0, le=1)] | None = None
    repetition_penalty: Annotated[float, Meta(ge=0.1, le=2)] | None = None
    presence_penalty: Annotated[float, Meta(ge=-2, le=2)] | None = None
    frequency_penalty: Annotated[float, Meta(ge=-2, le=2)] | None = None
    max_tokens: Annotated[int, Meta(ge=1, le=131_072)] | None = None
    seed: Annotated[int, Meta(ge=0, le=2**31 - 1)] | None = None
    stop: Annotated[tuple[Word, ...], Meta(max_length=4)] | None = None


def bounds(name: str) -> tuple[float, float]:
    """The lowest and the highest value of a parameter that is a number."""
    kinds = msgspec.inspect.type_info(Parameters).fields  # type: ignore[attr-defined]
    (union,) = (field.type for field in kinds if field.name == name)
    number = next(kind for kind in union.types if hasattr(kind, "ge"))
    return number.ge, number.le
