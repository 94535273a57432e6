"""Erasing what is due: behind the answers, a few rows at a time, so that none waits long."""

from __future__ import annotations

from django.db import transaction

from chat.behind import FEW, keep_up
from chat.journal import Journal
from chat.models import Conversation
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
    with transaction.atomic():
        conversation = Conversation.objects.to_be_erased().locked().order_by("pk").first()
        if conversation is None:
            return 0
        erasing_begins.send(Conversation, conversation=conversation)
        if conversation.messages.count() > MOST:
            conversation.messages.deepest(MOST).delete()
        else:
            conversation.delete()
    return few


def erase_all() -> None:
    """Erase everything that is due now."""
    while erase_some():
        pass
