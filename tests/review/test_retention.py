"""How long conversations stay: by age, people, model and label, and never against a hold."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from chat.erasing import erase_all
from chat.models import Conversation, Hold, Message, Run
from chat.signals import conversation_changed
from review.models import Erasure, Judgement, Mark, Queue, Rule
from review.proof.linking import take_in
from review.retention import applying, preview
from tests.review.test_proof import link, wrong


def rule(name: str, days: int, **fields: Any) -> Rule:
    return Rule.objects.create(name=name, days=days, **{"is_on": True} | fields)


def aged(conversation: Conversation, days: float) -> Conversation:
    active_at = timezone.now() - timedelta(days=days)
    Conversation.objects.filter(pk=conversation.pk).update(active_at=active_at)
    return conversation


def apply() -> None:
    for each in Rule.objects.on().erasing():
        applying.apply(each)
    erase_all()


def left() -> set[str]:
    return set(Conversation.objects.values_list("title", flat=True))


@pytest.fixture
def talks(talk, bob, queue: Queue, rita) -> dict[str, Conversation]:
    """Some of each kind, all as old as their name says."""
    made = {
        "new": aged(talk("new"), 5),
        "old": aged(talk("old"), 40),
        "bob's": aged(talk("bob's", owner=bob), 40),
        "other model": aged(talk("other model", model="llama"), 40),
        "labelled": aged(talk("labelled"), 40),
    }
    queue.fill([made["labelled"].pk])
    judgement = Judgement.objects.create(
        item=queue.items.get(), reviewer=rita, saved_at=timezone.now()
    )
    question = queue.rubric.questions.filter(kind="labels")[0]
    Mark.objects.create(judgement=judgement, question=question, value=["spam"], labels="|spam|")
    group = Group.objects.create(name="students")
    bob.groups.add(group)
    link()
    return made


@pytest.mark.parametrize(
    ("narrowed", "goes"),
    [
        ({}, {"old", "bob's", "other model", "labelled"}),
        ({"group": "students"}, {"bob's"}),
        ({"model": "llama"}, {"other model"}),
        ({"label": "spam"}, {"labelled"}),
        ({"group": "students", "model": "llama"}, set()),
        ({"days": 41}, set()),
        ({"is_on": False}, set()),
    ],
)
def test_a_rule_erases_what_it_is_about_and_no_more(narrowed: dict[str, Any], goes, talks):
    if "group" in narrowed:
        narrowed = narrowed | {"group": Group.objects.get(name="students")}
    made = rule("r", **{"days": 30} | narrowed)
    if made.is_on:
        assert {each.conversation.title for each in preview.of(made).listed} == goes
    apply()
    assert set(talks) - left() == goes
    assert Erasure.objects.filter(cause="rule", rule_name="r").count() == len(goes)
    assert wrong() == []


def test_keeping_wins(talks):
    rule("all", 30)
    rule("spam", 60, action="keep", label="spam")
    rule("students", 39, action="keep", group=Group.objects.get(name="students"))
    rule("asleep", 99, action="keep", is_on=False)
    apply()
    assert left() == {"new", "labelled"}


def test_a_hold_wins_and_what_goes_on_or_passes_by_itself_is_left(talks, alice, bob, talk):
    made = rule("all", 30)
    for subject in ({"person": bob}, {"conversation": talks["old"]}):
        Hold.objects.create(**subject, subject="x", reason="a court’s order")
    Message.objects.filter(conversation=talks["labelled"], role="assistant").update(
        status="streaming"
    )
    Run.objects.filter(message__conversation=talks["labelled"]).update(outcome="")
    temporary = aged(talk("temporary", temporary=True), 0.01)
    told = preview.of(made)
    assert (told.count, told.held, told.messages, told.is_more) == (1, 2, 2, False)
    apply()
    assert left() == {"new", "bob's", "old", "labelled", "temporary"}
    assert Conversation.objects.filter(pk=temporary.pk).exists()
    Hold.objects.get(person=bob).release("lena", "over")
    apply()
    assert "bob's" not in left()


def test_a_dry_run_touches_nothing_and_tells_what_would_go(talks, capsys):
    rule("Old ones", 30, is_on=False)
    before = left()
    few = preview.of(Rule.objects.get(), most=3)
    assert (few.count, few.messages, few.is_more) == (3, 6, True)
    call_command("apply_retention", dry_run=True, list=2)
    told = capsys.readouterr().out
    assert "“Old ones” (off): 4 conversations would go\n  8 messages; held and so kept: 0" in told
    assert told.count(" 2 messages\n") == 2
    assert left() == before
    Rule.objects.update(is_on=True)
    call_command("apply_retention")
    assert "“Old ones”: 4 conversations erased" in capsys.readouterr().out
    assert left() == {"new"}
    call_command("verify_transcripts")
    assert "4 conversations erased by a rule: Old ones" in capsys.readouterr().out


def test_each_step_is_small_and_tells_the_pages(alice, process):
    """However much is due, the answers wait for a few conversations at most."""
    old = timezone.now() - timedelta(days=99)
    Conversation.objects.bulk_create(
        Conversation(id=uuid4(), owner=alice, title=str(number), active_at=old)
        for number in range(100)
    )
    made = rule("all", 30)
    gone: list[Any] = []

    def note(conversation: Conversation, changed: str, **_: Any) -> None:
        gone.append((conversation.pk, changed))

    conversation_changed.connect(note)
    with CaptureQueriesContext(connection) as asked:
        found = applying.find(made)
        assert applying.take(made, found[:4]) == 4
    conversation_changed.disconnect(note)
    assert len(gone) == 4
    assert {changed for _pk, changed in gone} == {"deleted"}
    assert len(asked) < 60
    assert Conversation.objects.present().count() == 96
    assert not Conversation.objects.recently_deleted_by(alice).exists()


async def test_a_server_applies_the_rules_by_itself(talks, runs):
    rule("all", 30)
    Hold.objects.create(conversation=talks["old"], subject="x", reason="a court’s order")
    work = asyncio.create_task(applying.retain_behind(runs.journal))
    while await sync_to_async(Conversation.objects.present().count)() > 2:
        await asyncio.sleep(0.01)
    work.cancel()
    await asyncio.wait([work])
    assert {each.title for each in Conversation.objects.present()} == {"new", "old"}
    assert Erasure.objects.count() == 3


def test_what_nobody_had_linked_is_counted_and_leaves_one_record(talk, alice):
    aged(talk(), 40)
    made = rule("all", 30)
    applying.apply(made)
    take_in(100)
    erase_all()
    assert Erasure.objects.get().links == 2
    assert wrong() == []
