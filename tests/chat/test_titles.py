"""Titles: made by the model in the background, the first words until then."""

import asyncio

import pytest

from chat.models import Conversation
from chat.titles import tidy
from tests.chat.people import answer_to, say, whole
from tests.scripted_model import Hold, failure, finish, text

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def runs(runs):
    """The runs of this process, which make titles."""
    runs._makes_titles = True
    return runs


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ('"Adding two numbers"', "Adding two numbers"),
        ("**Title: Adding numbers**\nThis is …", "Adding numbers"),
        ("Three to Six Words: Adding Numbers", "Adding Numbers"),
        ("Three to six words", "Three to six words"),
        ("Сложение чисел.", "Сложение чисел"),
        ("\n\n", None),
        ("I would be delighted to help you find a title for this conversation about it.", None),
    ],
)
def test_a_title_is_the_first_line_without_its_marks(written, title):
    assert tidy(written) == title


async def _until_titled(title):
    while Conversation.objects.get().title != title:
        await asyncio.sleep(0.02)


async def test_the_first_words_stand_until_the_model_has_a_title(alice, runs, scripted_model):
    gate = asyncio.Event()
    scripted_model.plays(text("Use a vector."), finish())
    scripted_model.plays(gate, text("Growing lists in Rust"), finish())
    first = await whole(runs, alice, say("How do I grow a list?"))
    assert Conversation.objects.get().title == "How do I grow a list?"
    gate.set()
    await asyncio.wait_for(_until_titled("Growing lists in Rust"), 5)
    asked = len(scripted_model.answers)
    await whole(runs, alice, answer_to(first))
    assert len(scripted_model.answers) == asked + 1


@pytest.mark.parametrize("steps", [(failure("no"),), (Hold(),), (text("word " * 90), finish())])
async def test_a_model_without_a_title_disturbs_nobody(alice, runs, scripted_model, steps):
    scripted_model.says("Yes.")
    titling = scripted_model.plays(*steps)
    first = await whole(runs, alice, say("Is this on?"))
    await asyncio.wait_for(titling.asked.wait(), 5)
    scripted_model.says("Still.")
    await whole(runs, alice, answer_to(first))
    assert Conversation.objects.get().title == "Is this on?"


async def test_a_name_that_the_person_gave_stays(alice, runs, scripted_model):
    gate = asyncio.Event()
    scripted_model.says("Yes.")
    titling = scripted_model.plays(gate, text("Something else"), finish())
    await whole(runs, alice, say())
    await asyncio.wait_for(titling.asked.wait(), 5)
    Conversation.objects.get().rename("Mine")
    gate.set()
    await asyncio.wait_for(titling.left.wait(), 5)
    await asyncio.sleep(0.1)
    assert Conversation.objects.get().title == "Mine"
