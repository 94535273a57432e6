"""Weeks that are over, added up once: long ranges are read by the week."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from django.db import transaction

from review.counting import SUMS, add, over
from review.models.figures import (
    DAY,
    WEEK,
    CountedDay,
    CountedWeek,
    Figure,
    FigureQuerySet,
    WeekFigure,
    monday,
)

Key = tuple[Any, str]  # person, model


def due() -> list[date]:
    """The Mondays of whole weeks that can be added up, and are not, the newest first."""
    return list(_wanting(*over()))


def figures_of(begin: date) -> list[WeekFigure]:
    """What the days of a week come to; nothing is stored."""
    found: dict[Key, WeekFigure] = {}
    for figure in Figure.objects.between(begin, begin + WEEK - DAY):
        key = (figure.owner_id, figure.model)
        week = found.setdefault(key, WeekFigure(day=begin, owner_id=key[0], model=key[1]))
        for name in SUMS:
            setattr(week, name, _sum(getattr(week, name), getattr(figure, name)))
    return list(found.values())


@transaction.atomic
def store(begin: date, figures: Sequence[WeekFigure]) -> None:
    """Put a week's figures in the place of those that were added up before."""
    WeekFigure.objects.filter(day=begin).delete()
    add(WeekFigure, figures)
    CountedWeek.objects.get_or_create(day=begin)


def read(first: date, last: date) -> tuple[FigureQuerySet, FigureQuerySet]:
    """All figures of these days: those of weeks, and those of the days that are in none."""
    weeks = CountedWeek.within(first, last)
    in_weeks = {day for begin in weeks for day in _days(begin)}
    days = [first + timedelta(days=after) for after in range((last - first).days + 1)]
    rest = [day for day in days if day not in in_weeks]
    return WeekFigure.objects.filter(day__in=weeks), Figure.objects.filter(day__in=rest)


def _wanting(first: date, last: date) -> Iterator[date]:
    known = set(CountedWeek.within(first, last))
    counted = CountedDay.for_good(first, last)
    begin = monday(last + DAY) - WEEK
    while begin >= first:
        if begin not in known and counted.issuperset(_days(begin)):
            yield begin
        begin -= WEEK


def _days(begin: date) -> list[date]:
    return [begin + timedelta(days=after) for after in range(WEEK.days)]


def _sum(known: Any, more: Any) -> Any:
    if not isinstance(known, dict):
        return known + more
    return {name: known.get(name, 0) + more.get(name, 0) for name in {**known, **more}}
