"""What is erased leaves a signed record without a word, and verifying knows it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.utils import timezone

from accounts import personal
from chat import erasing
from chat.models import Conversation
from chat.models.conversation import UNDO
from review.models import Erasure, Head, Link
from review.proof.finding import Finding, Kind
from review.proof.hashing import signature_of
from tests.review.test_proof import answer, chained, link, sql, wrong

__all__ = ["chained"]


def delete(conversation: Conversation) -> None:
    deleted_at = timezone.now() - 2 * UNDO
    Conversation.objects.filter(pk=conversation.pk).update(deleted_at=deleted_at)


def by_its_person(conversation: Conversation) -> None:
    delete(conversation)
    erasing.erase_all()


def with_the_account(conversation: Conversation) -> None:
    personal.erase(conversation.owner)


def by_the_operator(conversation: Conversation) -> None:
    conversation.delete()


@pytest.mark.parametrize(
    ("way", "cause"),
    [(by_its_person, "deleted"), (with_the_account, "account"), (by_the_operator, "other")],
)
def test_every_way_to_erase_leaves_one_record(
    way: Callable[[Conversation], None], cause: str, chained, process, capsys
):
    answer(chained, process, "the last words", minute=9)  # which nobody has linked yet
    pk = chained.pk
    way(chained)
    record = Erasure.objects.get()
    head = Head.objects.get()
    assert (record.conversation, record.cause, record.links) == (pk, cause, 8)
    assert record.hash == head.hash == Link.objects.get(position=8).hash
    assert (head.erased, head.erasures) == (8, 1)
    assert "words" not in json.dumps([str(row) for row in Erasure.objects.values_list()])
    assert wrong() == []
    call_command("verify_transcripts")
    told = capsys.readouterr().out
    assert "8 links, 0 wrong." in told
    assert f"1 conversation {record.why}" in told


def test_amid_the_erasing_all_is_well(chained, monkeypatch):
    monkeypatch.setattr(erasing, "MOST", 2)
    delete(chained)
    for left in (4, 2):
        erasing.erase_some()
        assert chained.messages.count() == left
        assert wrong() == []
    erasing.erase_all()
    assert (Erasure.objects.count(), wrong()) == (1, [])


def test_what_came_back_and_went_again_has_two_records(chained, alice, process):
    pk = chained.pk
    chained.delete()
    again = Conversation.objects.create(id=pk, owner=alice)
    answer(again, process, "once more", minute=60)
    link()
    assert wrong() == []
    again.delete()
    assert list(Erasure.objects.of(pk).values_list("links", flat=True)) == [6, 8]
    assert wrong() == []


def test_temporary_ones_leave_nothing(alice, process):
    temporary = Conversation.objects.create(id=uuid4(), owner=alice, temporary=True)
    answer(temporary, process, "secret")
    link()
    temporary.delete()
    assert not Erasure.objects.exists()
    assert not Head.objects.exists()


def other_cause() -> None:
    sql("UPDATE review_erasure SET cause = 'rule'")


def other_time() -> None:
    sql("UPDATE review_erasure SET at = %s", timezone.now() - timedelta(days=9))


def no_record() -> None:
    sql("DELETE FROM review_erasure")


def no_chain() -> None:
    sql("DELETE FROM review_link")
    sql("DELETE FROM review_head")


def second_record() -> None:
    record = Erasure.objects.get()
    record.pk, record._state.adding = None, True
    record.save()


def as_if_erased() -> None:
    sql("UPDATE review_head SET erased = count, erasures = 1")


@pytest.mark.parametrize(
    ("deed", "kind"),
    [
        (other_cause, Kind.RECORD),
        (other_time, Kind.RECORD),
        (no_record, Kind.UNRECORDED),
        (second_record, Kind.UNRECORDED),
        (no_chain, Kind.HEADLESS),
    ],
)
def test_records_that_were_tampered_with_are_found(deed: Callable[[], None], kind: Kind, chained):
    pk = chained.pk
    chained.delete()
    deed()
    assert Finding(pk, None, kind) in wrong()
    with pytest.raises(SystemExit):
        call_command("verify_transcripts", conversation=pk)


def test_erasing_behind_the_back_is_not_made_good_by_a_forged_head(chained):
    as_if_erased()
    sql("DELETE FROM chat_run")
    sql("UPDATE chat_message SET parent_id = NULL")
    sql("DELETE FROM chat_message")
    kinds = {each.kind for each in wrong()}
    assert kinds == {Kind.HEAD, Kind.UNRECORDED}


def test_an_old_tombstone_without_records_is_believed(chained):
    """It was left by a version that wrote none."""
    pk = chained.pk
    chained.delete()
    sql("DELETE FROM review_erasure")
    head = Head.objects.get(pk=pk)
    head.erasures = 0
    head.signature = signature_of(head)
    head.save()
    assert wrong() == []


def test_the_account_of_erasing_can_only_grow(chained):
    chained.delete()
    record = Erasure.objects.get()
    for way in (record.delete, record.save, Erasure.objects.all().delete):
        with pytest.raises(TypeError):
            way()
    with pytest.raises(TypeError):
        Erasure.objects.update(cause="rule")
