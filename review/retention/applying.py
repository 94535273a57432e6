"""Applying the rules: behind the answers, a few conversations at a time.

A conversation that is due is hidden, and its record written, in one transaction; its rows
then go the way of all that people delete (``chat.erasing``).
"""

from __future__ import annotations

from django.db import transaction

from chat.behind import FEW, keep_up
from chat.journal import Journal
from chat.models import Conversation
from chat.signals import conversation_changed
from review.models import Erasure, Rule
from review.proof.linking import erase

LOOK = 3600.0  # seconds between looks while nothing is due
AT_ONCE = 4  # conversations of one transaction: some ten milliseconds


async def retain_behind(journal: Journal) -> None:
    """Apply the rules, for ever, in turn with the journal's other writes."""
    await keep_up(journal, apply_some, "the retention", look=LOOK)


def apply_some(few: int = FEW) -> int:
    """Let the rules that are on take some conversations.

    Returns ``few`` where something was done, so that the next follow soon, else 0.
    """
    return few if any(take_some(rule) for rule in Rule.objects.on().erasing()) else 0


def take_some(rule: Rule) -> int:
    """Let one rule take some conversations, the oldest first; returns how many."""
    with transaction.atomic():
        due = rule.due().select_related("owner").order_by("active_at", "pk")
        taken = list(due.locked()[:AT_ONCE])
        for conversation in taken:
            erase(conversation, cause=Erasure.Cause.RULE, rule_name=rule.name)
        Conversation.objects.among(each.pk for each in taken).delete_for_good()
    for conversation in taken:
        conversation_changed.send(Conversation, conversation=conversation, changed="deleted")
    return len(taken)
