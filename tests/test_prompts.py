"""From a branch to a prompt: what is sent, what is left out, what is cut."""

import time
from dataclasses import dataclass
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.prompts import (
    LEAST_ANSWER,
    PromptError,
    build,
    estimate,
    has_system_role,
    prompt_tokens,
)
from chat.wire.parameters import Parameters
from chat.wire.request import Turn


@dataclass(frozen=True)
class Past:
    role: str
    text: str
    status: str = "complete"


def user(text):
    return Past("user", text)


def answer(text, status="complete"):
    return Past("assistant", text, status)


def sent(path, **options):
    return [(turn.role, turn.content) for turn in build(path, **options).turns]


# --- what is sent


def test_the_turns_are_sent_in_order_after_the_system_prompt():
    path = [user("Hi"), answer("Hello."), user("Who are you?")]
    assert sent(path, system_prompt="Be brief.") == [
        ("system", "Be brief."),
        ("user", "Hi"),
        ("assistant", "Hello."),
        ("user", "Who are you?"),
    ]


def test_an_empty_system_prompt_is_none():
    assert sent([user("Hi")], system_prompt="  \n") == [("user", "Hi")]


@pytest.mark.parametrize("status", ["complete", "length", "stopped", "interrupted"])
def test_an_answer_that_has_words_is_sent_however_it_ended(status):
    path = [user("Hi"), answer("Hel", status), user("Go on")]
    assert [role for role, _ in sent(path)] == ["user", "assistant", "user"]


@pytest.mark.parametrize(
    "left_out",
    [
        answer("", "stopped"),
        answer("", "failed"),
        answer("", "interrupted"),
        answer(" \n", "complete"),
        answer("half an ans", "failed"),
    ],
)
def test_failed_and_wordless_answers_are_left_out_and_turns_still_alternate(left_out):
    assert sent([user("One?"), left_out, user("Two?")]) == [("user", "One?\n\nTwo?")]


def test_a_question_asked_again_after_a_failure_stands_once():
    assert sent([user("One?"), answer("", "failed"), user("One?")]) == [("user", "One?")]


def test_the_answer_to_go_on_from_is_sent_whatever_its_end():
    path = [user("Count."), answer("One, two", "failed")]
    assert sent(path, continues=True) == [("user", "Count."), ("assistant", "One, two")]


def test_without_a_system_role_the_first_turn_of_the_person_begins_with_it():
    path = [user("Hi"), answer("Hello."), user("Bye")]
    turns = sent(path, system_prompt="Be brief.", system_role=False)
    assert turns == [("user", "Be brief.\n\nHi"), ("assistant", "Hello."), ("user", "Bye")]


@pytest.mark.parametrize(
    ("model", "known"),
    [
        ("h2oai/h2o-danube3-4b-chat", False),
        ("h2oai/h2o-danube2-1.8b-chat", False),
        ("h2oai/h2o-danube-1.8b-chat", False),
        ("h2oai/h2o-danube3.1-4b-chat", True),
        ("qwen2.5-coder-0.5b", True),
    ],
)
def test_which_of_h2os_models_know_a_system_role(model, known):
    assert has_system_role(model) is known


# --- the budget


def long_path(turns, characters):
    path = []
    for number in range(turns):
        path += [user(f"{number} " + "q" * characters), answer("a" * characters)]
    return [*path, user("The last question?")]


def test_without_a_known_context_nothing_is_cut():
    prompt = build(long_path(50, 1000))
    assert (prompt.turns_cut, len(prompt.turns)) == (0, 101)
    assert prompt.parameters == Parameters()


def test_the_oldest_turns_are_cut_whole_and_the_system_prompt_stays():
    path = long_path(10, 700)
    prompt = build(path, system_prompt="Be brief.", context=2000)
    assert prompt.turns[0] == Turn("system", "Be brief.")
    kept = [turn.content for turn in prompt.turns[1:]]
    assert kept == [past.text for past in path[-len(kept) :]]
    assert prompt.turns[1].role == "user"
    assert prompt.turns_cut == len(path) - len(kept) > 0


