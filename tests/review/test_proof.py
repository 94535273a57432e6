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

from chat import behind
from chat.models import Conversation, Message, Run
from chat.taking import storing, values
from review.models import Head, Link
from review.proof import linking
from review.proof.finding import Finding, Kind
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


def test_a_whole_conversation_cannot_go_unseen(chained):
    messages = set(chained.messages.values_list("pk", flat=True))
    sql("DELETE FROM chat_run")
    sql("UPDATE chat_message SET parent_id = NULL")
    sql("DELETE FROM chat_message")
    assert {each.message for each in wrong() if each.kind == Kind.REMOVED} == messages


def test_an_honest_life_verifies(chained, alice, process, capsys):
    """Versions, going on, a file that adds, being erased, and coming back afterwards."""
    first = chained.messages.in_order()[1]
    go_on(first, process, "part 0. And more.", minute=30)
    assert wrong() == [], "while it waits for its link"
    version = add(chained, "assistant", "Another.", first.parent, minute=31)
    go_on(version, process, "Another.", minute=31)
    add(chained, "assistant", "", first.parent, minute=32, status="streaming")
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
    link()
    assert (Link.objects.count(), wrong()) == (10, [])
    call_command("verify_transcripts")
    assert "10 links, 0 wrong." in capsys.readouterr().out


def test_what_a_file_brings_is_linked_as_it_is_stored(alice, chained):
    message = values.Message(uuid4(), None, "user", "Hello", NOON)
    brought = values.Conversation(1, uuid4(), "Brought", NOON, NOON, messages=[message])
    stored = storing.store(alice, brought)
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
