"""Temporary chats: whole while they last, and afterwards nowhere."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import AsyncClient
from django.urls import reverse
from django.utils import timezone

from chat.erasing import erase_all
from chat.models import Conversation, Message, Run
from search.indexing import take_in
from tests.chat.people import answer_to, say, whole
from tests.scripted_model import Hold, text

pytestmark = pytest.mark.django_db(transaction=True)

CANARY = "xylophone quartz"
A_VIEW = "search_terms"  # of the index, which is held in tables of its own


async def presence(person, conversation, page):
    client = AsyncClient()
    await client.aforce_login(person)
    address = reverse("chat:presence", args=[conversation])
    return (await client.post(address, {"page": page})).status_code


def everything():
    """All that the database holds, of every table, those of the search index too."""
    with connection.cursor() as cursor:
        held = []
        for table in set(connection.introspection.table_names(cursor)) - {A_VIEW}:
            cursor.execute(f'SELECT * FROM "{table}"')
            held.append(str(cursor.fetchall()))
    return "\n".join(held)


async def chat(runs, alice, scripted_model):
    scripted_model.says(f"About {CANARY}.")
    first = await whole(runs, alice, say(f"Tell of {CANARY}", temporary=True))
    scripted_model.says(f"More {CANARY}.")
    await whole(runs, alice, answer_to(first, CANARY))
    return first.conversation


async def test_while_it_lasts_it_is_whole_and_shown_nowhere_else(
    alice, carol, runs, scripted_model
):
    conversation = await chat(runs, alice, scripted_model)
    take_in(100)
    client = AsyncClient()
    await client.aforce_login(alice)
    page = await client.get(reverse("chat:conversation", args=[conversation]))
    assert len(page.context["thread"]) == 4
    assert Conversation.objects.get().title == ""
    for address in (
        reverse("chat:new"),
        reverse("chat:conversations"),
        reverse("chat:conversations") + "?archived=1",
        "/search/?q=xylophone",
    ):
        told = (await client.get(address)).content.decode()
        assert str(conversation) not in told
        assert "quartz" not in told
    export = await client.get(reverse("chat:export", args=[conversation]))
    assert export.status_code == 404
    staff = AsyncClient()
    await staff.aforce_login(carol)
    for model in ("conversation", "run"):
        address = reverse(f"admin:chat_{model}_changelist")
        told = (await staff.get(address)).content.decode()
        assert str(conversation) not in told


@pytest.mark.parametrize("end", ["left", "closed", "an hour"])
async def test_after_its_end_nothing_of_it_is_held(end, alice, runs, scripted_model):
    conversation = await chat(runs, alice, scripted_model)
    assert CANARY in everything()
    now = timezone.now()
    if end == "left":
        assert await presence(alice, conversation, "left") == 204
    elif end == "closed":
        assert await presence(alice, conversation, "closed") == 204
        erase_all()
        assert Conversation.objects.exists()  # it may be a reload
        Conversation.objects.update(closed_at=now - timedelta(minutes=2, seconds=1))
        erase_all()
    else:
        Conversation.objects.update(active_at=now - timedelta(minutes=59))
        erase_all()
        assert Conversation.objects.exists()
        Conversation.objects.update(active_at=now - timedelta(minutes=61))
        erase_all()
    assert not Message.objects.exists()
    assert not Run.objects.exists()
    assert CANARY not in everything()


async def test_closed_and_opened_again_it_goes_on(alice, runs, scripted_model):
    conversation = await chat(runs, alice, scripted_model)
    for page in ("closed", "shown"):
        assert await presence(alice, conversation, page) == 204
    assert Conversation.objects.get().closed_at is None


async def test_left_amid_an_answer_it_ends_with_the_answer(alice, runs, scripted_model):
    scripted_model.plays(text(CANARY), Hold())
    accepted = await runs.start(alice, say(CANARY, temporary=True))
    assert await presence(alice, accepted.conversation, "left") == 204
    client = AsyncClient()
    await client.aforce_login(alice)
    page = reverse("chat:conversation", args=[accepted.conversation])
    assert (await client.get(page)).status_code == 404
    await runs.close()
    erase_all()
    assert CANARY not in everything()


async def test_only_its_person_ends_it_and_only_a_temporary_one_ends(
    alice, bob, runs, scripted_model
):
    conversation = await chat(runs, alice, scripted_model)
    assert await presence(bob, conversation, "left") == 404
    assert await presence(alice, conversation, "burnt") == 400
    Conversation.objects.update(temporary=False)
    assert await presence(alice, conversation, "left") == 404
    assert Message.objects.count() == 4
