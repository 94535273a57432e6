"""What becomes of digests and of the dashboard when a rating is given, changed or withdrawn."""

from __future__ import annotations

from typing import Any

from django.db.models import Model, QuerySet

from chat.models import Feedback
from review.models import CountedDay, DigestHint


def about_to_change(instance: Feedback, **_: Any) -> None:
    """The day of the rating before it has one less."""
    if not instance._state.adding:
        for before in Feedback.objects.filter(pk=instance.pk).values_list("changed_at", flat=True):
            CountedDay.forget(before.date())


def changed(instance: Feedback, **_: Any) -> None:
    """Given, for the first time or anew."""
    DigestHint.leave([instance.message.conversation_id])


def withdrawn(instance: Feedback, origin: Model | QuerySet[Any] | None = None, **_: Any) -> None:
    """Taken back by the person, and not gone with its conversation."""
    kind = origin.model if isinstance(origin, QuerySet) else type(origin)
    if kind is Feedback:
        CountedDay.forget(instance.changed_at.date())
        DigestHint.leave([instance.message.conversation_id])
