"""Figures of many people every day for two years, for as long as the dashboard is measured."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta

from django.db import connection, transaction
from django.utils import timezone

from review import weeks
from review.counting import bucket_of
from review.models import CountedDay, CountedWeek, Figure, WeekFigure
from review.seeds import MODELS

ANSWERS = 6  # a day of one person with one model: half a million in two years


@contextmanager
def every_day(people: Sequence[int], first: date, last: date) -> Iterator[int]:
    """The figures of these people with each model, in the place of all others; how many."""
    with transaction.atomic():
        for kind in (Figure, WeekFigure, CountedDay, CountedWeek):
            kind._default_manager.all().delete()
        days = [first + timedelta(days=after) for after in range((last - first).days + 1)]
        Figure.objects.bulk_create(_figures(people, days), batch_size=1_000)
        now = timezone.now() + timedelta(days=3)
        CountedDay.objects.bulk_create(CountedDay(day=day, counted_at=now) for day in days)
        for begin in weeks.due():
            weeks.store(begin, weeks.figures_of(begin))
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        yield Figure.objects.count()
        transaction.set_rollback(True)


def _figures(people: Sequence[int], days: Sequence[date]) -> Iterator[Figure]:
    draw = random.Random(1)
    for day in days:
        for person in people:
            for model in MODELS:
                waits = (int(draw.lognormvariate(6, 0.7)) for _ in range(ANSWERS))
                speeds = (draw.gauss(45, 12) * 10 for _ in range(ANSWERS))
                yield Figure(
                    day=day,
                    owner_id=person,
                    model=model,
                    conversations=1,
                    messages=2 * ANSWERS,
                    tokens=draw.randint(500, 3_000),
                    outcomes={"complete": ANSWERS - 1, "stopped": 1},
                    first_token=Counter(map(bucket_of, waits)),
                    speed=Counter(map(bucket_of, speeds)),
                )
