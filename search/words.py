"""From a text to the words it can be found by, and from what is typed to what is wanted.

Pure. A word is found by its form, lower case and without accents, and by its stem, so
that "programs" finds "programming" and «столы» finds «столов». Both databases get these
same words, so they find the same; PostgreSQL's dictionaries use the same Snowball rules.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import Stemmer

INDEXED = 200_000  # characters of one text that can be found
LONGEST = 64  # characters of a word
MOST_TYPED = 200  # characters of what is typed
MOST_WANTED = 12  # words
START = 3  # letters by which a beginning has a term of its own: such beginnings are many

# Ideographs and kana stand without spaces, so each of them is a word.
_ALONE = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[{_ALONE}]|[^\W_{_ALONE}]+")

_PLAIN = frozenset("0123456789abcdefghijklmnopqrstuvwxyzабвгдежзийклмнопрстуфхцчшщъыьэюя")

_stemmers = threading.local()  # one of them must not be used by two threads at once


class Word(NamedTuple):
    """One word of a text and where it stands."""

    form: str
    stem: str
    start: int
    end: int


@dataclass(frozen=True)
class Wanted:
    """One word of a query; the last one may be only begun."""

    form: str
    stem: str
    is_begun: bool = False

    def is_met_by(self, form: str, stem: str) -> bool:
        """Whether a word of a text is one that is wanted."""
        return stem == self.stem or (self.is_begun and form.startswith(self.form))


def composed(text: str) -> str:
    """The text with each accented letter as one character, cut to what can be found."""
    return unicodedata.normalize("NFC", text[:INDEXED])


def words(text: str, begin: int = 0) -> Iterator[Word]:
    """The words of a composed text, in order, from a place on."""
    for found in _WORD.finditer(text, begin):
        yield Word(*_analysed(found[0]), found.start(), found.end())


def words_from(text: str, letters: Container[str]) -> Iterator[Word]:
    """Those words whose form begins with one of these letters, and some that may not."""
    for found in _WORD.finditer(text):
        first = text[found.start()].lower()
        if first in letters or first not in _PLAIN:
            yield Word(*_analysed(found[0]), found.start(), found.end())


def met(text: str, asked: Sequence[Wanted], begin: int = 0, end: int = INDEXED) -> Iterator[Word]:
    """Those words of this stretch of a composed text that are wanted, in order."""
    stems = {word.stem for word in asked}
    begun = tuple(word.form for word in asked if word.is_begun)
    firsts = {each[:1] for each in (*stems, *begun)}  # a stem begins as its words do
    for found in _WORD.finditer(text, begin, end):
        first = text[found.start()].lower()
        if first in _PLAIN and first not in firsts:
            continue
        form, stem = _analysed(found[0])
        if stem in stems or form.startswith(begun):
            yield Word(form, stem, found.start(), found.end())


def stems_and_terms(text: str) -> tuple[str, set[str]]:
    """The stems of a text, in order, with a space between; and all that it can be found by."""
    analysed = [_analysed(found) for found in _WORD.findall(text)]
    terms: set[str] = set()
    for form, stem in set(analysed):
        terms |= {form, stem}
        if len(form) >= START:
            terms.add(start(form))
    return " ".join([stem for _, stem in analysed]), terms


def start(form: str) -> str:
    """The term for all words that begin like this one."""
    return f"^{form[:START]}"


def wanted(typed: str) -> tuple[Wanted, ...]:
    """The words of a query. One that is still being typed stands at the end of it."""
    text = composed(typed[:MOST_TYPED])
    found = list(words(text))[:MOST_WANTED]
    return tuple(Wanted(word.form, word.stem, word.end == len(text)) for word in found)


def required(asked: Sequence[Wanted]) -> Sequence[Wanted]:
    """The words that have to be there: all but one of which too few letters are typed yet."""
    is_too_short = len(asked) > 1 and asked[-1].is_begun and len(asked[-1].form) < START
    return asked[:-1] if is_too_short else asked


def has_all(text: str, asked: Sequence[Wanted]) -> bool:
    """Whether each of these words is in a text."""
    found = {(word.form, word.stem) for word in met(composed(text), asked)}
    return all(any(each.is_met_by(*word) for word in found) for each in asked)


@lru_cache(maxsize=32_768)
def _analysed(word: str) -> tuple[str, str]:
    """A word's form and stem."""
    form = _form(word)
    if "а" <= form[0] <= "я":
        return form, _stemmer("russian").stemWord(form)
    has_stem = form.isascii() and not form.isdigit()
    return form, _stemmer("english").stemWord(form) if has_stem else form


def _form(word: str) -> str:
    folded = word.casefold()
    if not folded.isascii():
        folded = folded.replace("ё", "е").replace("й", "\0")  # whose breve is no accent
        plain = unicodedata.normalize("NFKD", folded)
        kept = "".join(each for each in plain if each.isalnum() or each == "\0")
        folded = kept.replace("\0", "й") or word
    return folded[:LONGEST]


def _stemmer(language: str) -> Stemmer.Stemmer:
    if not hasattr(_stemmers, language):
        setattr(_stemmers, language, Stemmer.Stemmer(language))
    return getattr(_stemmers, language)
