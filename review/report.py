"""How far the reviewers of a queue agree, question by question, and how each drifts."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from statistics import fmean
from typing import Any

from django.db.models import TextField
from django.db.models.functions import Cast
from django.utils.translation import gettext as _

from review.agreement import Estimate, alpha, by_pair, cohen, estimate, fleiss, percent, table
from review.models import Judgement, Mark, Question, Queue
from review.models.judgement import JudgementQuerySet
from review.models.rubric import SCALE

Unit = dict[str, Any]  # by the reviewer's name: the value given


@dataclass(frozen=True)
class Coefficient:
    """One coefficient under its name."""

    name: str
    estimate: Estimate


@dataclass(frozen=True)
class Pair:
    """Two reviewers, how many things both judged, and Cohen's kappa of them."""

    first: str
    second: str
    both: int
    kappa: float | None


@dataclass(frozen=True)
class Agreement:
    """What is known of one question, or of one of its labels."""

    question: str
    units: int  # judged by two or more
    coefficients: list[Coefficient]
    pairs: list[Pair]

    @property
    def mean_kappa(self) -> float | None:
        """Cohen's kappa averaged over the pairs of reviewers (Light 1971)."""
        kappas = [pair.kappa for pair in self.pairs if pair.kappa is not None]
        return fmean(kappas) if kappas else None


@dataclass(frozen=True)
class Drift:
    """One reviewer in one week, against the others who judged the same things."""

    reviewer: str
    week: date  # its Monday
    judged: int
    above: float | None  # mean of own rating less the mean of the others'
    agrees: float | None  # share of the comparisons that agree


@dataclass(frozen=True)
class Report:
    """Agreement of all questions, and the drift of all reviewers."""

    agreements: list[Agreement]
    drifts: list[Drift]


def of(queue: Queue, known: JudgementQuerySet | None = None) -> Report:
    """The report of a queue, from one reading of its judgements, and one of their marks.

    ``known``: the reviews that there are, to who asks; all of them without.
    """
    judgements = Judgement.objects.saved() if known is None else known
    judgements = judgements.reviews().filter(item__queue=queue)
    saved = {
        pk: (item, reviewer, _monday(saved_at))
        for pk, item, reviewer, saved_at in judgements.values_list(
            "pk", "item", "reviewer__username", "saved_at"
        )
    }
    units: defaultdict[int, defaultdict[Any, Unit]] = defaultdict(lambda: defaultdict(dict))
    weeks: dict[tuple[Any, str], date] = {}
    value_of = cache(json.loads)  # of thousands of marks that say a dozen different things
    marks = Mark.objects.counted(queue).annotate(said=Cast("value", TextField()))
    for pk, question, message, said in marks.order_by().values_list(
        "judgement", "question", "message", "said"
    ):
        if pk in saved:  # and known, and not saved since
            item, reviewer, week = saved[pk]
            units[question][item, message][reviewer] = value_of(said)
            weeks[item, reviewer] = week
    questions = [each for each in queue.rubric.questions.all() if each.is_counted]
    agreements = [
        agreement for each in questions for agreement in _about(each, units[each.pk].values())
    ]
    return Report(agreements, _drifts(questions, units, weeks))


def _monday(saved_at: datetime | None) -> date:
    assert saved_at is not None
    day = saved_at.date()
    return day - timedelta(days=day.weekday())


def _about(question: Question, units: Any) -> Iterator[Agreement]:
    if question.kind == Question.Kind.SCALE:
        yield _agreement(question.text, list(units), SCALE, is_scale=True)
        return
    for option in question.options:
        chosen = [{who: option in value for who, value in unit.items()} for unit in units]
        name = _("%(question)s: %(label)s") % {"question": question.text, "label": option}
        yield _agreement(name, chosen, (False, True), is_scale=False)


def _agreement(
    name: str, units: list[Unit], values: tuple[Hashable, ...], *, is_scale: bool
) -> Agreement:
    counts = table((unit.values() for unit in units), values)
    wanted: list[tuple[str, Any]] = [
        (_("Agreement"), percent),
        (_("Fleiss’ kappa"), fleiss),
        (_("Krippendorff’s alpha, nominal"), alpha("nominal")),
    ]
    if is_scale:
        wanted.append((_("Krippendorff’s alpha, ordinal"), alpha("ordinal")))
        wanted.append((_("Krippendorff’s alpha, interval"), alpha("interval")))
    measured = [Coefficient(label, estimate(each, counts)) for label, each in wanted]
    pairs = [
        Pair(first, second, len(both), cohen(both))
        for (first, second), both in sorted(by_pair(units).items())
    ]
    return Agreement(name, len(counts), measured, pairs)


def _drifts(
    questions: list[Question],
    units: Mapping[int, Mapping[Any, Unit]],
    weeks: Mapping[tuple[Any, str], date],
) -> list[Drift]:
    judged: defaultdict[tuple[str, date], set[Any]] = defaultdict(set)
    above: defaultdict[tuple[str, date], list[float]] = defaultdict(list)
    agrees: defaultdict[tuple[str, date], list[bool]] = defaultdict(list)
    for (item, reviewer), week in weeks.items():
        judged[reviewer, week].add(item)
    for question in questions:
        for (item, _message), unit in units[question.pk].items():
            for reviewer, value in unit.items():
                at = (reviewer, weeks[item, reviewer])
                others = [other for who, other in unit.items() if who != reviewer]
                agrees[at].extend(other == value for other in others)
                if others and question.kind == Question.Kind.SCALE:
                    above[at].append(value - fmean(others))
    return [
        Drift(who, week, len(judged[who, week]), _mean(above[who, week]), _mean(agrees[who, week]))
        for who, week in sorted(judged)
    ]


def _mean(values: list[Any]) -> float | None:
    return fmean(values) if values else None
