"""Which of the entries that match come first.

Pure. The words' counts, damped and set against the length of the text, as BM25 does it;
words that stand together in the order they were asked for weigh more, and among much the
same the newer comes first. How rare a word is plays no part: all of them are there.
"""

from __future__ import annotations

from collections.abc import Sequence

from search.words import Wanted

DAMPING, LENGTHS, USUAL = 1.2, 0.75, 600  # k1 and b as they are usually set; characters
TOGETHER = 1.0  # what a phrase adds to the weight of each of its words
FRESHNESS = 0.1  # what the newest of a window gets over the oldest


def ranked(entries: Sequence[tuple[int, str]], wanted: Sequence[Wanted]) -> list[int]:
    """The ids of entries, given with their stems and the newest first, best first."""
    many = len(entries)
    weights = {
        entry: _relevance(stems, wanted) * (1 + FRESHNESS * (many - place) / many)
        for place, (entry, stems) in enumerate(entries)
    }
    return sorted(weights, key=lambda entry: -weights[entry])


def _relevance(stems: str, wanted: Sequence[Wanted]) -> float:
    text = f" {stems} "
    room = DAMPING * (1 - LENGTHS + LENGTHS * len(stems) / USUAL)
    counts = [_count(word, text) for word in wanted]
    relevance = sum(count / (count + room) for count in counts)
    phrase = "".join(f" {word.stem}" for word in wanted)
    if len(wanted) > 1 and phrase in text:
        relevance += TOGETHER * len(wanted) / (1 if f"{phrase} " in text else 2)
    return relevance


def _count(word: Wanted, text: str) -> float:
    """How often a word is there; one that only begins like it counts half."""
    whole = text.count(f" {word.stem} ")
    if not word.is_begun:
        return max(1, whole)
    return (whole + text.count(f" {word.stem}")) / 2
