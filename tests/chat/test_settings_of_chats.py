"""How a chat's answers are made: settings kept with it, and the defaults of new ones."""

import json
from typing import Any
from uuid import uuid4

import pytest
from django.urls import reverse

from chat import prompts
from chat.models import Conversation, Message, Preferences
from chat.signals import conversation_changed
from chat.wire.commands import Continue
from chat.wire.parameters import Parameters
from tests.chat.people import answer_to, retry, say, whole
from tests.scripted_model import Die, text

BRIEF = {"model": "", "system_prompt": "Be brief.", "parameters": {"temperature": 0.2}}


@pytest.mark.django_db(transaction=True)
async def test_a_new_chat_begins_with_the_defaults_and_keeps_what_it_was_given(
    alice, runs, scripted_model
):
    Preferences.objects.change(alice, **BRIEF)
    for number in ("One", "Two", "Three"):
        scripted_model.says(number)
    first = await whole(runs, alice, say("One"))
    kept = await Conversation.objects.aget(pk=first.conversation)
    assert kept.answer_settings == BRIEF
    own = {"system_prompt": "", "parameters": Parameters(seed=3)}
    second = await whole(runs, alice, say("Two", **own))
    third = await whole(runs, alice, answer_to(second, "Three"))
    assert third.conversation == second.conversation
    one, two, three = (each.request for each in scripted_model.answers)
    assert (one["messages"][0]["content"], one["temperature"]) == ("Be brief.", 0.2)
    for later in (two, three):
        assert later["messages"][0]["role"] == "user"
        assert later["seed"] == 3
        assert "temperature" not in later


@pytest.mark.django_db(transaction=True)
async def test_what_was_set_goes_with_another_answer_and_with_more_of_it(
    alice, runs, scripted_model
):
    scripted_model.plays(text("Half an"), Die())
    first = await whole(runs, alice, say("One", parameters=Parameters(seed=3)))
    await whole(runs, alice, retry(first, parameters=Parameters(seed=4), system_prompt="Be brief."))
    more = Continue(first.reply, uuid4(), parameters=Parameters(top_p=0.5), system_prompt="Go on.")
    await whole(runs, alice, more)
    _, again, gone_on = (each.request for each in scripted_model.answers)
    assert (again["seed"], again["messages"][0]["content"]) == (4, "Be brief.")
    assert (gone_on["top_p"], gone_on["messages"][0]["content"]) == (0.5, "Go on.")
    kept = await Conversation.objects.aget(pk=first.conversation)
    assert (kept.system_prompt, kept.parameters) == ("Go on.", {"top_p": 0.5})


def _post(client, mine, values):
    address = reverse("chat:settings", args=[mine.pk])
    return client.post(address, json.dumps(values), content_type="application/json")


@pytest.mark.django_db
def test_the_settings_of_a_chat_are_changed_one_by_one_and_told(alice, client):
    mine = Conversation.objects.create(id=uuid4(), owner=alice)
    told = []
    conversation_changed.connect(lambda changed, **_: told.append(changed), weak=False)
    client.force_login(alice)
    assert _post(client, mine, BRIEF).status_code == 204
    assert _post(client, mine, {"model": "large"}).status_code == 204
    refused = _post(client, mine, {"parameters": {"seed": -1}})
    assert (refused.status_code, refused.json()["field"]) == (400, "seed")
    assert _post(client, mine, {"title": "x"}).status_code == 400
    mine.refresh_from_db()
    assert mine.answer_settings == BRIEF | {"model": "large"}
    assert told == ["settings", "settings"]


@pytest.mark.django_db
def test_the_meter_counts_what_the_next_prompt_will_hold(alice, client):
    mine = Conversation.objects.create(id=uuid4(), owner=alice, system_prompt="Be brief.")
    client.force_login(alice)
    address = reverse("chat:context", args=[mine.pk])
    assert client.get(address).json()["turns"] == []
    parent: Any = None
    for role, words, status in (
        ("user", "Explain hash tables", "complete"),
        ("assistant", "", "failed"),
        ("user", "Please", "complete"),
        ("assistant", "A table " * 50, "stopped"),
    ):
        parent = Message.objects.create(
            id=uuid4(), conversation=mine, parent=parent, role=role, text=words, status=status
        )
    mine.choose(parent)
    use = client.get(address).json()
    path = list(mine.messages.order_by("created_at"))
    whole = prompts.build(path, system_prompt="Be brief.")
    assert len(use["turns"]) == 2  # the failed answer is not sent, and the turns around it are one
    assert use["system"] + sum(use["turns"]) == whole.prompt_tokens