def test_the_answer_has_room_beside_the_prompt():
    prompt = build(long_path(10, 700), context=2000, parameters=Parameters(max_tokens=900))
    assert prompt.parameters.max_tokens == 900
    assert prompt.prompt_tokens + 900 <= 2000


def test_an_answer_longer_than_the_context_is_shortened():
    prompt = build([user("Hi")], context=2000, parameters=Parameters(max_tokens=100_000))
    assert prompt.parameters.max_tokens == 2000 - prompt.prompt_tokens


def test_the_other_parameters_stay():
    asked = Parameters(temperature=0.1, seed=7, stop=("END",))
    prompt = build([user("Hi")], context=8192, parameters=asked)
    assert prompt.parameters == Parameters(temperature=0.1, seed=7, stop=("END",), max_tokens=1024)


def test_a_last_turn_that_nearly_fills_the_context_leaves_little_room_but_is_sent():
    text = "w" * int(3.5 * 1700)
    prompt = build([*long_path(2, 100), answer("Yes."), user(text)], context=2000)
    assert prompt.turns == (Turn("user", text),)
    assert LEAST_ANSWER <= prompt.parameters.max_tokens < 300


def test_a_last_turn_that_is_too_long_alone_is_refused_with_a_sentence():
    with pytest.raises(PromptError) as error:
        build([user("Hi"), answer("Hello."), user("w" * 10_000)], context=2000)
    assert "2,000" in str(error.value)
    assert "shorten" in str(error.value)


def test_a_system_prompt_that_is_too_long_is_named():
    with pytest.raises(PromptError, match="system prompt"):
        build([user("Hi")], system_prompt="s" * 10_000, context=2000)


def test_an_answer_to_go_on_from_keeps_its_question():
    path = [*long_path(5, 700), answer("One, two", "stopped")]
    prompt = build(path, context=600, continues=True)
    assert [turn.role for turn in prompt.turns] == ["user", "assistant"]
    assert prompt.turns[-1].content == "One, two"


def test_thousands_of_turns_are_cut_in_no_time():
    path = long_path(5000, 200)
    began = time.monotonic()
    prompt = build(path, context=4096)
    assert time.monotonic() - began < 5, "its cost grows with the turns, not with their square"
    assert prompt.turns_cut > 9000


# --- the estimate


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [
        ("", 0, 0),
        ("Hello, how are you today?", 6, 10),
        ("def add(a, b):\n    return a + b\n", 10, 14),
        ("Grüße aus Köln", 5, 9),
        ("今日は天気がいいですね", 8, 14),
        ("😀😀", 2, 6),
    ],
)
def test_the_estimate_is_near_what_vocabularies_take(text, least, most):
    assert least <= estimate(text) <= most


@given(st.text(), st.text())
def test_the_estimate_never_shrinks_with_more_text(one, other):
    assert estimate(one + other) >= max(estimate(one), estimate(other))


PATHS = st.lists(
    st.tuples(
        st.text(max_size=200),
        st.text(max_size=200),
        st.sampled_from(["complete", "failed", "stopped", "interrupted", "length"]),
    ),
    max_size=8,
)


@given(PATHS, st.text(min_size=1, max_size=200), st.text(max_size=50), st.integers(64, 2000))
def test_whatever_the_branch_turns_alternate_end_with_the_person_and_fit(
    pairs, last, system, context
):
    path = [turn for q, a, status in pairs for turn in (user(q or "?"), answer(a, status))]
    try:
        prompt = build([*path, user(last)], system_prompt=system, context=context)
    except PromptError:
        least = [Turn("system", system), Turn("user", last)]
        assert prompt_tokens(least) + min(LEAST_ANSWER, context // 2) > context or pairs
        return
    roles = [turn.role for turn in prompt.turns if turn.role != "system"]
    assert roles[0] == roles[-1] == "user"
    assert all(one != other for one, other in pairwise(roles))
    assert prompt.prompt_tokens + prompt.parameters.max_tokens <= context
    assert prompt.turns[-1].content.endswith(last)
    assert prompt == build([*path, user(last)], system_prompt=system, context=context)
