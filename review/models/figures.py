"""What the dashboard adds up: a day, or a week, of one person with one model is one narrow row."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chat.models.clock import Now

FRESH = timedelta(minutes=5)
DAY, WEEK = timedelta(days=1), timedelta(days=7)
Histogram = dict[str, int]  # how many, by the number of a bucket


class FigureQuerySet(models.QuerySet[Any]):
    """Ways to figures, of days and of weeks."""

    def between(self, first: date, last: date) -> FigureQuerySet:
        """Those of these days, both included."""
        return self.filter(day__range=(first, last)).order_by("day")

    def of_group(self, group: str) -> FigureQuerySet:
        """Those of the people in the group of this name."""
        return self.filter(owner__groups__name=group)

    def of_model(self, model: str) -> FigureQuerySet:
        """Those of one model."""
        return self.filter(model=model)

    def take_rating(self, day: date, owner: Any, model: str, verdict: str) -> None:
        """Count one ``good`` or ``bad`` less."""
        counted = self.filter(day=day, owner=owner, model=model, **{f"{verdict}__gt": 0})
        counted.update(**{verdict: models.F(verdict) - 1})

    def models(self) -> list[str]:
        """Every model that was asked."""
        named = self.exclude(model="").order_by("model")
        return list(named.values_list("model", flat=True).distinct())


class Sums(models.Model):
    """One person's time with one model, from ``day`` on.

    ``first_token`` and ``speed`` are histograms. ``conversations`` are those that began then:
    each counts once, with its first model.
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
        abstract = True

    def __str__(self) -> str:
        return f"{self.day} {self.model}"


class Figure(Sums):
    """A day's."""

    class Meta:
        verbose_name = _("figure")
        verbose_name_plural = _("dashboard")
        constraints = [
            models.UniqueConstraint(fields=["day", "owner", "model"], name="review_figure_once")
        ]


class WeekFigure(Sums):
    """A week's, from its Monday on: what the figures of its days add up to."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["day", "owner", "model"], name="review_week_once")
        ]


class CountedDay(models.Model):
    """A day whose figures are there. One that had not long passed is counted again."""

    day = models.DateField(primary_key=True)
    counted_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return str(self.day)

    @classmethod
    def wanting(cls, first: date, last: date) -> list[date]:
        """The days from the first to the last that are to be counted, the newest first."""
        known, now = cls._known(first, last), timezone.now()
        days = [last - timedelta(days=back) for back in range((last - first).days + 1)]
        return [day for day in days if _is_wanting(day, known.get(day), now)]

    @classmethod
    def for_good(cls, first: date, last: date) -> set[date]:
        """Those of these days that are never counted again."""
        return {day for day, at in cls._known(first, last).items() if _was_over(day, at)}

    @classmethod
    def _known(cls, first: date, last: date) -> dict[date, datetime]:
        days = cls.objects.filter(day__range=(first, last))
        return dict(days.values_list("day", "counted_at"))


class CountedWeek(models.Model):
    """A week, by its Monday, whose figures are there."""

    day = models.DateField(primary_key=True)

    def __str__(self) -> str:
        return str(self.day)

    @classmethod
    def within(cls, first: date, last: date) -> list[date]:
        """The Mondays of those that begin and end in these days."""
        found = cls.objects.filter(day__range=(first, last - WEEK + DAY)).order_by("day")
        return list(found.values_list("day", flat=True))


def monday(day: date) -> date:
    """The first day of a day's week."""
    return day - timedelta(days=day.weekday())


def _is_wanting(day: date, counted_at: datetime | None, now: datetime) -> bool:
    if counted_at is None:
        return True
    return not _was_over(day, counted_at) and now - counted_at > FRESH


def _was_over(day: date, counted_at: datetime) -> bool:
    return counted_at.date() > day + DAY
