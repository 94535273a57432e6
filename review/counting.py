"""Counting days into figures, so that the dashboard reads neither runs nor messages."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from math import log
from time import monotonic
from typing import Any

from django.db import transaction
from django.db.models import Case, Min, SmallIntegerField, When
from django.utils import timezone

from chat.models import Feedback, Run
from chat.models.clock import Now
from review.models.figures import (
    DAY,
    CountedDay,
    CountedWeek,
    Figure,
    Histogram,
    Sums,
    monday,
)

STEP = 1.05  # a bucket is so much wider than the one before: a percentile is right to 2.5 %
MOST = 731  # days of the dashboard's longest range
PATIENCE = 0.25  # seconds that a page waits for days to be counted
COUNTS = ["conversations", "messages", "tokens", "good", "bad"]
HISTOGRAMS = ["outcomes", "first_token", "speed"]
SUMS = [*COUNTS, *HISTOGRAMS]
EARLIER, JUST_BEFORE, ON_THE_DAY = range(3)
LEAD = timedelta(hours=1)  # a conversation may be there for so long before its first answer begins
Key = tuple[Any, str]  # person, model
Days = dict[Key, Figure]


def count(first: date, last: date, *, patience: float = PATIENCE) -> bool:
    """Bring the figures of these days up to date; False if there are days left for later."""
    until = monotonic() + patience
    for day in CountedDay.wanting(*_with_runs(first, last)):
        if monotonic() > until:
            return False
        store(day, figures_of(day))
    return True


def due() -> list[date]:
    """The days that are over, within reach of the dashboard, and not counted for good."""
    return CountedDay.wanting(*_with_runs(*over()))


def over() -> tuple[date, date]:
    """The first and the last day of those that the dashboard reaches and that are over."""
    last = timezone.now().date() - 2 * DAY
    return last - MOST * DAY, last


def figures_of(day: date) -> list[Figure]:
    """What a day's runs and ratings come to; nothing is stored."""
    begin = datetime(day.year, day.month, day.day, tzinfo=UTC)
    span = (begin, begin + timedelta(days=1))
    figures: Days = {}
    _add_runs(figures, day, span)
    _add_ratings(figures, day, span)
    return list(figures.values())


@transaction.atomic
def store(day: date, figures: Sequence[Figure]) -> None:
    """Put a day's figures in the place of those that were counted before."""
    Figure.objects.filter(day=day).delete()
    add(Figure, figures)
    CountedWeek.objects.filter(day=monday(day)).delete()
    CountedDay.objects.update_or_create(day=day, defaults={"counted_at": Now()})


def add(kind: type[Sums], figures: Sequence[Sums]) -> None:
    """Store these, also while somebody else stores the same."""
    kind._default_manager.bulk_create(
        figures,
        update_conflicts=True,
        unique_fields=["day", "owner", "model"],
        update_fields=SUMS,
    )


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


def _with_runs(first: date, last: date) -> tuple[date, date]:
    """The range without what is before the first run or still to come."""
    begun = Run.objects.aggregate(at=Min("started_at"))["at"]
    return max(first, begun.date()) if begun else last + DAY, min(last, timezone.now().date())


def _figure(figures: Days, day: date, key: Key) -> Figure:
    return figures.setdefault(key, Figure(day=day, owner_id=key[0], model=key[1]))


def _add_runs(figures: Days, day: date, span: tuple[datetime, datetime]) -> None:
    runs = Run.objects.filter(started_at__gte=span[0], started_at__lt=span[1])
    kept = runs.filter(message__conversation__temporary=False).annotate(made=_made(span[0]))
    kept = kept.order_by("started_at", "pk")
    turns: defaultdict[Key, set[Any]] = defaultdict(set)
    first: dict[Any, tuple[Key, int]] = {}
    of_whom = ("message__conversation__owner", "model", "message__conversation", "made")
    figured = ("outcome", "prompt_tokens", "completion_tokens", "first_token_ms")
    for owner, model, talk, made, turn, outcome, asked, said, waited, speed in kept.values_list(
        *of_whom, "message__parent", *figured, "tokens_per_second"
    ):
        figure = _figure(figures, day, (owner, model))
        first.setdefault(talk, ((owner, model), made))
        turns[owner, model].add(turn)
        figure.messages += 1
        figure.tokens += (asked or 0) + (said or 0)
        _add(figure.outcomes, outcome or "streaming")
        if waited is not None:
            _add(figure.first_token, bucket_of(waited))
        if speed is not None:
            _add(figure.speed, bucket_of(speed * 10))
    for key, asked_in in turns.items():
        figures[key].messages += len(asked_in)
    for key in _begun(first, span[0]):
        figures[key].conversations += 1


def _made(begin: datetime) -> Case:
    """When a run's conversation was: on the day, just before it, or earlier."""
    made = "message__conversation__created_at__gte"
    return Case(
        When(**{made: begin}, then=ON_THE_DAY),
        When(**{made: begin - LEAD}, then=JUST_BEFORE),
        default=EARLIER,
        output_field=SmallIntegerField(),
    )


def _begun(first: Mapping[Any, tuple[Key, int]], begin: datetime) -> Iterator[Key]:
    """Whose, and with which model, the conversations are whose first answer was of this day.

    One that is begun counts nowhere else, so that days, models and groups add up.
    """
    doubtful = [pk for pk, (_, made) in first.items() if made == JUST_BEFORE]
    answered = Run.objects.filter(message__conversation__in=doubtful, started_at__lt=begin)
    known = set(answered.values_list("message__conversation", flat=True)) if doubtful else set()
    for pk, (key, made) in first.items():
        if made != EARLIER and pk not in known:
            yield key


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
