"""Limits by person and by group, and models that are open to some: exact, told, and once."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction
from django.utils import timezone

from chat.doorbell import LocalDoorbell
from chat.models import Charge, Conversation, Limit, Message, ModelAccess, ModelServer, Run
from chat.refusal import Refusal
from chat.runs import Runs
from tests.chat.people import answer_to, go_on, retry, say, whole
from tests.chat.tab import Tab
from tests.scripted_model import Hold, finish, text

pytestmark = pytest.mark.django_db(transaction=True)


async def refusal(runs, person, command) -> Refusal:
    with pytest.raises(Refusal) as refused:
        await runs.start(person, command)
    assert refused.value.detail.endswith(".")
    return refused.value


async def spend(runs, person, model, turns):
    model.plays(text("Yes."), finish())
    return [await whole(runs, person, say()) for _ in range(turns)]


async def test_of_many_at_once_in_two_processes_only_so_many_are_taken(alice, scripted_model):
    Limit.objects.create(person=alice, messages_a_day=7)
    scripted_model.plays(text("Yes."), finish())
    both = [Runs([scripted_model.backend()], LocalDoorbell(), makes_titles=False) for _ in "ab"]
    for runs in both:
        await runs.open()
        while not runs.catalogue.choose("").model:
            await asyncio.sleep(0.01)
    asked = [runs.start(alice, say()) for _ in range(10) for runs in both]
    told = await asyncio.gather(*asked, return_exceptions=True)
    for runs in both:
        await runs.close()
    refused = [each for each in told if isinstance(each, Refusal)]
    assert len(refused) == 13
    assert {each.code for each in refused} == {"quota"}
    assert Charge.objects.count() == Run.objects.count() == Conversation.objects.count() == 7


@pytest.mark.parametrize(
    ("limit", "code", "words"),
    [
        ({"messages_a_minute": 3}, "too_fast", "3 messages a minute"),
        ({"messages_a_day": 3}, "quota", "3 messages of today"),
        ({"tokens_a_day": 5}, "quota", "5 tokens of today"),
    ],
)
async def test_one_too_many_is_refused_with_a_sentence_and_a_time(
    alice, bob, runs, scripted_model, limit, code, words
):
    first, *_ = done = await spend(runs, alice, scripted_model, 3)
    Limit.objects.create(person=alice, **limit)
    rows = Message.objects.count()
    for command in (say(), retry(first), answer_to(done[-1])):
        refused = await refusal(runs, alice, command)
        assert (refused.code, words in refused.detail) == (code, True), refused.detail
        assert 0 < refused.retry_after <= (60 if code == "too_fast" else 86_400)
    assert Message.objects.count() == rows, "and nothing of it is stored"
    await whole(runs, bob, say())


async def test_the_minute_passes(alice, runs, scripted_model):
    Limit.objects.create(person=alice, messages_a_minute=2)
    await spend(runs, alice, scripted_model, 2)
    refused = await refusal(runs, alice, say())
    assert 55 < refused.retry_after <= 60
    oldest = Charge.objects.order_by("at").first()
    Charge.objects.filter(pk=oldest.pk).update(at=oldest.at - timedelta(seconds=50))
    assert (await refusal(runs, alice, say())).retry_after <= 10
    Charge.objects.filter(pk=oldest.pk).update(at=oldest.at - timedelta(seconds=61))
    await whole(runs, alice, say())


async def test_what_was_accepted_may_be_said_again_and_costs_nothing(alice, runs, scripted_model):
    Limit.objects.create(person=alice, messages_a_day=3)
    scripted_model.plays(text("Half"))  # cut off
    first = say()
    accepted = await whole(runs, alice, first)
    again, more = retry(accepted), go_on(accepted)
    for order in (again, more):
        await whole(runs, alice, order)
    for said in (first, again, more) * 2:
        await runs.start(alice, said)
    assert Charge.objects.count() == 3
    assert (await refusal(runs, alice, say())).code == "quota"


async def test_deleting_gives_nothing_back_and_yesterday_does_not_count(
    alice, runs, scripted_model
):
    Limit.objects.create(person=alice, messages_a_day=2)
    await spend(runs, alice, scripted_model, 2)
    Conversation.objects.all().delete()
    assert (await refusal(runs, alice, say())).code == "quota"
    Charge.objects.update(at=timezone.now() - timedelta(days=1))
    await whole(runs, alice, say())


async def test_so_many_answers_at_once(alice, runs, scripted_model):
    Limit.objects.create(group=None, runs_at_once=2)
    scripted_model.plays(text("On and on"), Hold())
    under_way = [await runs.start(alice, say()) for _ in range(2)]
    refused = await refusal(runs, alice, say())
    assert (refused.code, refused.retry_after) == ("too_fast", 3)
    await runs.stop(alice, under_way[0].run)
    while Run.objects.live().count() == 2:
        await asyncio.sleep(0.01)
    await runs.start(alice, say())


async def test_the_length_of_a_message(alice, runs, scripted_model):
    Limit.objects.create(person=alice, characters=10)
    refused = await refusal(runs, alice, say("x" * 11))
    assert (refused.code, refused.retry_after) == ("too_long", None)
    assert "11" in refused.detail
    await whole(runs, alice, say("x" * 10))


def test_a_person_goes_before_groups_the_generous_one_first_and_everyone_last(alice, settings):
    painters, poets = (Group.objects.create(name=name) for name in ("painters", "poets"))
    alice.groups.add(painters, poets)
    settings.LIMITS = settings.LIMITS | {"messages_a_day": 9, "tokens_a_day": 9}

    def day():
        return Limit.objects.of(alice)["messages_a_day"]

    assert day() == 9
    Limit.objects.create(messages_a_day=20)
    assert day() == 20
    Limit.objects.create(group=painters, messages_a_day=5, tokens_a_day=7)
    assert day() == 5
    of_poets = Limit.objects.create(group=poets, messages_a_day=8)
    assert day() == 8
    of_poets.messages_a_day = 0  # without limit
    of_poets.save()
    assert day() == 0
    Limit.objects.create(person=alice, messages_a_day=3)
    assert day() == 3
    assert Limit.objects.of(alice)["tokens_a_day"] == 7, "what a row leaves open, the next says"


def test_there_is_one_row_about_each(alice):
    for about in ({}, {"person": alice}, {"group": Group.objects.get(name="lead")}):
        Limit.objects.create(**about)
        with pytest.raises(IntegrityError), transaction.atomic():
            Limit.objects.create(**about)


async def test_the_page_is_told_before_it_is_over(alice, runs, scripted_model):
    Limit.objects.create(person=alice, messages_a_day=20)
    await spend(runs, alice, scripted_model, 17)
    while runs._live:  # whose ends are told to the person's pages
        await asyncio.sleep(0.01)
    ids = {"parent": None, "text": "Hello?"}
    async with Tab(runs, alice) as tab:
        assert await tab.is_quiet(), "three are left, which is more than a tenth"
        for left in (2, 1):
            keys = {name: uuid4() for name in ("id", "conversation", "reply")}
            await tab.send(type="say", **ids, **keys)
            (*_, told) = await tab.until("allowance")
            of_day = {"what": "messages", "left": left, "most": 20, "passes": None}
            assert told == {"type": "allowance"} | of_day
    async with Tab(runs, alice) as tab:
        (*_, told) = await tab.until("allowance")
        assert told["left"] == 1


async def test_the_page_is_told_before_too_much_is_said_in_a_minute(alice, runs, scripted_model):
    Limit.objects.create(person=alice, messages_a_minute=20, messages_a_day=100)
    await spend(runs, alice, scripted_model, 17)
    ids = {name: uuid4() for name in ("id", "conversation", "reply")}
    async with Tab(runs, alice) as tab:
        await tab.send(type="say", parent=None, text="Hello?", **ids)
        (*_, told) = await tab.until("allowance")
    assert (told["what"], told["left"], told["most"]) == ("minute", 2, 20)
    assert 1 <= told["passes"] <= 60
    Charge.objects.filter(person=alice).update(at=timezone.now() - timedelta(seconds=30))
    told = await runs.allowance(alice)
    assert told.passes is not None
    assert told.passes <= 30, "then so few are left of the minute that it is not near"
    Limit.objects.update(messages_a_day=18)
    told = await runs.allowance(alice)
    assert (told.what, told.left, told.passes) == ("messages", 0, None), "the nearest is told"


# --- models


async def test_a_closed_model_is_neither_listed_nor_asked(alice, bob, carol, runs, scripted_model):
    scripted_model.plays(text("Half"))  # cut off
    accepted = await whole(runs, alice, say())
    painters = Group.objects.create(name="painters")
    bob.groups.add(painters)
    ModelAccess.objects.create(model="script*").groups.add(painters)
    for command in (
        say(model="scripted"),
        say(),
        retry(accepted),
        retry(accepted, model="scripted"),
        go_on(accepted),
        answer_to(accepted),
    ):
        refused = await refusal(runs, alice, command)
        assert (refused.code, "open to you" in refused.detail) == ("invalid", True)
    assert Run.objects.count() == 1
    for person in (bob, carol):
        await whole(runs, person, say(model="scripted"))
    listed = {
        person: [each["name"] for each in ModelServer.objects.offered_to(person)]
        for person in (alice, bob, carol)
    }
    assert listed == {alice: [], bob: ["scripted"], carol: ["scripted"]}
    bob.groups.clear()
    assert (await refusal(runs, bob, say())).code == "invalid", "at once"
