"""From a branch of the conversation to the turns that a model gets, within its context.

Pure: values in, values out. What is left out, and why:

* answers that failed, and those without a word: servers refuse an empty turn, and a broken
  one misleads the model. An answer that was stopped, cut or interrupted after some words
  is sent as it stands. Reasoning is never sent back.
* the oldest turns, whole, until the rest fits. The first turn that stays is the person's.

What alternation needs: two turns of the person in a row, left by an answer that was left
out, become one, so that nothing the person said is lost; said twice, it stands once.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from chat.wire.parameters import Parameters
from chat.wire.request import Role, Turn
from chat.wire.sentences import sentence

ANSWER = 1024  # tokens of an answer, where the person has not said how long it may be
LEAST_ANSWER = 128  # tokens: with less room there is no use in asking
LONGEST_PAST = 1_000_000  # characters of a branch that are read for an unknown context
TURN = 8  # tokens that a model's template puts around a turn
ASCII_CHARACTERS_A_TOKEN = 3.5  # a little less than English text has, about what code has
NO_SYSTEM_ROLE = ("h2o-danube-", "h2o-danube2-", "h2o-danube3-")  # their templates refuse it

#: By whether the turn stands alone, and whether there is a system prompt.
TOO_LONG = {
    (True, False): sentence(
        "This message is about {length} tokens long, and this model can read and write {context} "
        "in all. Please shorten it, or choose a model that reads more."
    ),
    (True, True): sentence(
        "This message together with the system prompt is about {length} tokens long, and this "
        "model can read and write {context} in all. Please shorten it, or choose a model that "
        "reads more."
    ),
    (False, False): sentence(
        "The answer with its question is about {length} tokens long, and this model can read and "
        "write {context} in all. Please shorten it, or choose a model that reads more."
    ),
    (False, True): sentence(
        "The answer with its question together with the system prompt is about {length} tokens "
        "long, and this model can read and write {context} in all. Please shorten it, or choose a "
        "model that reads more."
    ),
}


class PromptError(ValueError):
    """What must be sent does not fit into the model's context; its text is a sentence."""


class PastTurn(Protocol):
    """A turn of the branch: a message as it is stored."""

    @property
    def role(self) -> str:
        """Who said it, ``user`` or ``assistant``."""

    @property
    def text(self) -> str:
        """What was said, without reasoning."""

    @property
    def status(self) -> str:
        """How the answer ended."""


@dataclass(frozen=True)
class Prompt:
    """What to ask. ``prompt_tokens`` is an estimate, see ``estimate``.

    ``turns_cut`` counts the turns that the context had no room for. ``parameters`` are the
    person's, with an answer length that fits beside the prompt where the context is known.
    """

    turns: tuple[Turn, ...]
    turns_cut: int
    prompt_tokens: int
    parameters: Parameters


def build(
    path: Sequence[PastTurn],
    *,
    system_prompt: str = "",
    context: int | None = None,
    parameters: Parameters = Parameters(),  # noqa: B008 - an immutable value
    continues: bool = False,
    system_role: bool = True,
    unread: int = 0,
) -> Prompt:
    """The prompt for a branch, root first; its last turn is the one to answer.

    ``unread`` turns stand before the path: more than have room, by ``most_characters``.

    With ``continues`` the last turn is the answer to go on from, and stays whatever its end.
    ``context`` is how many tokens the model reads and writes in all; unknown, nothing of
    the path is cut. Without a ``system_role`` the system prompt begins the person's first turn.
    Raises PromptError if the last turns alone are too long.
    """
    past, last = (path[:-1], path[-1:]) if continues else (path, path[:0])
    turns = _merged([*_sendable(past), *(Turn(_role(each.role), each.text) for each in last)])
    system = _system(system_prompt)
    wanted = parameters.max_tokens or ANSWER
    known = _from_the_person(turns) if unread else turns
    kept = known if context is None else _fitting(system, known, context, wanted)
    sent = (*system, *kept) if system_role else _folded(system_prompt.strip(), kept)
    tokens = prompt_tokens(sent)
    if context is not None:
        parameters = _with_length(parameters, min(wanted, max(1, context - tokens)))
    return Prompt(sent, unread + len(turns) - len(kept), tokens, parameters)


