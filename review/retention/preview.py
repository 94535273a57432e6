"""What a rule would erase now, before it is let do it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Min

from chat.models import Conversation, Message
from review.models import Rule

MOST_COUNTED = 10_000  # on a page
SHOWN = 50


@dataclass(frozen=True)
class Listed:
    """A conversation that would go, and how many messages it has."""

    conversation: Conversation
    messages: int


@dataclass(frozen=True)
class Preview:
    """``count`` conversations, no further than was asked for, and their ``messages``.

    They were last active from ``first`` to ``last``. ``listed`` are those that would go
    first; ``held`` is how many stay because of a hold.
    """

    count: int
    is_more: bool
    messages: int
    first: datetime | None
    last: datetime | None
    held: int
    listed: list[Listed]


def of(rule: Rule, shown: int = SHOWN, most: int = MOST_COUNTED) -> Preview:
    """Look, and touch nothing."""
    due = rule.due().order_by("active_at", "pk")
    some = due.values("pk")[:most]
    found = Conversation.objects.filter(pk__in=some)
    counted = found.aggregate(count=Count("pk"), first=Min("active_at"), last=Max("active_at"))
    return Preview(
        **counted,
        is_more=due[most : most + 1].exists(),
        messages=Message.objects.filter(conversation__in=some).count(),
        held=rule.held()[:most].count(),
        listed=_listed(list(due.select_related("owner")[:shown])),
    )


def _listed(conversations: list[Conversation]) -> list[Listed]:
    messages = Message.objects.filter(conversation__in=conversations).order_by()
    said = dict(messages.values_list("conversation").annotate(Count("pk")))
    return [Listed(each, said.get(each.pk, 0)) for each in conversations]
