"""What can be wrong with a transcript."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

AT_ONCE = 500  # rows in memory


class Kind(StrEnum):
    """What is wrong."""

    CHANGED = "changed"
    REMOVED = "removed"
    ADDED = "added, or its link was taken out"
    RETURNED = "there again after it was erased"
    LINK = "its link was changed, moved or taken out"
    HEAD = "the head of the chain is not the one that was signed"
    HEADLESS = "the head of the chain is gone"
    UNRECORDED = "it is erased, and not all records of that are there"
    TEMPORARY = "it was made temporary, so that it would be erased"
    UNWRITTEN = "it is said to be being written, and nothing writes it"
    RUN = "what the model was asked for it was changed, or taken out"
    OWNER = "it was given to somebody else"
    PROMPT = "its system prompt was changed"
    CHAIN = "the chain of a whole conversation is gone"
    REGISTER = "the register of all chains is not the one that was signed"
    RECORD = "the record of its erasure is not the one that was signed"


@dataclass(frozen=True)
class Finding:
    """What is wrong with which message; None where it is the conversation's chain.

    Where not even the conversation is known any more, ``number`` is that of its head, or of
    the first of several, up to ``until``.
    """

    conversation: UUID | None
    message: UUID | None
    kind: Kind
    number: int | None = None
    until: int | None = None

    def __str__(self) -> str:
        if self.conversation is None:
            return f"{self.kind}{self._numbers()}"
        where = f"message {self.message}" if self.message else "all of it"
        return f"conversation {self.conversation}, {where}: {self.kind}"

    def _numbers(self) -> str:
        if self.until is not None:
            return f": each of the numbers {self.number} to {self.until}"
        return f": number {self.number}" if self.number else ""
