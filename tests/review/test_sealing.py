"""Transcripts that prove whose they are, what was asked for, and what the model was sent."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from chat import turns
from chat.models import Conversation, Message, Run
from chat.wire.commands import Say
from review.models import Head, Link
from review.proof.finding import Finding, Kind
from review.proof.hashing import hash_of, signature_of
from review.proof.sealing import CALM
from review.proof.verifying import state_of, state_of_run
from tests.admin.conftest import NOON
from tests.review.test_proof import answer, chained, go_on, link, sql, wrong

__all__ = ["chained"]


@pytest.fixture
def proven(chained, alice, process) -> Conversation:
    """A conversation with a system prompt, in which each run has sent something."""
    conversation = Conversation.objects.create(id=uuid4(), owner=alice, system_prompt="Be exact.")
    said = answer(conversation, process, "tides")
    body = {"messages": [{"role": "user", "content": "tides?"}], "temperature": 0.5, "n": 1}
    Run.objects.filter(message=said).update(
        request=body, parameters={"b": 1.0, "a": "ü"}, server="lab", tokens_per_second=58.25
    )
    conversation.leaf = said
    conversation.save(update_fields=["leaf"])
    link()
    assert wrong() == []
    return conversation


def run_of(conversation: Conversation) -> Run:
    return Run.objects.get(message__conversation=conversation)


def give_to_another(conversation: Conversation, other: int) -> Finding:
    sql("UPDATE chat_conversation SET owner_id = %s WHERE id = %s", other, conversation.pk)
    return Finding(conversation.pk, None, Kind.OWNER)


def change_the_prompt(conversation: Conversation, _other: int) -> Finding:
    sql("UPDATE chat_conversation SET system_prompt = 'Lie.' WHERE id = %s", conversation.pk)
    return Finding(conversation.pk, None, Kind.PROMPT)


def change_what_was_sent(conversation: Conversation, _other: int) -> Finding:
    run = run_of(conversation)
    Run.objects.filter(pk=run.pk).update(request=run.request | {"n": 2})
    return Finding(conversation.pk, run.message_id, Kind.RUN)


def change_who_answered(conversation: Conversation, _other: int) -> Finding:
    run = run_of(conversation)
    sql("UPDATE chat_run SET server = 'other' WHERE id = %s", run.pk)
    return Finding(conversation.pk, run.message_id, Kind.RUN)


def take_the_run_out(conversation: Conversation, _other: int) -> Finding:
    run = run_of(conversation)
    sql("DELETE FROM chat_run WHERE id = %s", run.pk)
    return Finding(conversation.pk, run.message_id, Kind.RUN)


def forget_the_run(conversation: Conversation, _other: int) -> Finding:
    linked = Link.objects.exclude(asked="").get(conversation=conversation.pk)
    sql("UPDATE review_link SET asked = '' WHERE id = %s", linked.pk)
    return Finding(conversation.pk, linked.message_id, Kind.LINK)


def forget_the_seals(conversation: Conversation, other: int) -> Finding:
    change_the_prompt(conversation, other)
    statement = "UPDATE review_head SET prompt_seal = '', owner_seal = '' WHERE conversation = %s"
    sql(statement, conversation.pk)
    return Finding(conversation.pk, None, Kind.HEAD)


@pytest.mark.parametrize(
    "deed",
    [
        give_to_another,
        change_the_prompt,
        change_what_was_sent,
        change_who_answered,
        take_the_run_out,
        forget_the_run,
        forget_the_seals,
    ],
)
def test_what_is_changed_behind_the_back_is_named_and_no_later_turn_hides_it(
    deed: Callable[[Conversation, int], Finding], proven, process, bob, capsys
):
    found = deed(proven, bob.pk)
    link()
    assert wrong() == [found]
    answer(proven, process, "more", minute=9)
    link()
    assert wrong() == [found]
    with pytest.raises(SystemExit):
        call_command("verify_transcripts", conversation=proven.pk)
    assert str(found) in capsys.readouterr().out


def by_its_page(conversation: Conversation, client, _process) -> None:
    client.force_login(conversation.owner)
    body = json.dumps({"system_prompt": "Be brief."})
    address = reverse("chat:settings", args=[conversation.pk])
    assert client.post(address, body, content_type="application/json").status_code == 204


def with_a_turn(conversation: Conversation, _client, process) -> None:
    say = Say(
        uuid4(), conversation.pk, conversation.leaf_id, "And?", uuid4(), system_prompt="Be brief."
    )
    choice = turns.Choice("danube", "lab", 4096)
    turns.accept(conversation.owner, say, process.pk, lambda *_: choice)


@pytest.mark.parametrize("way", [by_its_page, with_a_turn])
def test_a_person_may_change_the_prompt(way, proven, client, process):
    way(proven, client, process)
    proven.refresh_from_db()
    assert (proven.system_prompt, wrong()) == ("Be brief.", [])
    change_the_prompt(proven, 0)
    assert wrong() == [Finding(proven.pk, None, Kind.PROMPT)]


def test_a_prompt_that_was_changed_behind_the_back_stays_found_whatever_else_is_set(proven, client):
    found = forget_the_seals(proven, 0)
    by_its_page(proven, client, None)
    assert wrong() == [found]


def as_an_older_version_left_it(conversation: Conversation) -> None:
    """A chain without runs, whose head tells nothing of the conversation."""
    previous = ""
    for each in Link.objects.filter(conversation=conversation.pk).order_by("position"):
        each.asked = ""
        each.hash = previous = hash_of(each, previous)
        each.save()
    head = Head.objects.get(pk=conversation.pk)
    head.hash, head.owner_seal, head.prompt_seal = previous, "", ""
    head.signature = signature_of(head)
    head.save()


def test_a_chain_from_before_runs_and_settings_were_held_verifies_and_goes_on(proven, process):
    as_an_older_version_left_it(proven)
    assert wrong() == []
    assert state_of_run(run_of(proven)) == "unproven"
    Head.objects.filter(pk=proven.pk).update(newest=timezone.now() - CALM / 2)
    head = Head.objects.get(pk=proven.pk)
    head.signature = signature_of(head)
    head.save()
    link()
    assert Head.objects.get(pk=proven.pk).prompt_seal == "", "somebody may be at work in it"
    head.newest = timezone.now() - CALM - timedelta(minutes=1)
    head.signature = signature_of(head)
    head.save()
    link()
    assert wrong() == []
    assert change_the_prompt(proven, 0) in wrong()
    answer(proven, process, "more", minute=(timezone.now() - NOON) // timedelta(minutes=1))
    link()
    assert Link.objects.filter(conversation=proven.pk).exclude(asked="").count() == 1


def test_an_older_version_beside_this_one_signs_without_seals(proven, process):
    head = Head.objects.get(pk=proven.pk)
    head.signature = signature_of(head, with_seals=False)
    head.save()
    assert wrong() == []
    answer(proven, process, "more", minute=9)
    link()
    head.refresh_from_db()
    assert (head.signature, wrong()) == (signature_of(head), [])


def test_each_run_of_an_answer_is_held_even_one_that_added_nothing(proven, process):
    said = Message.objects.get(pk=proven.leaf_id)
    go_on(said, process, said.text, minute=20)
    link()
    assert Link.objects.filter(message=said).exclude(asked="").count() == 2
    first, second = Run.objects.filter(message=said).order_by("finished_at")
    for run in (first, second):
        assert state_of_run(run) == "verified"
        Run.objects.filter(pk=run.pk).update(model="other")
        run.refresh_from_db()
        assert state_of_run(run) == "changed"
    assert [each.kind for each in wrong()] == [Kind.RUN, Kind.RUN]


def test_a_conversation_that_comes_back_after_it_was_erased_is_sealed_as_it_comes(
    proven, alice, process
):
    pk = proven.pk
    proven.delete()
    assert (Head.objects.get(pk=pk).prompt_seal, wrong()) == ("", [])
    again = Conversation.objects.create(id=pk, owner=alice, system_prompt="Another.")
    answer(again, process, "again", minute=90)
    link()
    assert wrong() == []
    assert change_the_prompt(again, 0) in wrong()


def test_seals_hold_no_word_and_the_page_of_a_run_tells_whether_it_is_proven(proven, admin):
    assert "exact" not in json.dumps([str(row) for row in Head.objects.values_list()])
    page = f"/admin/chat/run/{run_of(proven).pk}/change/"
    assert ">verified<" in admin.get(page).content.decode()
    change_who_answered(proven, 0)
    assert ">changed behind the application’s back<" in admin.get(page).content.decode()
    assert state_of(proven.pk) == "verified"  # of what was said
