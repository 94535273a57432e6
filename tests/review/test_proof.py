"""Transcripts that prove themselves: what is done behind the application's back is named."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.models import QuerySet

from chat import behind
from chat.models import Conversation, Message, Run
from chat.taking import storing, values
from chat.taking.breathing import Breathing
from review.models import Erasure, Head, Link
from review.models.chain import HeadQuerySet
from review.proof import linking
from review.proof.finding import Finding, Kind
from review.proof.hashing import signature_of
from review.proof.verifying import findings, state_of
from tests.admin.conftest import NOON, add


def wrong() -> list[Finding]:
    return [each for each in findings() if each]


def answer(conversation: Conversation, process, text: str, *, minute: int = 1) -> Message:
    """A turn and the answer of a run, the way that the application stores them."""
    turn = add(conversation, "user", f"{text}?", minute=minute)
    said = add(conversation, "assistant", f"{text}.", turn, minute=minute + 1)
    go_on(said, process, f"{text}.", minute=minute + 1)
    return said


def go_on(message: Message, process, text: str, *, minute: int = 1) -> None:
    """A run writes the message, or goes on with it."""
    run = Run.objects.create(id=uuid4(), message=message, process=process, model="danube")
    Run.objects.filter(pk=run.pk).update(
        outcome="complete",
        finished_at=NOON + timedelta(minutes=minute),
        started_at=NOON + timedelta(minutes=minute),
    )
    Message.objects.filter(pk=message.pk).update(text=text, status="complete", in_chain=False)


def link() -> None:
    while linking.take_in(behind.FEW):
        pass


@pytest.fixture
def chained(alice, process) -> Conversation:
    """Three turns with their answers, all linked."""
    conversation = Conversation.objects.create(id=uuid4(), owner=alice, title="Tides")
    for number in range(3):
        answer(conversation, process, f"part {number}", minute=2 * number)
    link()
    assert Link.objects.count() == 6
    assert wrong() == []
    return conversation


def sql(statement: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, [_stored(value) for value in values])


def _stored(value: Any) -> Any:
    field = Message._meta.pk
    return field.get_db_prep_value(value, connection) if isinstance(value, UUID) else value


def change_text(messages: list[Message]) -> Message:
    sql("UPDATE chat_message SET text = 'other' WHERE id = %s", messages[2].pk)
    return messages[2]


def change_and_ask_for_a_link(messages: list[Message]) -> Message:
    statement = "UPDATE chat_message SET text = 'other', in_chain = %s WHERE id = %s"
    sql(statement, False, messages[3].pk)
    return messages[3]


def hide_as_streaming(messages: list[Message]) -> Message:
    sql("UPDATE chat_message SET status = 'streaming' WHERE id = %s", messages[3].pk)
    return messages[3]


def delete(messages: list[Message]) -> Message:
    last = messages[5]
    sql("DELETE FROM chat_run WHERE message_id = %s", last.pk)
    sql("DELETE FROM chat_message WHERE id = %s", last.pk)
    return last


def insert(messages: list[Message]) -> Message:
    return add(messages[0].conversation, "assistant", "Never said.", messages[0], minute=1)


def insert_as_if_linked(messages: list[Message]) -> Message:
    inserted = insert(messages)
    sql("UPDATE chat_message SET in_chain = %s WHERE id = %s", True, inserted.pk)
    return inserted


def swap(messages: list[Message]) -> Message:
    first, second = messages[1], messages[3]
    moment = "UPDATE chat_message SET created_at = %s WHERE id = %s"
    sql(moment, second.created_at, first.pk)
    sql(moment, first.created_at, second.pk)
    return first


def change_a_link(messages: list[Message]) -> Message:
    sql("UPDATE review_link SET content = %s WHERE position = 3", "0" * 64)
    return _linked(3)


def take_out_a_link(messages: list[Message]) -> Message:
    message = _linked(6)
    sql("DELETE FROM review_link WHERE position = 6")
    return message


def _linked(position: int) -> Message:
    message = Link.objects.get(position=position).message
    assert message is not None
    return message


BEHIND_THE_BACK = [
    (change_text, Kind.CHANGED),
    (change_and_ask_for_a_link, Kind.CHANGED),
    (hide_as_streaming, Kind.CHANGED),
    (delete, Kind.REMOVED),
    (insert, Kind.ADDED),
    (insert_as_if_linked, Kind.ADDED),
    (swap, Kind.CHANGED),
    (change_a_link, Kind.LINK),
    (take_out_a_link, Kind.ADDED),
]


@pytest.mark.parametrize(("deed", "kind"), BEHIND_THE_BACK)
def test_what_is_done_behind_the_back_is_found_and_named(
    deed: Callable[[list[Message]], Message], kind: Kind, chained, capsys
):
    touched = deed(list(chained.messages.in_order()))
    link()
    assert Finding(chained.pk, touched.pk, kind) in wrong()
    assert state_of(chained.pk) == "changed"
    with pytest.raises(SystemExit) as ended:
        call_command("verify_transcripts", conversation=chained.pk)
    assert ended.value.code == 1
    assert f"message {touched.pk}: {kind}" in capsys.readouterr().out


def test_a_head_that_is_rolled_back_changed_or_taken_away_is_found(chained, process):
    old = Head.objects.get()
    answer(chained, process, "more", minute=9)
    link()
    new = Head.objects.get()
    assert new.count == 8
    old.save()  # with the signature that it had
    assert wrong() == [Finding(chained.pk, None, Kind.HEAD)]
    new.save()
    assert wrong() == []
    Head.objects.update(erased=8)
    assert Finding(chained.pk, None, Kind.HEAD) in wrong()
    Head.objects.all().delete()
    assert Finding(chained.pk, None, Kind.HEADLESS) in wrong()


SET_BACK = "UPDATE review_head SET count = %s, hash = %s WHERE conversation = %s"


@pytest.mark.parametrize("deed", ["zero", "unsigned", "back", "gone", "ahead"])
def test_a_chain_whose_head_was_set_back_goes_on_and_the_break_stays_found(
    deed, chained, alice, process
):
    """One that is set to nothing, with or without its signature, or back to a link; or taken away;
    or a link that is put behind it: nothing of that keeps others from being linked.
    """
    third = Link.objects.get(position=3)
    match deed:
        case "zero":
            sql(SET_BACK, 0, "", chained.pk)
        case "unsigned":
            sql(SET_BACK, 0, "", chained.pk)
            sql("UPDATE review_head SET signature = '' WHERE conversation = %s", chained.pk)
        case "back":
            sql(SET_BACK, 3, third.hash, chained.pk)
        case "gone":
            sql("DELETE FROM review_head WHERE conversation = %s", chained.pk)
        case "ahead":
            third.pk, third.position = None, 7
            third.save()
    assert wrong()
    other = Conversation.objects.create(id=uuid4(), owner=alice)
    for number, conversation in enumerate((chained, other)):
        answer(conversation, process, "more", minute=20 + number)
    link()
    positions = list(
        Link.objects.filter(conversation=chained.pk).values_list("position", flat=True)
    )
    assert sorted(positions) == list(range(1, 10 if deed == "ahead" else 9))
    assert not Message.objects.to_be_chained().exists()
    assert Finding(chained.pk, None, Kind.HEAD) in wrong()
    assert not any(found.conversation == other.pk for found in wrong())
    answer(chained, process, "and more", minute=30)
    link()
    assert Finding(chained.pk, None, Kind.HEAD) in wrong()


def test_a_whole_conversation_cannot_go_unseen(chained):
    messages = set(chained.messages.values_list("pk", flat=True))
    sql("DELETE FROM chat_run")
    sql("UPDATE chat_message SET parent_id = NULL")
    sql("DELETE FROM chat_message")
    assert {each.message for each in wrong() if each.kind == Kind.REMOVED} == messages


def no_run(conversation: Conversation) -> Message:
    return add(conversation, "user", "Never said.", minute=1)


def as_if_linked(conversation: Conversation) -> Message:
    message = no_run(conversation)
    Message.objects.filter(pk=message.pk).update(in_chain=True)
    return message


def as_if_being_written(conversation: Conversation) -> Message:
    return add(conversation, "assistant", "Never said.", status="streaming")


@pytest.mark.parametrize(
    ("deed", "kind"),
    [
        (no_run, Kind.ADDED),
        (as_if_linked, Kind.ADDED),
        (as_if_being_written, Kind.UNWRITTEN),
    ],
)
def test_a_conversation_that_was_put_there_is_found(deed, kind: Kind, chained, alice):
    forged = Conversation.objects.create(id=uuid4(), owner=alice, title="Never had")
    message = deed(forged)
    link()
    assert wrong() == [Finding(forged.pk, message.pk, kind)]
    assert state_of(forged.pk) == "changed"


def test_a_conversation_that_is_made_temporary_to_be_erased_is_found(chained):
    sql("UPDATE chat_conversation SET temporary = %s", True)
    assert wrong() == [Finding(chained.pk, None, Kind.TEMPORARY)]
    chained.refresh_from_db()
    chained.delete()
    assert Erasure.objects.get().cause == "other"


def take_out(conversation: Conversation) -> None:
    """With all that proves it."""
    for table, column in (
        ("review_link", "conversation"),
        ("review_head", "conversation"),
        ("review_erasure", "conversation"),
    ):
        sql(f"DELETE FROM {table} WHERE {column} = %s", conversation.pk)
    Message.objects.filter(conversation=conversation).delete()
    sql("UPDATE chat_conversation SET temporary = %s WHERE id = %s", True, conversation.pk)
    conversation.refresh_from_db()
    conversation.delete()


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_conversation_that_is_taken_out_with_its_proof_leaves_a_gap(
    number: int, chained, alice, process, capsys
):
    for title in ("second", "third"):
        conversation = Conversation.objects.create(id=uuid4(), owner=alice, title=title)
        answer(conversation, process, title)
        link()
    take_out(Conversation.objects.get(pk=Head.objects.get(number=number).pk))
    assert wrong() == [Finding(None, None, Kind.CHAIN, number)]
    with pytest.raises(SystemExit):
        call_command("verify_transcripts")
    assert f"the chain of a whole conversation is gone: number {number}" in capsys.readouterr().out
    if number == 3:
        sql("UPDATE review_register SET heads = 2")
        assert wrong() == [Finding(None, None, Kind.REGISTER)]
    sql("DELETE FROM review_register")
    assert Finding(None, None, Kind.REGISTER) in wrong()


def test_a_changed_number_makes_no_list_of_all_that_are_not_there(chained, alice, process, capsys):
    for title in ("second", "third", "fourth", "fifth"):
        conversation = Conversation.objects.create(id=uuid4(), owner=alice, title=title)
        answer(conversation, process, title)
        link()
    fourth = Head.objects.get(number=4).pk
    sql("UPDATE review_head SET number = %s WHERE number = 4", 2_000_000_000)
    assert wrong() == [
        Finding(fourth, None, Kind.HEAD),
        Finding(None, None, Kind.CHAIN, 4),
        Finding(None, None, Kind.REGISTER),
    ]
    sql("UPDATE review_head SET number = %s WHERE number = 3", 1_000_000_000)
    sql("UPDATE review_head SET number = %s WHERE number = 5", 1_500_000_000)
    assert [each for each in wrong() if each.conversation is None] == [
        Finding(None, None, Kind.CHAIN, 3, 5),
        Finding(None, None, Kind.REGISTER),
    ]
    with pytest.raises(SystemExit):
        call_command("verify_transcripts")
    told = capsys.readouterr().out
    assert "the chain of a whole conversation is gone: each of the numbers 3 to 5\n" in told
    assert "5 wrong." in told


def test_what_begins_while_it_is_verified_is_no_finding(chained, alice, process, monkeypatch):
    numbers = HeadQuerySet.numbers

    def meanwhile(heads: HeadQuerySet) -> QuerySet[Head, int | None]:
        answer(Conversation.objects.create(id=uuid4(), owner=alice), process, "meanwhile")
        link()
        return numbers(heads)

    monkeypatch.setattr(HeadQuerySet, "numbers", meanwhile)
    assert wrong() == []
    assert Head.objects.count() == 2


def test_chains_from_before_there_was_a_register_are_counted(chained, alice, process):
    head = Head.objects.get()
    head.number = None
    head.signature = signature_of(head)
    head.save()
    sql("DELETE FROM review_register")
    assert wrong() == []
    answer(chained, process, "more", minute=9)
    link()
    assert wrong() == []
    new = Conversation.objects.create(id=uuid4(), owner=alice)
    answer(new, process, "new")
    link()
    assert Head.objects.get(pk=new.pk).number == 1
    assert wrong() == []
    take_out(chained)
    assert wrong() == [Finding(None, None, Kind.CHAIN)]


def test_what_was_here_before_there_were_chains_is_believed_once(alice):
    """However it came: nobody knows any more."""
    old = Conversation.objects.create(id=uuid4(), owner=alice)
    add(old, "user", "From a file of long ago.")
    link()
    assert (Link.objects.count(), wrong()) == (1, [])
    add(Conversation.objects.create(id=uuid4(), owner=alice), "user", "Never said.")
    link()
    assert [each.kind for each in wrong()] == [Kind.ADDED]
    sql("UPDATE review_register SET is_caught_up = %s", False)
    assert Kind.REGISTER in {each.kind for each in wrong()}


def test_an_honest_life_verifies(chained, alice, process, capsys):
    """Versions, going on, a file that adds, being erased, and coming back afterwards."""
    first = chained.messages.in_order()[1]
    go_on(first, process, "part 0. And more.", minute=30)
    assert wrong() == [], "while it waits for its link"
    version = add(chained, "assistant", "Another.", first.parent, minute=31)
    go_on(version, process, "Another.", minute=31)
    writing = add(chained, "assistant", "", first.parent, minute=32, status="streaming")
    Run.objects.create(id=uuid4(), message=writing, process=process)
    link()
    assert (Link.objects.count(), wrong()) == (8, [])
    temporary = Conversation.objects.create(id=uuid4(), owner=alice, temporary=True)
    answer(temporary, process, "secret")
    link()
    assert not Link.objects.filter(conversation=temporary.pk).exists()
    temporary.delete()
    old = add(chained, "user", "From a file.", minute=-60)
    linking.take_in_brought(chained)
    assert (Link.objects.filter(message=old.pk).count(), wrong()) == (1, [])
    Message.objects.streaming().delete()
    pk = chained.pk
    chained.delete()
    assert (Link.objects.count(), wrong()) == (9, [])
    again = Conversation.objects.create(id=pk, owner=alice)
    add(again, "user", "From a file, again.", minute=-90)
    linking.take_in_brought(again)
    assert (Link.objects.count(), wrong()) == (10, [])
    add(again, "user", "From a file, later.", minute=-80)
    call_command("verify_transcripts")
    assert "a running server makes: 1 messages" in capsys.readouterr().out
    go_on(add(again, "assistant", "", minute=70), process, "Late.", minute=70)
    Message.objects.filter(text="From a file, later.").delete()
    call_command("verify_transcripts", link=True)
    assert "11 links, 0 wrong." in capsys.readouterr().out


def test_what_a_file_brings_is_linked_as_it_is_stored(alice, chained):
    message = values.Message(uuid4(), None, "user", "Hello", NOON)
    brought = values.Conversation(1, uuid4(), "Brought", NOON, NOON, messages=[message])
    stored = storing.store(alice, brought, Breathing())
    assert Link.objects.filter(conversation=stored.conversation).count() == 1
    assert wrong() == []


def test_links_hold_no_word(chained):
    kept = json.dumps([str(row) for row in Link.objects.values_list()])
    assert "part" not in kept


def test_the_transcript_tells_whether_it_is_proven(admin, chained):
    page = f"/admin/chat/conversation/{chained.pk}/change/"
    assert ">verified<" in admin.get(page).content.decode()
    change_text(list(chained.messages.in_order()))
    assert ">changed behind the application’s back<" in admin.get(page).content.decode()
