"""Erasing what is due: behind the answers, a few rows at a time, so that none waits long."""

from __future__ import annotations

from django.db import transaction

from chat.behind import FEW, keep_up
from chat.journal import Journal
from chat.models import Conversation
from chat.models.conversation import ConversationQuerySet
from chat.signals import erasing_begins

LOOK = 20.0  # seconds between looks while nothing is due
MOST = 200  # messages of one transaction: some ten milliseconds


async def erase_behind(journal: Journal) -> None:
    """Erase what is due, for ever, in turn with the journal's other writes."""
    await keep_up(journal, erase_some, "the erasing", look=LOOK)


def erase_some(few: int = FEW) -> int:
    """Take one conversation that is due, and erase it or so many of its messages.

    Returns ``few`` where something was done, so that the next follows soon, else 0.
    """
    due = (Conversation.objects.to_be_erased(), Conversation.objects.ended())
    return few if any(_erase_one(some) for some in due) else 0


def _erase_one(due: ConversationQuerySet) -> bool:
    with transaction.atomic():
        # In no order: to sort them, a database may read all that are not due.
        for conversation in due.locked().order_by()[:1]:
            erasing_begins.send(Conversation, conversation=conversation)
            if conversation.messages.count() > MOST:
                conversation.messages.deepest(MOST).delete()
            else:
                conversation.delete()
            return True
    return False


def erase_all() -> None:
    """Erase everything that is due now."""
    while erase_some():
        pass
