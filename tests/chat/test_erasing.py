"""What is due is erased a few rows at a time, and what is held never."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.db.models.deletion import ProtectedError
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from chat import erasing
from chat.models import Conversation, Hold, Message
from chat.models.conversation import UNDO


@pytest.fixture
def deleted(alice) -> Conversation:
    """Deleted long enough ago, with two branches of 300 messages each."""
    conversation = Conversation.objects.create(
        id=uuid4(), owner=alice, deleted_at=timezone.now() - 2 * UNDO
    )
    root = message(conversation, None)
    for _branch in range(2):
        end = root
        for _ in range(300):
            end = message(conversation, end)
    Conversation.objects.filter(pk=conversation.pk).update(leaf=end)
    return conversation


def message(conversation: Conversation, parent: Message | None) -> Message:
    return Message.objects.create(
        id=uuid4(),
        conversation=conversation,
        parent=parent,
        depth=parent.depth_below if parent else 0,
        role="user",
        text="x",
        status="complete",
    )


def test_a_long_conversation_goes_in_pieces_of_bounded_work(deleted):
    sizes = []
    while deleted.messages.exists():
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert erasing.erase_some(16) == 16
        sizes.append(deleted.messages.count())
        assert len(asked) < 60
    assert sizes == [401, 201, 1, 0]
    assert not Conversation.objects.exists()
    assert erasing.erase_some(16) == 0


def test_what_is_not_due_yet_stays(deleted):
    Conversation.objects.update(deleted_at=timezone.now() - UNDO + timedelta(seconds=30))
    assert erasing.erase_some(16) == 0
    Conversation.objects.update(deleted_at=timezone.now() - 2 * UNDO)
    message(deleted, None)
    Message.objects.filter(parent=None).update(status="streaming")
    assert erasing.erase_some(16) == 0


@pytest.mark.parametrize("on", ["person", "conversation"])
def test_what_is_held_is_erased_when_it_is_let_go(on, alice, bob, deleted):
    other = Conversation.objects.create(id=uuid4(), owner=bob, deleted_at=timezone.now() - 2 * UNDO)
    subject = {"person": alice, "conversation": deleted}[on]
    key = str(subject.pk)
    hold = Hold.objects.create(**{on: subject}, subject=key, reason="a court’s order")
    erasing.erase_all()
    assert not Conversation.objects.filter(pk=other.pk).exists()
    assert Conversation.objects.held().get() == deleted
    assert deleted.messages.count() == 601
    with pytest.raises(ProtectedError):
        subject.delete()
    assert hold.release("olga", "it is over")
    assert not hold.release("olga", "twice")
    erasing.erase_all()
    assert not Conversation.objects.exists()
    alice.delete()
    hold.refresh_from_db()
    assert (hold.person, hold.conversation, hold.subject) == (None, None, key)


def test_who_deletes_what_is_held_is_told(alice, client):
    client.force_login(alice)
    mine = [Conversation.objects.create(id=uuid4(), owner=alice) for _ in range(2)]
    Hold.objects.create(conversation=mine[0], subject="x", reason="a court’s order")
    for conversation, status in zip(mine, (200, 204), strict=True):
        answer = client.post("/conversations/delete/", {"conversation": conversation.pk})
        assert answer.status_code == status
        assert ("A legal hold keeps it" in answer.content.decode()) is (status == 200)
    assert Conversation.objects.owned_by(alice).count() == 0