def most_characters(context: int | None) -> int:
    """How much of a branch, from its end, has to be read to fill a context.

    Twice what has room: an answer that failed is left out, and what is said twice stands once.
    """
    return LONGEST_PAST if context is None else int(2 * context * ASCII_CHARACTERS_A_TOKEN)


def system_size(system_prompt: str) -> int:
    """How many tokens a system prompt takes, estimated."""
    return prompt_tokens(_system(system_prompt))


def turn_sizes(path: Iterable[PastTurn]) -> list[int]:
    """How many tokens each turn of a branch takes that is sent, oldest first, estimated."""
    return [prompt_tokens([turn]) for turn in _merged(_sendable(path))]


def has_system_role(model: str) -> bool:
    """Whether the model's template knows a system role, as far as is known of H2O's models."""
    return not any(name in model for name in NO_SYSTEM_ROLE)


def prompt_tokens(turns: Iterable[Turn]) -> int:
    """How many tokens these turns take, estimated."""
    return sum(TURN + estimate(turn.content) for turn in turns)


def estimate(text: str) -> int:
    """How many tokens a text takes, estimated from its characters; rather too many than too few.

    3.5 ASCII characters make a token, and every other character is one: an accented letter
    or an ideograph takes about that in the vocabularies of the models in use.
    """
    others = sum(not character.isascii() for character in text) if not text.isascii() else 0
    return others + -int(-(len(text) - others) // ASCII_CHARACTERS_A_TOKEN)


def _system(system_prompt: str) -> list[Turn]:
    return [Turn("system", system_prompt)] if system_prompt.strip() else []


def _sendable(path: Iterable[PastTurn]) -> list[Turn]:
    """What was said, without the answers that a model should not see."""
    return [
        Turn(_role(each.role), each.text)
        for each in path
        if each.role == "user" or (each.text.strip() and each.status != "failed")
    ]


def _role(role: str) -> Role:
    return "user" if role == "user" else "assistant"


def _merged(turns: Iterable[Turn]) -> list[Turn]:
    """The turns with alternating roles."""
    merged: list[Turn] = []
    for turn in turns:
        if not merged or merged[-1].role != turn.role:
            merged.append(turn)
        elif merged[-1].content != turn.content:
            merged[-1] = Turn(turn.role, f"{merged[-1].content}\n\n{turn.content}")
    return merged


def _fitting(system: list[Turn], turns: list[Turn], context: int, wanted: int) -> list[Turn]:
    """As many of the newest turns as leave room for the answer, the first one the person's."""
    room = min(wanted, context // 2)
    tokens = prompt_tokens(system + turns)
    start = 0
    while tokens > context - room and (following := _next_of_the_person(turns, start)):
        tokens -= prompt_tokens(turns[start:following])
        start = following
    if tokens > context - min(LEAST_ANSWER, room):
        raise PromptError(_too_long(system, turns[start:], context))
    return turns[start:]


def _from_the_person(turns: list[Turn]) -> list[Turn]:
    return turns if turns[0].role == "user" else turns[_next_of_the_person(turns, 0) or 0 :]


def _next_of_the_person(turns: list[Turn], start: int) -> int | None:
    return next((at for at in range(start + 1, len(turns)) if turns[at].role == "user"), None)


def _too_long(system: list[Turn], turns: list[Turn], context: int) -> str:
    length, is_turn_alone = prompt_tokens(system + turns), len(turns) == 1
    return TOO_LONG[is_turn_alone, bool(system)].format(
        length=f"{length:,}", context=f"{context:,}"
    )


def _folded(system_prompt: str, turns: Sequence[Turn]) -> tuple[Turn, ...]:
    if not system_prompt or not turns or turns[0].role != "user":
        return tuple(turns)
    first = Turn("user", f"{system_prompt}\n\n{turns[0].content}")
    return (first, *turns[1:])


def _with_length(parameters: Parameters, max_tokens: int) -> Parameters:
    names = Parameters.__struct_fields__
    values = {name: getattr(parameters, name) for name in names}
    return Parameters(**values | {"max_tokens": max_tokens})
