"""A part of a text in which the words that were looked for stand, and where they stand in it.

Pure. Pieces are text and nothing else: whoever shows them makes the marks.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from search.words import Wanted, Word, composed, met

# What only Markdown reads: the beginnings of lines, the rules and bars of tables, emphasis, code.
_MARKS = re.compile(
    r"^[ \t>]*(?:#{1,6}|[-*+]|\d{1,3}[.)])[ \t]+(?:\[[ xX]\][ \t])?|^[ \t]*>[ \t]?"
    r"|^[ \t]*[|:-][-|: \t]{2,}$|^[ \t]*\||\|[ \t]*$|(?:\*\*|~~)(?=\S)|(?<=\S)(?:\*\*|~~)|`",
    re.MULTILINE,
)
_GONE = "\0"  # stands in their places, so that all the others stay
LENGTH = 180  # characters of an excerpt
LEAD = 50  # of them before the first word that is marked
MOST_MARKS = 200  # places that are looked at


@dataclass(frozen=True)
class Piece:
    """A stretch of text; ``is_hit`` if it is a word that was looked for."""

    text: str
    is_hit: bool = False


def marked(text: str, wanted: Sequence[Wanted]) -> list[Piece]:
    """All of a text, in pieces."""
    text = composed(text)
    return _pieces(text, list(islice(met(text, wanted), MOST_MARKS)), 0, len(text))


def excerpt(text: str, wanted: Sequence[Wanted]) -> list[Piece]:
    """The part of a text that has most of what is wanted, in pieces."""
    text = composed(text)
    hits = _hits(text, wanted)
    best = _best(hits, wanted)
    begin = _word_start(text, max(0, best.start - LEAD) if best else 0)
    end = _word_end(text, begin + LENGTH)
    pieces = _pieces(_without_marks(text, begin, end), hits, begin, end)
    before, after = ["…"] * (begin > 0), ["…"] * (end < len(text))
    return [*map(Piece, before), *pieces, *map(Piece, after)]


def place(text: str, wanted: Sequence[Wanted]) -> Word | None:
    """The word before which the excerpt of a composed text begins."""
    return _best(_hits(text, wanted), wanted)


def _best(hits: Sequence[Word], wanted: Sequence[Wanted]) -> Word | None:
    return max(hits, key=lambda hit: _kinds_near(hit, hits, wanted), default=None)


def _hits(text: str, wanted: Sequence[Wanted]) -> list[Word]:
    """The places of wanted words, up to the end of an excerpt that has them all."""
    hits: list[Word] = []
    last: dict[Wanted, int] = {}  # where each was seen
    for word in islice(met(text, wanted), MOST_MARKS):
        hits.append(word)
        last |= {each: word.start for each in wanted if each.is_met_by(word.form, word.stem)}
        begin = min(last.values())
        if len(last) == len(set(wanted)) and word.start < begin + LENGTH - LEAD:
            return hits + list(met(text, wanted, word.end, begin + LENGTH))
    return hits


def _kinds_near(hit: Word, hits: Sequence[Word], wanted: Sequence[Wanted]) -> int:
    """How many of the wanted words an excerpt has that begins at this one."""
    near = [each for each in hits if hit.start <= each.start < hit.start + LENGTH - LEAD]
    return sum(any(each.is_met_by(word.form, word.stem) for word in near) for each in wanted)


def _word_start(text: str, at: int) -> int:
    """Where the word after this place begins, unless that is far off."""
    space = text.find(" ", at, at + LEAD // 2) if at else -1
    return space + 1 if space >= 0 else at


def _word_end(text: str, at: int) -> int:
    """Where the last whole word before this place ends."""
    if at >= len(text):
        return len(text)
    space = text.rfind(" ", at - LEAD, at)
    return space if space >= 0 else at


def _without_marks(text: str, begin: int, end: int) -> str:
    """The text, with every mark in this stretch of it replaced by as many that are left out."""
    plain = _MARKS.sub(lambda mark: _GONE * len(mark[0]), text[begin:end])
    return text[:begin] + plain + text[end:]


def _pieces(text: str, hits: Sequence[Word], begin: int, end: int) -> list[Piece]:
    pieces: list[Piece] = []
    at = begin
    for hit in hits:
        if begin <= hit.start and hit.end <= end:
            pieces += [Piece(text[at : hit.start]), Piece(text[hit.start : hit.end], True)]
            at = hit.end
    pieces.append(Piece(text[at:end]))
    plain = (Piece(piece.text.replace(_GONE, ""), piece.is_hit) for piece in pieces)
    return [piece for piece in plain if piece.text]
