"""A verdict begins with what is agreed, decides what is not, and what is left empty is struck."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.roles import Role
from chat.models import Message
from review.datasets import examples
from review.models import Item, Mark, Question, Queue
from tests.admin.conftest import gives_a_reason
from tests.review.conftest import of_role

CORRECT, HELPFUL, LABELS, BETTER, NOTE = range(5)  # the questions of the first rubric


@pytest.fixture
def item(queue: Queue, talk) -> Item:
    """A conversation in the queue."""
    queue.fill([talk(answer="Three.").pk])
    return queue.items.get()


@pytest.fixture
def answer(item: Item) -> Message:
    """The one answer in it."""
    return item.conversation.messages.get(role="assistant")


@pytest.fixture
def say(item: Item, answer: Message):
    """Posts a person's review, and returns what comes."""

    def post(person, correct=2, **more: Any) -> Any:
        said = {CORRECT: correct, HELPFUL: 3} | {globals()[name]: more[name] for name in more}
        return gives_a_reason(person).post(f"{at(item)}judge/", names(item, answer, said))

    return post


@pytest.fixture
def lead(lena) -> Client:
    return gives_a_reason(lena)


def at(item: Item) -> str:
    return f"/admin/review/item/{item.pk}/"


def names(item: Item, answer: Message, said: dict[int, Any]) -> dict[str, Any]:
    """Answers by the names that the form gives to the questions."""
    asked = list(item.queue.rubric.questions.all())
    return {
        f"q{asked[place].pk}" + (f"-{answer.pk}" if place == BETTER else ""): value
        for place, value in said.items()
    }


def form(lead: Client, item: Item) -> dict[str, Any]:
    """What the page of the verdict would send if nobody touched it."""
    shown = lead.get(f"{at(item)}verdict/")
    masked = {"masked": "1"} if 'name="masked"' in shown.content.decode() else {}
    fields = shown.context["fields"]
    return {"verdict": "1"} | masked | {each.name: each.value for each in fields if each.value}


def settle(lead: Client, item: Item, answer: Message, said: dict[int, Any] | None = None) -> Any:
    """Send the form with these answers changed."""
    sent = form(lead, item) | names(item, answer, said or {})
    return lead.post(f"{at(item)}verdict/", sent)


def learned(item: Item) -> examples.Example:
    """What a dataset of the queue says of it."""
    material = examples.gather([item.conversation], item.queue)
    return examples.example(item.conversation, material[item.conversation_id], str)


def values(item: Item) -> dict[int, Any]:
    """The values of a dataset, by the place of their questions."""
    places = list(item.queue.rubric.questions.all())
    return {places.index(each.question): each.value for each in learned(item).judged.values}


def test_a_verdict_keeps_what_the_reviewers_agree_on(item, answer, say, lead, rita, raj):
    """They differ in a scale only: the labels, the better answer and the notes stay."""
    words = {BETTER: "Two.", NOTE: "rita’s"}
    say(rita, 1, LABELS=["unsafe"], BETTER=words[BETTER], NOTE=words[NOTE])
    say(raj, 5, LABELS=["unsafe"], NOTE="raj’s")
    shown = lead.get(f"{at(item)}verdict/").content.decode()
    assert shown.count("as the reviewers said") == 4  # all but the scale
    assert "Two.</textarea>" in shown
    assert 'value="unsafe" checked' in shown
    assert "rita’s\n\nraj’s</textarea>" in shown
    settle(lead, item, answer, {CORRECT: 4})
    told = {CORRECT: 4, HELPFUL: 3, LABELS: ["unsafe"], BETTER: "Two.", NOTE: "rita’s\n\nraj’s"}
    assert values(item) == told


def test_what_the_reviewers_agree_on_may_be_changed_and_struck(item, answer, say, lead, rita, raj):
    for person, correct in ((rita, 1), (raj, 5)):
        say(person, correct, LABELS=["unsafe"], BETTER="Two.", NOTE="a note")
    changed = {CORRECT: 4, HELPFUL: 1, LABELS: [], BETTER: "", NOTE: " "}
    settle(lead, item, answer, changed)
    assert values(item) == {CORRECT: 4, HELPFUL: 1, LABELS: []}
    assert learned(item).turns[-1]["content"] == "Three."
    assert not learned(item).pairs


