from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.wire.deltas import Reasoning, Text
from chat.wire.thinking import MAX_LEADING_SPACE, ThinkSplitter


def split(*pieces: str) -> tuple[str, str]:
    """Reasoning and text of an answer that comes in ``pieces``."""
    splitter = ThinkSplitter()
    told = [delta for piece in pieces for delta in splitter.feed(piece)] + splitter.close()
    assert all(delta.text for delta in told)
    reasoning = "".join(delta.text for delta in told if isinstance(delta, Reasoning))
    return reasoning, "".join(delta.text for delta in told if isinstance(delta, Text))


@pytest.mark.parametrize(
    ("answer", "reasoning", "text"),
    [
        ("Four.", "", "Four."),
        ("<think>2+2</think>Four.", "2+2", "Four."),
        ("<think>\n2+2\n</think>\n\nFour.", "2+2\n", "Four."),
        (" \n<think>2+2</think> Four. ", "2+2", "Four. "),
        ("<think></think>Four.", "", "Four."),
        ("<think>2+2", "2+2", ""),
        ("<think>1 < 2 </thin", "1 < 2 </thin", ""),
        ("<think>a</think>\n<think>b</think>c", "ab", "c"),
        ("<think>a</think>\n\n", "a", ""),
        ("<thin", "", "<thin"),
        (" <thinker>", "", " <thinker>"),
        ("  Four.", "", "  Four."),
        ("", "", ""),
    ],
)
def test_reasoning_in_tags_is_told_apart_in_every_split(answer, reasoning, text):
    for places in [
        (),
        *combinations(range(1, len(answer)), 1),
        *combinations(range(len(answer)), 2),
    ]:
        bounds = [0, *places, len(answer)]
        pieces = [answer[a:b] for a, b in pairwise(bounds)]
        assert split(*pieces) == (reasoning, text)
    assert split(*answer) == (reasoning, text)


@pytest.mark.parametrize(
    "answer", ["The tag <think> opens.", "Four.<think>no</think>", "</think>", "<Think>a</Think>"]
)
def test_a_tag_inside_the_text_is_text(answer):
    assert split(*answer) == ("", answer)


def test_text_is_given_as_soon_as_it_is_certain():
    splitter = ThinkSplitter()
    assert splitter.feed("<") == []
    assert splitter.feed("b>") == [Text("<b>")]
    assert splitter.passes
    assert splitter.feed("<think>") == [Text("<think>")]


def test_reasoning_is_given_as_soon_as_it_is_certain():
    splitter = ThinkSplitter()
    assert splitter.feed("<think>a") == [Reasoning("a")]
    assert splitter.feed("b<") == [Reasoning("b")]
    assert splitter.feed("/think>c") == [Text("c")]


def test_white_space_is_not_held_for_ever():
    splitter = ThinkSplitter()
    spaces = " " * (MAX_LEADING_SPACE + 1)
    assert splitter.feed(spaces) == [Text(spaces)]


@given(st.lists(st.sampled_from(["<think>", "</think>", "<", "think>", "</", " ", "\n", "a"])))
def test_no_split_changes_what_is_told_apart(pieces):
    assert split(*pieces) == split("".join(pieces)) == split(*"".join(pieces))
