"""Digests come to be right, however much changes and whatever breaks off."""

from datetime import timedelta

import pytest
from django.db import OperationalError
from django.db.models import F
from django.utils import timezone

from chat.models import Conversation, Message
from chat.signals import messages_brought
from review import digesting
from review.models import Digest
from tests.admin.conftest import add
from tests.review.test_finding import rate


def test_a_conversation_is_read_again_only_when_it_changed(talk):
    talk("Other")
    rate(talk("Rated"), "bad")
    assert digesting.refresh() == (2, True)
    assert digesting.refresh() == (0, True)
    rate(Conversation.objects.get(title="Other"), "bad")
    assert digesting.refresh() == (1, True)
    assert digesting.refresh() == (0, True)


def test_what_changed_is_read_however_much_else_changed(talk):
    long_ago, then = (timezone.now() - timedelta(days=days) for days in (9, 1))
    made = [talk(f"{number}") for number in range(5)]
    digesting.catch_up()
    Conversation.objects.update(active_at=long_ago)
    digesting.catch_up()
    Conversation.objects.update(active_at=then)
    for each in made:
        rate(each, "bad")
    talk("New")
    talk("Live", status="streaming")
    taken = [digesting.refresh(2) for _ in range(6)]
    assert [each.is_all for each in taken][-1]
    assert not taken[0].is_all
    assert set(Digest.objects.values_list("active_at", "ratings")) >= {(then, "|bad|")}
    assert not Digest.objects.exclude(active_at=F("conversation__active_at")).exists()
    assert Digest.objects.count() == 7


def test_a_site_where_ever_more_changes_is_not_read_for_ever(talk, monkeypatch, caplog):
    made = [talk(f"{number}").pk for number in range(5)]
    monkeypatch.setattr(digesting, "AT_ONCE", 3)
    make = digesting.make

    def meanwhile(conversations):
        assert len(told) < 9, "it goes on and on"
        make(conversations)
        for pk in made:
            Conversation.objects.filter(pk=pk).update(active_at=timezone.now())

    monkeypatch.setattr(digesting, "make", meanwhile)
    told = []
    digesting.catch_up(told.append)
    assert told[-1] >= 5
    assert "change faster than they are read" in caplog.text
    monkeypatch.setattr(digesting, "make", make)
    caplog.clear()
    digesting.catch_up()
    assert not Digest.objects.exclude(active_at=F("conversation__active_at")).exists()
    assert not caplog.records


def test_what_was_being_read_when_it_broke_off_is_read_later(talk, monkeypatch):
    monkeypatch.setattr(digesting, "BATCH", 2)
    made = [talk(f"{number}") for number in range(4)]
    digesting.catch_up()
    Conversation.objects.update(active_at=timezone.now())
    for each in made:
        rate(each, "bad")
    make, calls = digesting.make, []

    def break_off(conversations):
        calls.append(conversations)
        if len(calls) == 2:
            raise OperationalError("the power failed")
        make(conversations)

    with monkeypatch.context() as broken:
        broken.setattr(digesting, "make", break_off)
        with pytest.raises(OperationalError):
            digesting.refresh()
    digesting.catch_up()
    assert list(Digest.objects.values_list("ratings", flat=True)) == ["|bad|"] * 4


def test_a_rating_that_comes_while_its_conversation_is_read_is_read_later(talk, monkeypatch):
    rated, make = talk("Rated"), digesting.make

    def rated_meanwhile(conversations):
        make(conversations)
        rate(rated, "bad")

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(digesting, "make", rated_meanwhile)
        digesting.refresh()
    assert Digest.objects.get().ratings == ""
    digesting.refresh()
    assert Digest.objects.get().ratings == "|bad|"


def test_many_answers_under_way_keep_nobody_waiting_and_are_known_when_they_end(talk):
    for number in range(3):
        talk(f"{number}", status="streaming")
    digesting.catch_up()
    assert digesting.refresh(2) == (0, True)
    Message.objects.filter(status="streaming").update(status="complete")
    digesting.catch_up()
    assert set(Digest.objects.values_list("is_settled", "outcomes")) == {(True, "|complete|")}


def test_what_a_file_adds_to_a_conversation_is_known(talk, alice):
    kept = talk("Kept")
    digesting.catch_up()
    add(kept, "user", "And the sun?", kept.leaf, minute=2)
    messages_brought.send(Conversation, conversation=kept)
    digesting.catch_up()
    assert Digest.objects.get().messages == 3


def test_a_temporary_conversation_is_not_read_because_it_was_rated(talk):
    rate(talk("Temporary", temporary=True), "bad")
    digesting.catch_up()
    assert not Digest.objects.exists()
