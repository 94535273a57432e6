"""Reasoning that a model writes into its answer as ``<think>…</think>``.

Only a tag at the start of the answer counts, white space before it aside; later ones are
part of the text, because people ask about such tags. Tags may be split at any character.
"""

from typing import Literal

from chat.wire.deltas import Reasoning, Text

OPEN = "<think>"
CLOSE = "</think>"
MAX_LEADING_SPACE = 256  # characters held back while a tag may still follow

State = Literal["start", "opened", "thinking", "thought", "text"]


class ThinkSplitter:
    """Feed the pieces of an answer, take text and reasoning apart. Empty pieces are never given.

    Holds at most the white space before a tag and one unfinished tag.
    """

    def __init__(self) -> None:
        self._state: State = "start"
        self._held = ""

    @property
    def passes(self) -> bool:
        """Whether every further piece is text as it stands."""
        return self._state == "text"

    def feed(self, piece: str) -> list[Text | Reasoning]:
        """What ``piece`` says, as far as it is certain."""
        pieces: list[Text | Reasoning] = []
        rest = self._held + piece
        self._held = ""
        while rest and self._state != "text":
            if self._state in ("opened", "thinking"):
                rest = self._think(rest, pieces)
            else:
                rest = self._open(rest)
        if rest:
            pieces.append(Text(rest))
        return pieces

    def close(self) -> list[Text | Reasoning]:
        """What was held back, now that nothing follows."""
        held, self._held = self._held, ""
        if self._state in ("opened", "thinking"):
            return [Reasoning(held)] if held else []
        if self._state == "thought":
            held = held.lstrip()
        self._state = "text"
        return [Text(held)] if held else []

    def _open(self, rest: str) -> str:
        """Before the text: what is left to read of ``rest``; undecided characters are held."""
        visible = rest.lstrip()
        if visible.startswith(OPEN):
            self._state = "opened"
            return visible[len(OPEN) :]
        undecided = OPEN.startswith(visible) and len(rest) <= MAX_LEADING_SPACE
        if undecided:
            self._held = rest
            return ""
        after_thinking = self._state == "thought"
        self._state = "text"
        return visible if after_thinking else rest

    def _think(self, rest: str, pieces: list[Text | Reasoning]) -> str:
        """Inside the tag: takes the reasoning out of ``rest`` and gives what follows it."""
        if self._state == "opened":
            rest = rest.lstrip("\n")
            self._state = "thinking" if rest else "opened"
        thought, closed, after = rest.partition(CLOSE)
        if closed:
            self._state = "thought"
        else:
            thought, self._held = _without_tag_start(rest)
        if thought:
            pieces.append(Reasoning(thought))
        return after


def _without_tag_start(text: str) -> tuple[str, str]:
    """``text`` in two: what is surely no tag, and an end that may be the start of ``CLOSE``."""
    start = text.rfind("<", -len(CLOSE) + 1)
    if start >= 0 and CLOSE.startswith(text[start:]):
        return text[:start], text[start:]
    return text, ""
