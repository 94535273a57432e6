"""Personal data in what people wrote: found, and put out of sight.

A hit has to prove itself where it can: a card by Luhn's check digit, an IBAN by its own and
its country's length, a telephone number by the numbering plan, the number that a state gives
to a person by its check digits or its form. What a name is nobody can
prove: only those of a list are found, in any case of their declension.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from itertools import islice

from stdnum import iban, luhn
from stdnum.ru import inn
from stdnum.us import ssn

from review.telephones import telephones
from search.words import Word, words, words_from

Span = tuple[int, int, str]  # from, to, kind
LONGEST = 8  # words of a name
REACH = 700  # characters, of which no hit has more

_SECRETS = re.compile(r"(?i)\b[a-z][a-z0-9+.-]{1,20}://([^\s/@]{1,200})@")
_MAIL = re.compile(
    r"(?<![\w.+%-])[\w.+%-][\w.+%'’-]{0,63}@(?:[\w-]{1,63}\.){1,8}[^\W\d_][\w-]{1,62}"
)
_IBAN = re.compile(r"\b[A-Za-z]{2}[0-9]{2}(?: ?[A-Za-z0-9]){11,30}")
_FOURS = re.compile(r"(?<![\d.,])[2-6]\d{3}([ .-])\d{4}\1\d{4}\1\d{4}(?!\d)")
_CARD = re.compile(r"(?<![\d.,])[2-6](?:[ -]?\d){12,18}(?![\d])")
_SSN = re.compile(r"(?<![\d-])\d{3}-\d{2}-\d{4}(?![\d-])")
_SNILS = re.compile(r"(?<![\d-])\d{3}-\d{3}-\d{3}[ -]\d{2}(?![\d-])")
_INN = re.compile(r"(?<![\d.,-])\d{12}(?![\d.,-]\d|\d)")
_V4 = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?!\.?\d)")
# Those of the whole world begin with four digits; less is a time, or a name in a program.
_V6 = re.compile(r"(?i)(?<![\w:])[0-9a-f]{4}:(?:[0-9a-f]{0,4}:){1,6}[0-9a-f]{0,4}(?![\w:])")
_BREAK = re.compile(r"\n|[,;!?]\s")  # numbers in a row are told apart from their beginning on
_CYRILLIC = re.compile("[а-я]")
_ENDINGS = frozenset(
    " а е и й о у ы ь ю я ая ее ей ем ею ея ия ии ий ие ию им ой ом ою ую ым юю яя"
    " его ему еем ием ией ого ому".split(" ")
)


@dataclass(frozen=True)
class Redactor:
    """Masks texts, by ``[mail]``, ``[phone]``, ``[card]``, ``[iban]``, ``[ip]`` and more.

    ``regions`` are those whose telephones are known without their country's code, and whose
    people's numbers are known: SSN (US), SNILS and INN (RU). A name with
    a capital is found where it has one, a name without in any writing.
    """

    regions: tuple[str, ...] = ("RU", "US")
    names: tuple[str, ...] = ()

    def mask(self, text: str) -> str:
        """The text with each hit replaced by its kind in brackets."""
        return _masked(text, self.hits(text), 0, len(text))

    def mask_part(self, text: str, begin: int, end: int) -> str:
        """A stretch of a text, as it is masked in all of it, though only what is near is read.

        A hit that only begins or ends in it is put out of sight as a whole.
        """
        first = _break_before(text, max(0, begin - REACH))
        near = text[first : end + REACH]
        return _masked(near, self.hits(near), begin - first, end - first)

    def hits(self, text: str) -> list[Span]:
        """What is found, in order, none over another: the surer kind goes first."""
        taken = bytearray(len(text))
        found: list[Span] = []
        for find in (_secrets, _mails, _ibans, _cards, _addresses, *self._of_persons):
            found += _free(find(text), taken)
        found += _free(self._phones(_without(text, found)), taken)
        found += _free(self._names(text), taken)
        return sorted(found)

    @property
    def _of_persons(self) -> list[Callable[[str], Iterator[Span]]]:
        return [PERSONS[region] for region in self.regions if region in PERSONS]

    def _phones(self, text: str) -> Iterator[Span]:
        for start, end in telephones(text, self.regions):
            yield start, end, "phone"

    def _names(self, text: str) -> Iterator[Span]:
        wanted = _by_first(self.names)
        for word in words_from(text, {base[0] for base in wanted}) if wanted else ():
            names = [name for base in _bases(word.form) for name in wanted.get(base, ())]
            most = min(LONGEST, max(map(len, names), default=0))
            said = list(islice(words(text, word.start), most))
            fitting = [len(name) for name in names if _is_said(name, text, said)]
            if fitting:
                yield word.start, said[max(fitting) - 1].end, "name"


def _masked(text: str, hits: Iterable[Span], begin: int, end: int) -> str:
    told: list[str] = []
    at = begin
    for start, stop, kind in hits:
        if stop > begin and start < end:
            told += (text[at:start], f"[{kind}]")
            at = stop
    return "".join(told) + text[at:end]


def _break_before(text: str, at: int) -> int:
    """The last place before this one that no hit goes over, unless that is far off."""
    far = max(0, at - REACH)
    return max((found.end() for found in _BREAK.finditer(text, far, at)), default=far)


def _free(spans: Iterable[Span], taken: bytearray) -> Iterator[Span]:
    """Those that lie over nothing that is taken, and take it."""
    for start, end, kind in spans:
        if not any(taken[start:end]):
            taken[start:end] = b"\1" * (end - start)
            yield start, end, kind


def _without(text: str, found: Iterable[Span]) -> str:
    """The text with an empty line in place of each hit, so that nothing reaches over one."""
    left: list[str] = []
    at = 0
    for start, end, _ in sorted(found):
        left += (text[at:start], "\n" * (end - start))
        at = end
    return "".join(left) + text[at:]


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
        # The words after it look like more of it, so it is the longest beginning that is one.
        for end in reversed(_checked_ends(found[0])):
            if iban.is_valid(found[0][:end]):
                yield found.start(), found.start() + end, "iban"
                break


def _checked_ends(text: str) -> list[int]:
    """Where a beginning ends that has the right check digits (ISO 7064, MOD 97-10)."""
    head = int("".join(str(int(each, 36)) for each in text[:4]))
    ends = []
    rest = 0
    for end, each in enumerate(text[4:], 5):
        if each != " ":
            value = int(each, 36)
            rest = (rest * (100 if value > 9 else 10) + value) % 97
            if end > 14 and (rest * 10**6 + head) % 97 == 1:
                ends.append(end)
    return ends


def _cards(text: str) -> Iterator[Span]:
    for pattern in (_FOURS, _CARD):
        for found in pattern.finditer(text):
            if luhn.is_valid(re.sub(r"[ .-]", "", found[0])):
                yield found.start(), found.end(), "card"


def _of_us(text: str) -> Iterator[Span]:
    for found in _SSN.finditer(text):
        if ssn.is_valid(found[0]):
            yield found.start(), found.end(), "id"


def _of_ru(text: str) -> Iterator[Span]:
    for found in _SNILS.finditer(text):
        if _is_snils(re.sub(r"[ -]", "", found[0])):
            yield found.start(), found.end(), "id"
    for found in _INN.finditer(text):
        if inn.is_valid(found[0]):
            yield found.start(), found.end(), "id"


def _is_snils(digits: str) -> bool:
    """Whether the last two digits check the other nine, as the Pension Fund of Russia has it."""
    total = sum(int(each) * (9 - place) for place, each in enumerate(digits[:9]))
    return total % 101 % 100 == int(digits[9:])


PERSONS: dict[str, Callable[[str], Iterator[Span]]] = {"US": _of_us, "RU": _of_ru}


def _addresses(text: str) -> Iterator[Span]:
    for pattern, address in ((_V4, IPv4Address), (_V6, IPv6Address)):
        for found in pattern.finditer(text):
            try:
                known = address(found[0])
            except AddressValueError:
                continue
            if not known.is_loopback and not known.is_unspecified:  # which are nobody's
                yield found.start(), found.end(), "ip"
