"""The part of a text that a person is shown of what they look for."""

import pytest

from search import excerpts
from search.words import wanted

FILL = "and so on " * 60
FAR = f"apples {FILL}bread {FILL}apples with bread {FILL}apples with bread."


def marked(text: str, typed: str) -> str:
    return "".join(
        f"[{piece.text}]" if piece.is_hit else piece.text
        for piece in excerpts.excerpt(text, wanted(typed))
    )


@pytest.mark.parametrize(
    ("typed", "begins", "marks"),
    [
        ("apple ", "[apples] and so on", 1),
        ("bread ", "…so on and so on and so on and so on and so on [bread] and so on", 1),
        (
            "bread apples ",
            "…so on and so on and so on and so on and so on [apples] with [bread] and",
            2,
        ),
        ("bread bread ", "…so on and so on and so on and so on and so on [bread] and so on", 1),
        ("app", "[apples] and so on", 1),
        ("pears ", "apples and so on", 0),
    ],
)
def test_an_excerpt_is_the_first_that_has_most_of_what_is_wanted(typed, begins, marks):
    shown = marked(FAR, typed)
    assert shown.startswith(begins)
    assert shown.count("[") == marks
    assert len(shown) < excerpts.LENGTH + 20


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("die ", "They were [dying]."),
        ("elan ", "With [Élan]."),
        ("Élan ", "With [elan]."),
        ("елка ", "Вот [Ёлки]."),
        ("ёлка ", "Вот [елки]."),
        ("Straße ", "In der [STRASSE]."),
        ("file ", "The [\ufb01les]."),
    ],
)
def test_a_hit_is_marked_however_it_is_written(typed, shown):
    assert marked(shown.replace("[", "").replace("]", ""), typed) == shown


def test_a_text_is_read_no_further_than_to_its_excerpt(monkeypatch):
    read = []

    def analysed(word):
        read.append(word)
        return word, word

    monkeypatch.setattr("search.words._analysed", analysed)
    marked("apples " + FILL * 100, "apples ")
    assert len(read) < 100


def test_an_excerpt_shows_words_and_not_how_they_are_marked():
    text = (
        "## Trees\n\n- [x] A **hash** table, `get_all(a)`\n> 2 * 3 - 1\n\n"
        "| a | b |\n|---|:-:|\n| 1 | 2 |\n\n```python\na = x | y ** z\n```"
    )
    assert marked(text, "hash python ").split("\n") == [
        *("Trees", "", "A [hash] table, get_all(a)", "2 * 3 - 1", ""),
        *(" a | b ", "", " 1 | 2 ", "", "[python]", "a = x | y ** z", ""),
    ]
