"""Counting days into figures, so that the dashboard reads neither runs nor messages."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from math import log
from time import monotonic
from typing import Any

from django.db import transaction
from django.db.models import Min
from django.utils import timezone

from chat.models import Feedback, Run
from chat.models.clock import Now
from review.models.figures import CountedDay, Figure, Histogram

STEP = 1.05  # a bucket is so much wider than the one before: a percentile is right to 2.5 %
PATIENCE = 0.4  # seconds that a page waits for days to be counted
Key = tuple[Any, str]  # person, model
Days = dict[Key, Figure]


def count(first: date, last: date, *, patience: float = PATIENCE) -> bool:
    """Bring the figures of these days up to date; False if there are days left for later."""
    begun = Run.objects.aggregate(at=Min("started_at"))["at"]
    if begun is None:
        return True
    until = monotonic() + patience
    for day in CountedDay.wanting(max(first, begun.date()), min(last, timezone.now().date())):
        if monotonic() > until:
            return False
        _count_day(day)
    return True


def percentile(histogram: Histogram, share: float) -> float | None:
    """The value that this share of all is not above, as near as a bucket is wide."""
    below, wanted = 0, share * sum(histogram.values())
    for bucket in sorted(histogram, key=int):
        below += histogram[bucket]
        if below >= wanted:
            return float(STEP ** (int(bucket) + 0.5))
    return None


def bucket_of(value: float) -> str:
    """The number of the bucket that a value belongs into; all below 1 are together."""
    return str(int(log(max(value, 1.0), STEP)))


@transaction.atomic
def _count_day(day: date) -> None:
    begin = datetime(day.year, day.month, day.day, tzinfo=UTC)
    span = (begin, begin + timedelta(days=1))
    figures: Days = {}
    _add_runs(figures, day, span)
    _add_ratings(figures, day, span)
    Figure.objects.filter(day=day).delete()
    Figure.objects.bulk_create(figures.values())
    CountedDay.objects.update_or_create(day=day, defaults={"counted_at": Now()})


def _figure(figures: Days, day: date, key: Key) -> Figure:
    return figures.setdefault(key, Figure(day=day, owner_id=key[0], model=key[1]))


def _add_runs(figures: Days, day: date, span: tuple[datetime, datetime]) -> None:
    runs = Run.objects.filter(started_at__gte=span[0], started_at__lt=span[1]).order_by()
    seen: defaultdict[Key, tuple[set[Any], set[Any]]] = defaultdict(lambda: (set(), set()))
    fields = ("message__conversation__owner", "model", "message__conversation", "message__parent")
    figured = ("outcome", "prompt_tokens", "completion_tokens", "first_token_ms")
    kept = runs.filter(message__conversation__temporary=False)
    for owner, model, conversation, turn, outcome, asked, said, waited, speed in kept.values_list(
        *fields, *figured, "tokens_per_second"
    ):
        figure = _figure(figures, day, (owner, model))
        conversations, turns = seen[owner, model]
        conversations.add(conversation)
        turns.add(turn)
        figure.messages += 1
        figure.tokens += (asked or 0) + (said or 0)
        _add(figure.outcomes, outcome or "streaming")
        if waited is not None:
            _add(figure.first_token, bucket_of(waited))
        if speed is not None:
            _add(figure.speed, bucket_of(speed * 10))
    for key, (conversations, turns) in seen.items():
        figures[key].conversations = len(conversations)
        figures[key].messages += len(turns)


def _add_ratings(figures: Days, day: date, span: tuple[datetime, datetime]) -> None:
    ratings = Feedback.objects.filter(
        verdict__in=Feedback.Verdict.values, changed_at__gte=span[0], changed_at__lt=span[1]
    )
    counted = Counter(ratings.values_list("person", "message__model", "verdict"))
    for (person, model, verdict), number in counted.items():
        figure = _figure(figures, day, (person, model))
        if verdict == Feedback.Verdict.GOOD:
            figure.good += number
        else:
            figure.bad += number


def _add(histogram: Histogram, name: str) -> None:
    histogram[name] = histogram.get(name, 0) + 1
