"""What a list shows of a message that a search found: an excerpt, as it is masked in the whole.

A message may be long and slow to mask, so only the surroundings of the words that are looked
for are read, until each of them was seen somewhere.
"""

from __future__ import annotations

from collections.abc import Sequence

from review.redaction import Redactor
from search import excerpts
from search.excerpts import Piece
from search.words import Wanted, composed, has_all, met, required

SHORT = 4_000  # characters of a text that is masked as a whole
AROUND = (
    500  # characters on either side of a word: an excerpt has fewer, even where some are masked
)
MOST_STRETCHES = 10  # of one text


def glimpse(text: str, asked: Sequence[Wanted], redactor: Redactor) -> list[Piece] | None:
    """The excerpt; None if not each word that has to be there is seen.

    So it is, too, if a word stands in very many places and is masked in all the first of them.
    """
    text = composed(text)
    seen = redactor.mask(text) if len(text) <= SHORT else _around(text, asked, redactor)
    return excerpts.excerpt(seen, asked) if has_all(seen, required(asked)) else None


def _around(text: str, asked: Sequence[Wanted], redactor: Redactor) -> str:
    """Masked stretches of a text, the one first where its excerpt begins."""
    told: list[str] = []
    missing, word, end = list(required(asked)), excerpts.place(text, asked), 0
    while word and len(told) < MOST_STRETCHES:
        stretch = max(0, word.start - AROUND), min(len(text), word.end + AROUND)
        told.append(f"… {redactor.mask_part(text, *stretch)} …")
        missing = [each for each in missing if not has_all(told[-1], [each])]
        if len(told) > 1:
            end = stretch[1]
        word = next(met(text, missing, end), None) if missing else None
    return "\n".join(told)
