"""Applying the rules: behind the answers, a few conversations at a time.

What is due is looked for beside everything else. A conversation that is found is hidden,
and its record written, in one transaction; its rows then go the way of all that people
delete (``chat.erasing``).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from uuid import UUID

from django.db import transaction

from chat.behind import BREATH, look_again
from chat.database import DatabaseThreads
from chat.journal import Journal
from chat.models import Conversation
from chat.signals import conversation_changed
from review.models import Erasure, Rule
from review.proof.linking import erase

LOOK = 3600.0  # seconds between looks
FOUND = 500  # conversations of one look
AT_ONCE = 2  # of one transaction: ten to thirty milliseconds


async def retain_behind(journal: Journal) -> None:
    """Apply the rules, for ever, in turn with the journal's other writes."""
    await look_again(partial(_apply_all, journal), "retention rules", look=LOOK)


async def _apply_all(journal: Journal, threads: DatabaseThreads) -> None:
    for rule in await threads.run(_rules):
        while due := await threads.run(find, rule):
            taken = 0
            for some in _in_steps(due):
                taken += await journal.write(take, rule, some)
                await asyncio.sleep(BREATH)
            if not taken:  # another server has them
                break


def apply(rule: Rule, told: Callable[[int], None] = lambda _: None) -> int:
    """Apply one rule now; returns how many conversations it took. ``told`` hears it meanwhile."""
    taken = 0
    while due := find(rule):
        for some in _in_steps(due):
            taken += take(rule, some)
            told(taken)
    return taken


def find(rule: Rule) -> list[UUID]:
    """Some of what a rule erases now, the oldest first."""
    due = rule.due().order_by("active_at", "pk")
    return list(due.values_list("pk", flat=True)[:FOUND])


def take(rule: Rule, found: Sequence[UUID]) -> int:
    """Hide those of these few that are still due, and write down that they go."""
    with transaction.atomic():
        due = rule.due().among(found).select_related("owner")
        taken = list(due.locked())
        for conversation in taken:
            erase(conversation, cause=Erasure.Cause.RULE, rule_name=rule.name)
        Conversation.objects.among(each.pk for each in taken).delete_for_good()
    for conversation in taken:
        conversation_changed.send(Conversation, conversation=conversation, changed="deleted")
    return len(taken)


def _rules() -> list[Rule]:
    return list(Rule.objects.on().erasing())


def _in_steps(found: Sequence[UUID]) -> Iterator[Sequence[UUID]]:
    return (found[start : start + AT_ONCE] for start in range(0, len(found), AT_ONCE))
