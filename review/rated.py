"""What becomes of digests and of the dashboard when a rating is given, changed or withdrawn."""

from __future__ import annotations

from typing import Any

from django.db.models import Model, QuerySet

from chat.models import Feedback
from review.models import CountedDay, DigestHint
from review.models.figures import Figure, WeekFigure, monday


def about_to_change(instance: Feedback, **_: Any) -> None:
    """The rating before it counts no more."""
    if not instance._state.adding:
        known = Feedback.objects.select_related("message").only(
            "person", "verdict", "changed_at", "message__model"
        )
        for before in known.filter(pk=instance.pk):
            _count_no_more(before)


def changed(instance: Feedback, **_: Any) -> None:
    """Given, for the first time or anew."""
    DigestHint.leave(instance.message.conversation_id)


def withdrawn(instance: Feedback, origin: Model | QuerySet[Any] | None = None, **_: Any) -> None:
    """Taken back by the person, and not gone with its conversation."""
    kind = origin.model if isinstance(origin, QuerySet) else type(origin)
    if kind is Feedback:
        _count_no_more(instance)
        DigestHint.leave(instance.message.conversation_id)


def _count_no_more(rating: Feedback) -> None:
    """Nothing else of its day changes: what is erased since was there, and stays counted."""
    day = rating.changed_at.date()
    if not CountedDay.for_good(day, day):
        return  # it is counted again
    whose = rating.person_id, rating.message.model
    Figure.objects.take_rating(day, *whose, rating.verdict)
    WeekFigure.objects.take_rating(monday(day), *whose, rating.verdict)
