"""The words of an answer on their way from a server's pieces to deltas."""

from chat.wire.deltas import Delta, Reasoning, Text
from chat.wire.loose import Mender, storable
from chat.wire.thinking import ThinkSplitter


class Answer:
    """Takes pieces of text and reasoning as the server sends them, gives storable deltas.

    Joins characters that are split between pieces and keeps ``<think>`` apart.
    """

    def __init__(self) -> None:
        self._text = Mender()
        self._reasoning = Mender()
        self._splitter = ThinkSplitter()
        self._plain = False  # pieces are text as they stand

    def add_text(self, piece: str, deltas: list[Delta]) -> None:
        """A piece of the answer."""
        if not piece:
            return
        if self._plain and "\0" not in piece and (piece.isascii() or storable(piece)):
            deltas.append(Text(piece))
        else:
            deltas.extend(self._splitter.feed(self._text.mend(piece)))
            self._plain = self._splitter.passes and not self._text.waits

    def add_reasoning(self, piece: str, deltas: list[Delta]) -> None:
        """A piece of the reasoning, sent apart from the answer."""
        if mended := self._reasoning.mend(piece):
            deltas.append(Reasoning(mended))

    def close(self, deltas: list[Delta]) -> None:
        """The answer has ended: what was held back is given."""
        if left := self._reasoning.close():
            deltas.append(Reasoning(left))
        deltas.extend(self._splitter.feed(self._text.close()))
        deltas.extend(self._splitter.close())
        self._plain = False
