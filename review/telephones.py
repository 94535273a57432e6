"""Telephone numbers in a text, proven by the numbering plans of Google's libphonenumber.

To prove one takes long, and a text may hold thousands that look like one. So what no plan
knows is passed by first, by its digits alone; and after ``PROVEN`` in one text whatever has
as many digits as one is taken for one, for to mask too much is better than to let a text keep
a reader waiting, or to leave the rest of it unmasked.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache

from phonenumbers import (
    COUNTRY_CODE_TO_REGION_CODE,
    Leniency,
    PhoneMetadata,
    PhoneNumberMatch,
    PhoneNumberMatcher,
)

PROVEN = 1000  # of one text, 50 to 100 µs each
SHORTEST = 7  # digits

_DIALLED = re.compile(r"\d(?:[^\d\n]{0,3}\d){6}")
_MANY_DIGITS = re.compile(r"[+(\uff0b]{0,2}\d(?:[^\w\n,;]{0,4}\d){6,}")
_FREE = re.compile(r"[^\d\s()\[\].\u2010-\u2015/-]")  # a plus, or what begins an extension
_NO_DIGITS = re.compile(r"\D+")


def telephones(text: str, regions: Sequence[str]) -> Iterator[tuple[int, int]]:
    """From and to of each number, in order, with its country's code or of one of the regions."""
    if not _DIALLED.search(text):
        return
    end = 0
    matcher = _Matcher(text, regions)
    for number in matcher:
        end = number.end
        yield number.start, end
    if matcher.is_tired:
        yield from (digits.span() for digits in _MANY_DIGITS.finditer(text, end))


class _Matcher(PhoneNumberMatcher):
    """Asks all regions at once, and only about digits that fit."""

    def __init__(self, text: str, regions: Sequence[str]) -> None:
        super().__init__(text, None, Leniency.VALID, len(text))
        self._plans = {region: _plan(region) for region in regions}
        self._left = PROVEN

    @property
    def is_tired(self) -> bool:
        """Whether it gave up proving."""
        return not self._left

    def _extract_match(self, candidate: str, offset: int) -> PhoneNumberMatch | None:
        """The first, though the library takes one after a bracket before one after a space."""
        found = super()._extract_match(candidate, offset)
        if not found or found.start == offset:
            return found
        first = self._extract_match(candidate[: found.start - offset], offset)
        return first if first or self.is_tired else found

    def _parse_and_verify(self, candidate: str, offset: int) -> PhoneNumberMatch | None:
        digits = _NO_DIGITS.sub("", candidate)
        if len(digits) < SHORTEST:
            return None
        for region in self._fitting(candidate, digits):
            if self.is_tired:
                self._max_tries = 0
                break
            self._left -= 1
            self.preferred_region = region
            if found := super()._parse_and_verify(candidate, offset):
                return found
        return None

    def _fitting(self, candidate: str, digits: str) -> list[str | None]:
        if _FREE.search(candidate):
            return list(self._plans) or [None]
        if not digits.isascii():
            digits = "".join(str(unicodedata.digit(each)) for each in digits)
        return [region for region, plan in self._plans.items() if plan.fullmatch(digits)]


@lru_cache(maxsize=300)
def _plan(region: str) -> re.Pattern[str]:
    """All digits that can be a number dialled in a region, and a few that cannot."""
    known = PhoneMetadata.metadata_for_region(region)
    if known is None or known.country_code is None:
        return re.compile(r"(?!)")
    if known.national_prefix_transform_rule:  # the digits dialled are not those of the plan
        return re.compile(r"\d+")
    neighbours = COUNTRY_CODE_TO_REGION_CODE[known.country_code]
    plans = "|".join(f"(?:{_general(each)})" for each in neighbours)
    abroad = known.international_prefix or "(?!)"
    prefix = known.national_prefix_for_parsing or ""
    return re.compile(rf"(?:{abroad})\d+|(?:{known.country_code})?(?:{prefix})?(?:{plans})")


def _general(region: str) -> str:
    known = PhoneMetadata.metadata_for_region(region)
    general = known.general_desc if known else None
    return (general and general.national_number_pattern) or "(?!)"
