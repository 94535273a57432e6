"""What a list shows of a long message: as in the whole, with nothing that is masked there."""

import re
from random import Random
from textwrap import wrap

import pytest
from stdnum import luhn

from review.glimpses import MOST_STRETCHES, glimpse
from review.redaction import REACH, Redactor
from search.excerpts import excerpt
from search.words import wanted

REDACTOR = Redactor(names=("Anna Ivanova", "Wenceslas"))
PERSONAL = [
    "jane.doe@example.org",
    "4111 1111 1111 1111",
    "2345 6789 1234 5678 2345 6789 1234 5678 2345 6789 1234 5678",
    "+7 912 345 67 89",
    "8 (495) 123-45-67, 8 (495) 123-45-68, 8 (495) 123-45-69",
    "GB82 WEST 1234 5698 7654 32",
    "https://anna:secret@example.org/place",
    "8.8.8.8",
    "2001:db8::1:2",
    "Anna Ivanova",
    "Wenceslas",
]
PLAIN = ["the tides come twice a day", "2026-03-01", "in 12 345 cases", "see chapter 7.1", "moon"]
PROSE = "the ebb and the flow of it all. " * 250


def test_a_stretch_is_masked_as_in_the_whole():
    draw = Random(5)
    for _ in range(60):
        said = draw.choices([*PERSONAL, *PLAIN], k=150)
        text = "".join(
            f"{each}{draw.choice([', ', '. ', '; ', chr(10), ' and '])}" for each in said
        )
        whole = REDACTOR.hits(text)
        begin = draw.randrange(len(text))
        end = min(len(text), begin + draw.randrange(500))
        within = [hit for hit in whole if hit[1] > begin and hit[0] < end]
        told, at = "", begin
        for start, stop, kind in within:
            told, at = f"{told}{text[at:start]}[{kind}]", stop
        assert REDACTOR.mask_part(text, begin, end) == told + text[at:end]


def test_what_reaches_over_the_ends_of_a_stretch_is_masked_as_a_whole():
    name = f"{'a' * 60}@{'b' * 60}.{'c' * 60}.org"
    text = f"{PROSE}{name} {PROSE}"
    at = len(PROSE) + len(name) // 2
    assert len(name) < REACH
    assert REDACTOR.mask_part(text, at, at + 2) == "[mail]"
    assert REDACTOR.mask_part(text, at - 300, at).endswith("[mail]")
    assert REDACTOR.mask_part(text, at, at + 300).startswith("[mail] ")


def test_a_row_of_numbers_is_told_apart_from_its_beginning():
    cards = [f"2{number:014}" for number in range(3, 60 * 10**10, 10**10 + 3)]
    cards = [f"{each}{luhn.calc_check_digit(each)}" for each in cards]
    row = " ".join(" ".join(wrap(each, 4)) for each in cards)
    text = f"{PROSE}\n{row}\n{PROSE}"
    for at in range(len(PROSE) + 800, len(PROSE) + 830):
        assert not re.search(r"\d", REDACTOR.mask_part(text, at, at + 100))


@pytest.mark.parametrize("typed", ["tides", "tides moon ", "moo"])
def test_the_excerpt_of_a_long_text_is_the_one_of_all_of_it_masked(typed):
    personal = ", ".join(PERSONAL)
    text = f"{PROSE}{personal} tides {personal} {PROSE} moon and tides {personal}. {PROSE}"
    asked = wanted(typed)
    assert glimpse(text, asked, REDACTOR) == excerpt(REDACTOR.mask(text), asked)
    assert any(piece.is_hit for piece in glimpse(text, asked, REDACTOR) or ())


@pytest.mark.parametrize("fill", ["", PROSE])
def test_of_what_is_masked_nothing_is_found(fill):
    text = f"{fill}tides@example.org {fill}by Anna Ivanova, and the moon {fill}"
    assert glimpse(text, wanted("moon "), REDACTOR)
    for typed in ("tides ", "anna ", "moon tides ", "moon anna "):
        assert glimpse(text, wanted(typed), REDACTOR) is None


def test_what_is_masked_first_is_found_where_it_is_not():
    text = f"{PROSE}tides@example.org{PROSE}tides@example.org{PROSE}the tides come{PROSE}"
    pieces = glimpse(text, wanted("tides "), REDACTOR)
    assert pieces
    told = "".join(f"[{piece.text}]" if piece.is_hit else piece.text for piece in pieces)
    assert "the [tides] come" in told
    assert "example" not in told


@pytest.mark.parametrize(
    ("piece", "typed"),
    [
        ("tides, +7 912 345 67 89, ", "tides "),
        ("tides@example.org ", "tides "),
        (f"tides@example.org {PROSE}", "tides "),
        ("tides 1 2 3 4 5 6 ", "tides moon "),
        (f"tides {'1 ' * 4_000}moon {'2 ' * 4_000}", "tides moon "),
    ],
)
def test_however_long_a_text_is_little_of_it_is_read(piece, typed, monkeypatch):
    read, hits = [], Redactor.hits

    def counted(redactor, near):
        read.append(len(near))
        return hits(redactor, near)

    monkeypatch.setattr(Redactor, "hits", counted)
    glimpse(piece * (200_000 // len(piece)), wanted(typed), REDACTOR)
    assert 0 < sum(read) <= MOST_STRETCHES * 3_500
