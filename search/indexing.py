"""Keeping the index in step with what is stored: behind the answers, never in their way.

A message or a title that the index does not have as it is says so in its own row, so
nothing is forgotten, whoever stored it and whatever died since. A few at a time are taken
in, in a transaction of their own.
"""

from __future__ import annotations

from django.db import transaction

from chat.behind import keep_up
from chat.journal import Journal
from chat.models import Conversation, Message
from search.index import TITLE, owner_term
from search.models import Entry
from search.words import composed, stems_and_terms


async def index_behind(journal: Journal) -> None:
    """Take in what comes, for ever, in turn with the journal's other writes."""
    await keep_up(journal, take_in, "the search index")


def missing() -> int:
    """How many texts the index does not have as they are."""
    return Message.objects.to_be_indexed().count() + Conversation.objects.to_be_indexed().count()


def take_in(most: int) -> int:
    """Bring some texts into the index. Returns how many: fewer than ``most`` if that was all."""
    taken = _take_in_messages(most)
    return taken + _take_in_titles(most - taken) if taken < most else taken


def _take_in_messages(most: int) -> int:
    due = Message.objects.to_be_indexed()
    if not due.exists():
        return 0
    with transaction.atomic():
        messages = list(due.select_related("conversation").locked()[:most])
        Entry.objects.of_messages(messages).delete()
        Entry.objects.bulk_create(
            _entry(message.conversation, message, message.text) for message in messages
        )
        Message.objects.note_indexed(messages)
    return len(messages)


def _take_in_titles(most: int) -> int:
    due = Conversation.objects.to_be_indexed()
    if not due.exists():
        return 0
    with transaction.atomic():
        conversations = list(due.locked()[:most])
        Entry.objects.of_titles(conversations).delete()
        Entry.objects.bulk_create(_entry(each, None, each.title) for each in conversations)
        Conversation.objects.note_indexed(conversations)
    return len(conversations)


def _entry(conversation: Conversation, message: Message | None, text: str) -> Entry:
    stems, terms = stems_and_terms(composed(text))
    fixed = [owner_term(conversation.owner_id), *([TITLE] if message is None else [])]
    return Entry(
        conversation=conversation,
        message=message,
        stems=stems,
        terms=" ".join([*fixed, *sorted(terms)]),
    )
