"""The dashboard's lines: figures added up by day, by model, by group and in all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import msgspec
from django import forms
from django.contrib.auth.models import Group, User
from django.db.models import TextField
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from review import weeks
from review.cells import safe_cell
from review.counting import COUNTS, HISTOGRAMS, MOST, percentile
from review.models.figures import Figure, FigureQuerySet, monday

USUAL = 30  # days
MOST_DAYS = 92  # beyond which a chart has a point for each week


@dataclass
class Line:
    """Figures that are added up; times in seconds, speeds in tokens a second.

    ``conversations`` are those that began.
    """

    name: Any
    conversations: int = 0
    messages: int = 0
    tokens: int = 0
    good: int = 0
    bad: int = 0
    people: set[int] = field(default_factory=set)
    outcomes: Counter[str] = field(default_factory=Counter)
    waits: Counter[str] = field(default_factory=Counter)
    speeds: Counter[str] = field(default_factory=Counter)

    def add(self, owner: int, sums: Sequence[Any]) -> None:
        """What one person's row comes to, in the order of ``counting.SUMS``."""
        conversations, messages, tokens, good, bad, outcomes, waits, speeds = sums
        self.conversations += conversations
        self.messages += messages
        self.tokens += tokens
        self.good += good
        self.bad += bad
        self.people.add(owner)
        _merge(self.outcomes, outcomes)
        _merge(self.waits, waits)
        _merge(self.speeds, speeds)

    def join(self, other: Line) -> None:
        """All the rows of another line."""
        self.conversations += other.conversations
        self.messages += other.messages
        self.tokens += other.tokens
        self.good += other.good
        self.bad += other.bad
        self.people |= other.people
        _merge(self.outcomes, other.outcomes)
        _merge(self.waits, other.waits)
        _merge(self.speeds, other.speeds)

    @property
    def wait(self) -> list[float | None]:
        """The median time to the first token, and what 95 of 100 are not above."""
        return [_scaled(percentile(self.waits, share), 1000) for share in (0.5, 0.95)]

    @property
    def speed(self) -> list[float | None]:
        """The median of tokens a second, and what 95 of 100 are not above."""
        return [_scaled(percentile(self.speeds, share), 10) for share in (0.5, 0.95)]

    @property
    def cells(self) -> list[Any]:
        """As a row of a table of ``COLUMNS``."""
        counts = [self.conversations, self.messages, self.tokens, len(self.people)]
        times = [None if each is None else round(each, 2) for each in (*self.wait, *self.speed)]
        outcomes = [self.outcomes[name] for name in OUTCOMES]
        return [str(self.name), *counts, *times, *outcomes, self.good, self.bad]


OUTCOMES = ("complete", "length", "stopped", "interrupted", "failed")
COLUMNS = "by name conversations_begun messages tokens people first_token_median_s first_token_95_s"
COLUMNS += " tokens_a_second_median tokens_a_second_95"
COLUMNS += f" {' '.join(OUTCOMES)} good bad"


class RangeForm(forms.Form):
    """From which day to which, of whom, with which model."""

    first = forms.DateField(label=_("From"), widget=forms.DateInput({"type": "date"}))
    last = forms.DateField(label=_("To"), widget=forms.DateInput({"type": "date"}))
    model = forms.ChoiceField(label=_("Model"), required=False)
    group = forms.ChoiceField(label=_("Group"), required=False)

    def __init__(self, given: Any) -> None:
        today = timezone.now().date()
        usual = {"first": str(today - timedelta(days=USUAL - 1)), "last": str(today)}
        super().__init__({**usual, **{name: value for name, value in given.items() if value}})
        groups = Group.objects.order_by("name").values_list("name", flat=True)
        for name, values in (("model", Figure.objects.models()), ("group", groups)):
            all_of_them = ("", _("all"))
            chosen = self.fields[name]
            assert isinstance(chosen, forms.ChoiceField)
            chosen.choices = [all_of_them, *((value, value) for value in values)]

    def clean(self) -> dict[str, Any]:
        """No more than two years, and none before its beginning."""
        cleaned = super().clean() or {}
        first, last = cleaned.get("first"), cleaned.get("last")
        if first and last and not 0 <= (last - first).days < MOST:
            raise forms.ValidationError(_("At most two years, the first day before the last."))
        return cleaned

    def points(self, *, by_day: bool = False) -> Points:
        """What the days of a valid form are shown by: days, or weeks if they are many."""
        first, last = self.cleaned_data["first"], self.cleaned_data["last"]
        return Points(first, last, are_weeks=not by_day and (last - first).days >= MOST_DAYS)

    def rows(self, points: Points) -> Iterator[Sequence[Any]]:
        """What a valid form asks for: day, person, model and ``counting.SUMS`` of each figure."""
        model, group = self.cleaned_data["model"], self.cleaned_data["group"]
        for found in points.figures():
            asked = found.of_model(model) if model else found
            asked = asked.of_group(group) if group else asked
            yield from _read(asked)


