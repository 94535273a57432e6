"""Personal data in what people wrote: found, and put out of sight.

A hit has to prove itself where it can: a card by Luhn's check digit, an IBAN by its own and
its country's length, a telephone number by the numbering plan. What a name is nobody can
prove: only those of a list are found, in any case of their declension.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address

from phonenumbers import Leniency, PhoneNumberMatcher
from stdnum import iban, luhn

from search.words import Word, words

Span = tuple[int, int, str]  # from, to, kind
LONGEST = 8  # words of a name

_SECRETS = re.compile(r"(?i)\b[a-z][a-z0-9+.-]{1,20}://([^\s/@]{1,200})@")
_MAIL = re.compile(r"(?<![\w.+%-])[\w.+%-]{1,64}@(?:[\w-]{1,63}\.){1,8}[^\W\d_][\w-]{1,62}")
_IBAN = re.compile(r"(?i)\b[a-z]{2}\d{2}(?: ?[a-z0-9]){11,30}")
_CARD = re.compile(r"(?<![\d.,])[2-6](?:[ -]?\d){12,18}(?![\d])")
_V4 = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?!\.?\d)")
# Those of the whole world begin with four digits; less is a time, or a name in a program.
_V6 = re.compile(r"(?i)(?<![\w:])[0-9a-f]{4}:(?:[0-9a-f]{0,4}:){1,6}[0-9a-f]{0,4}(?![\w:])")
_CYRILLIC = re.compile("[а-я]")
_ENDINGS = frozenset(
    " а е и й о у ы ь ю я ая ее ей ем ею ея ия ии ий ие ию им ой ом ою ую ым юю яя"
    " его ему еем ием ией ого ому".split(" ")
)
_DIALLED = re.compile(r"\d(?:[^\d\n]{0,3}\d){6}")  # as many digits as a telephone number has


@dataclass(frozen=True)
class Redactor:
    """Masks texts, by ``[mail]``, ``[phone]``, ``[card]``, ``[iban]``, ``[ip]`` and more.

    ``regions`` are those whose numbers are known without their country's code. A name with
    a capital is found where it has one, a name without in any writing.
    """

    regions: tuple[str, ...] = ("RU", "US")
    names: tuple[str, ...] = ()

    def mask(self, text: str) -> str:
        """The text with each hit replaced by its kind in brackets."""
        told: list[str] = []
        at = 0
        for start, end, kind in self.hits(text):
            told += (text[at:start], f"[{kind}]")
            at = end
        return "".join(told) + text[at:]

    def hits(self, text: str) -> list[Span]:
        """What is found, in order, none over another: the surer kind goes first."""
        taken = bytearray(len(text))
        found = []
        for find in (_secrets, _mails, _ibans, _cards, _addresses, self._phones, self._names):
            for start, end, kind in find(text):
                if not any(taken[start:end]):
                    found.append((start, end, kind))
                    taken[start:end] = b"\1" * (end - start)
        return sorted(found)

    def _phones(self, text: str) -> Iterator[Span]:
        if not _DIALLED.search(text):
            return
        for region in self.regions or (None,):
            for found in PhoneNumberMatcher(text, region, Leniency.VALID, len(text)):
                yield found.start, found.end, "phone"

    def _names(self, text: str) -> Iterator[Span]:
        wanted = _by_first(self.names)
        said = list(words(text)) if wanted else []
        for at, word in enumerate(said):
            names = (name for base in _bases(word.form) for name in wanted.get(base, ()))
            fitting = [len(name) for name in names if _is_said(name, text, said[at : at + LONGEST])]
            if fitting:
                yield word.start, said[at + max(fitting) - 1].end, "name"


Name = tuple[tuple[str, bool], ...]  # of each word: what stays in all cases; has it a capital?


def _by_first(names: Iterable[str]) -> dict[str, list[Name]]:
    found: dict[str, list[Name]] = {}
    for name in names:
        parts = tuple((_base(word.form), name[word.start].isupper()) for word in words(name))
        if parts:
            found.setdefault(parts[0][0], []).append(parts)
    return found


def _base(form: str) -> str:
    """What stays of a Russian name in every case; another is never declined."""
    return form.rstrip("аеийоуыьюя") or form if _CYRILLIC.match(form) else form


def _bases(form: str) -> set[str]:
    """All that a word may be a case of."""
    if not _CYRILLIC.match(form):
        return {form}
    return {
        form[: len(form) - length] for length in range(4) if form[len(form) - length :] in _ENDINGS
    }


def _is_said(name: Name, text: str, said: list[Word]) -> bool:
    return len(said) >= len(name) and all(
        base in _bases(word.form) and (text[word.start].isupper() or not has_capital)
        for word, (base, has_capital) in zip(said, name, strict=False)
    )


def _secrets(text: str) -> Iterator[Span]:
    for found in _SECRETS.finditer(text):
        yield found.start(1), found.end(1), "secret"


def _mails(text: str) -> Iterator[Span]:
    for found in _MAIL.finditer(text):
        yield found.start(), found.end(), "mail"


def _ibans(text: str) -> Iterator[Span]:
    for found in _IBAN.finditer(text):
        start = found.start()
        # The words after it look like more of it, so it is the longest beginning that is one.
        for end in range(found.end(), start + 14, -1):
            if text[end - 1] != " " and iban.is_valid(text[start:end]):
                yield start, end, "iban"
                break


def _cards(text: str) -> Iterator[Span]:
    for found in _CARD.finditer(text):
        if luhn.is_valid(re.sub(r"[ -]", "", found[0])):
            yield found.start(), found.end(), "card"


def _addresses(text: str) -> Iterator[Span]:
    for pattern, address in ((_V4, IPv4Address), (_V6, IPv6Address)):
        for found in pattern.finditer(text):
            try:
                known = address(found[0])
            except AddressValueError:
                continue
            if not known.is_loopback and not known.is_unspecified:  # which are nobody's
                yield found.start(), found.end(), "ip"
