"""What a rule would erase now, before it is let do it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Min

from chat.models import Conversation, Message
from review.models import Rule

MOST_COUNTED = 100_000
SHOWN = 50


@dataclass(frozen=True)
class Preview:
    """``count`` conversations, no further than MOST_COUNTED; their ``first`` and last activity.

    ``listed`` are those that would go first, with ``said``: how many messages each has.
    ``held`` is how many stay because of a hold.
    """

    count: int
    messages: int
    first: datetime | None
    last: datetime | None
    held: int
    listed: list[Conversation]

    @property
    def is_more(self) -> bool:
        """Whether there are more than were counted."""
        return self.count > MOST_COUNTED


def of(rule: Rule, shown: int = SHOWN) -> Preview:
    """Look, and touch nothing."""
    due = rule.due().order_by("active_at", "pk")
    some = due.values("pk")[: MOST_COUNTED + 1]
    counted = Conversation.objects.filter(pk__in=some).aggregate(
        count=Count("pk"), first=Min("active_at"), last=Max("active_at")
    )
    listed = due.select_related("owner").annotate(said=Count("messages"))[:shown]
    return Preview(
        **counted,
        messages=Message.objects.filter(conversation__in=some).count(),
        held=rule.held()[:MOST_COUNTED].count(),
        listed=list(listed),
    )
