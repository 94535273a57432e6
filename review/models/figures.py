"""What the dashboard adds up: a day of one person with one model is one narrow row."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chat.models.clock import Now

FRESH = timedelta(minutes=5)
Histogram = dict[str, int]  # how many, by the number of a bucket


class FigureQuerySet(models.QuerySet["Figure"]):
    """Ways to figures."""

    def between(self, first: date, last: date) -> FigureQuerySet:
        """Those of these days, both included."""
        return self.filter(day__range=(first, last)).order_by("day")

    def of_group(self, group: str) -> FigureQuerySet:
        """Those of the people in the group of this name."""
        return self.filter(owner__groups__name=group)

    def of_model(self, model: str) -> FigureQuerySet:
        """Those of one model."""
        return self.filter(model=model)

    def models(self) -> list[str]:
        """Every model that was asked."""
        named = self.exclude(model="").order_by("model")
        return list(named.values_list("model", flat=True).distinct())


class Figure(models.Model):
    """One person's day with one model. ``first_token`` and ``speed`` are histograms.

    ``conversations`` are those that began then: each counts once, with its first model.
    """

    day = models.DateField()
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    model = models.CharField(max_length=200, blank=True)
    conversations = models.PositiveIntegerField(default=0)
    messages = models.PositiveIntegerField(default=0)
    tokens = models.PositiveBigIntegerField(default=0)
    good = models.PositiveIntegerField(default=0)
    bad = models.PositiveIntegerField(default=0)
    outcomes: models.JSONField[Any, Any] = models.JSONField(default=dict)
    first_token: models.JSONField[Any, Any] = models.JSONField(default=dict)
    speed: models.JSONField[Any, Any] = models.JSONField(default=dict)

    objects = FigureQuerySet.as_manager()

    class Meta:
        verbose_name = _("figure")
        verbose_name_plural = _("dashboard")
        constraints = [
            models.UniqueConstraint(fields=["day", "owner", "model"], name="review_figure_once")
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.model}"


class CountedDay(models.Model):
    """A day whose figures are there. One that had not long passed is counted again."""

    day = models.DateField(primary_key=True)
    counted_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return str(self.day)

    @classmethod
    def wanting(cls, first: date, last: date) -> list[date]:
        """The days from the first to the last that are to be counted, the newest first."""
        known = dict(cls.objects.filter(day__range=(first, last)).values_list("day", "counted_at"))
        now = timezone.now()
        days = [last - timedelta(days=back) for back in range((last - first).days + 1)]
        return [day for day in days if _is_wanting(day, known.get(day), now)]


def _is_wanting(day: date, counted_at: Any, now: Any) -> bool:
    if counted_at is None:
        return True
    was_over = counted_at.date() > day + timedelta(days=1)
    return not was_over and now - counted_at > FRESH