def test_different_better_answers_wait_for_a_lead_who_takes_one_or_strikes_both(
    item, answer, say, lead, rita, raj
):
    say(rita, BETTER="Two.\r\nOr so.")
    say(raj)
    assert not Item.objects.disputed().exists()  # who writes none does not contradict
    Item.objects.update(reviews=1)
    raj_too = item.judgements.get(reviewer=raj)
    asked = item.queue.rubric.questions.get(kind="better")
    Mark.objects.create(judgement=raj_too, question=asked, message=answer, value="2")
    assert Mark.objects.differ(item)
    shown = lead.get(f"{at(item)}verdict/").content.decode()
    assert f'data-fill="q{asked.pk}-{answer.pk}" aria-label="Use what rita wrote"' in shown
    assert "2</textarea>" not in shown
    assert learned(item).turns == []  # neither is learned from before that
    assert BETTER not in values(item)
    settle(lead, item, answer, {BETTER: "Two.\r\nOr so."})
    assert values(item)[BETTER] == "Two.\nOr so."
    Mark.objects.filter(judgement__is_verdict=True, question=asked).update(value="")
    assert BETTER not in values(item)
    assert learned(item).turns[-1]["content"] == "Three."


def test_a_lead_leaves_both_better_answers_out_by_writing_none(item, answer, say, lead, rita, raj):
    say(rita, BETTER="Two.")
    say(raj, BETTER="2")
    assert list(Item.objects.disputed()) == [item]
    settle(lead, item, answer)
    assert not Item.objects.disputed().exists()
    assert BETTER not in values(item)
    assert learned(item).turns[-1]["content"] == "Three."


def test_a_verdict_decides_all_that_differs(item, answer, say, lead, rita, raj):
    """Also by saying that no label fits, which nobody says by overlooking them."""
    say(rita, 1, LABELS=["unsafe"])
    say(raj, 5)
    refused = settle(lead, item, answer)
    assert refused.status_code == 422
    assert "Please answer: Correct, Labels</li>" in refused.content.decode()
    labels = item.queue.rubric.questions.get(kind="labels")
    sent = form(lead, item) | names(item, answer, {CORRECT: 2}) | {f"q{labels.pk}-none": "1"}
    lead.post(f"{at(item)}draft/", sent)
    assert f'name="q{labels.pk}-none" value="1" checked' in (
        lead.get(f"{at(item)}verdict/").content.decode()
    )
    lead.post(f"{at(item)}verdict/", sent)
    assert values(item) == {CORRECT: 2, HELPFUL: 3, LABELS: []}


def test_what_was_shown_masked_is_stored_as_it_was_written(
    item, answer, say, lead, rita, raj, settings
):
    settings.REDACTION_ON_DISPLAY = True
    say(rita, 1, BETTER="Ask a@example.org.\r\nTwice.", NOTE="a@example.org knows")
    say(raj, 5, NOTE="b@example.org too")
    assert "example.org" not in str(form(lead, item))
    settle(lead, item, answer, {CORRECT: 3})
    notes = "a@example.org knows\n\nb@example.org too"
    assert (values(item)[BETTER], values(item)[NOTE]) == ("Ask a@example.org.\nTwice.", notes)
    assert "example.org" not in lead.get(f"{at(item)}verdict/").content.decode()


def test_a_second_lead_begins_with_the_verdict_before(item, answer, say, lead, rita, raj):
    say(rita, 1, BETTER="Two.")
    say(raj, 5)
    settle(lead, item, answer, {CORRECT: 4, BETTER: ""})
    other = gives_a_reason(of_role("lea", Role.LEAD))
    shown = other.get(f"{at(item)}verdict/").content.decode()
    assert shown.count("as in the verdict before") == 3
    assert "Two.</textarea>" not in shown
    settle(other, item, answer, {HELPFUL: 5})
    assert values(item) == {CORRECT: 4, HELPFUL: 5, LABELS: []}


def test_a_draft_of_a_verdict_is_not_filled_again(item, answer, say, lead, rita, raj):
    say(rita, 1, LABELS=["unsafe"], BETTER="Two.")
    say(raj, 5, LABELS=["unsafe"])
    lead.post(f"{at(item)}draft/", {"verdict": "1"} | names(item, answer, {HELPFUL: 1}))
    draft = names(item, answer, {HELPFUL: 1})
    assert form(lead, item) == {"verdict": "1"} | draft | ({"masked": "1"})


def test_notes_stand_below_each_other_and_contradict_nobody(item, say, rita, raj):
    say(rita, NOTE="one")
    say(raj, NOTE="another")
    assert not Item.objects.disputed().exists()
    assert values(item)[NOTE] == "one\n\nanother"
    assert Question.objects.get(kind="note", rubric=item.queue.rubric).can_differ is False