@dataclass(frozen=True)
class Points:
    """The days from the first to the last, or the weeks they are in, each by its first day."""

    first: date
    last: date
    are_weeks: bool = False

    def of(self, day: date) -> date:
        """Where a day belongs."""
        return max(monday(day), self.first) if self.are_weeks else day

    def figures(self) -> Sequence[FigureQuerySet]:
        """What is stored of them, each day once."""
        if self.are_weeks:
            return weeks.read(self.first, self.last)
        return [Figure.objects.between(self.first, self.last)]

    def __iter__(self) -> Iterator[date]:
        days = (
            self.first + timedelta(days=after) for after in range((self.last - self.first).days + 1)
        )
        return (day for day in days if self.of(day) == day)


@dataclass(frozen=True)
class Lines:
    """All in one line, and by point, model and group; who is in two groups counts in both."""

    total: Line
    points: list[Line]
    models: list[Line]
    groups: list[Line]

    @classmethod
    def none(cls) -> Lines:
        """Those of nothing."""
        return cls(Line("all"), [], [], [])

    def each(self, points: Points) -> list[Line]:
        """A line for each of these, also for those in which nothing was said."""
        known = {line.name: line for line in self.points}
        return [known.get(point) or Line(point) for point in points]

    def rows(self) -> Iterator[list[Any]]:
        """A table for spreadsheets, with its head."""
        yield COLUMNS.split()
        by = {"day": self.points, "model": self.models, "group": self.groups, "all": [self.total]}
        for kind, of_it in by.items():
            for line in of_it:
                yield [kind, *(safe_cell(cell) for cell in line.cells)]


def lines(
    rows: Iterable[Sequence[Any]], points: Points, groups: Mapping[int, Sequence[str]]
) -> Lines:
    """Add them up; ``groups`` are the names of each person's groups."""
    cells: dict[tuple[date, str], Line] = {}
    teams: dict[str, Line] = {}
    for day, owner, model, *sums in rows:
        cells.setdefault((day, model), Line("")).add(owner, sums)
        for name in groups.get(owner, ()):
            teams.setdefault(name, Line(name)).add(owner, sums)
    total = Line("all")
    found: dict[date, Line] = {}
    models: dict[str, Line] = {}
    for (day, model), cell in sorted(cells.items()):
        point = points.of(day)
        found.setdefault(point, Line(point)).join(cell)
        models.setdefault(model, Line(model)).join(cell)
        total.join(cell)
    return Lines(total, list(found.values()), _by_name(models), _by_name(teams))


def groups_of_people() -> dict[int, list[str]]:
    """The names of the groups of everybody who is in one."""
    found: dict[int, list[str]] = {}
    memberships = User.groups.through.objects.values_list("user_id", "group__name")
    for person, name in memberships.order_by("group__name"):
        found.setdefault(person, []).append(name)
    return found


def _read(figures: FigureQuerySet) -> Iterator[Sequence[Any]]:
    """As rows, whose histograms are read by a decoder that takes a third of the usual time."""
    texts = {f"{name}_text": Cast(name, TextField()) for name in HISTOGRAMS}
    rows = figures.annotate(**texts).values_list("day", "owner_id", "model", *COUNTS, *texts)
    decode = msgspec.json.Decoder(dict[str, int]).decode
    for *known, outcomes, waits, speeds in rows.iterator(2000):
        yield *known, decode(outcomes), decode(waits), decode(speeds)


def _merge(histogram: dict[str, int], more: dict[str, int]) -> None:
    """Add the numbers up; by hand, since ``Counter.update`` takes twice as long."""
    known = histogram.get
    for name, number in more.items():
        histogram[name] = known(name, 0) + number


def _by_name(found: dict[str, Line]) -> list[Line]:
    return [found[name] for name in sorted(found)]


def _scaled(value: float | None, scale: float) -> float | None:
    return None if value is None else value / scale
