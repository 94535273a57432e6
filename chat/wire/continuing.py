"""How to ask for the rest of an answer where the server cannot simply go on from it."""

from chat.wire.request import Turn

GO_ON = (
    "Go on with your last answer exactly where it ends, in the middle of a word if need be. "
    "Repeat nothing of it and add no introduction."
)


def ask_to_go_on(turns: tuple[Turn, ...]) -> tuple[Turn, ...]:
    """The turns, of which the last is the unfinished answer, and one that asks for its rest."""
    return (*turns, Turn(role="user", content=GO_ON))
