"""What was judged of a conversation, in the end: a lead's word, or what most reviewers say."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import combinations
from statistics import fmean
from typing import Any
from uuid import UUID

from review.judging import told_together
from review.models import Mark, Question

About = tuple[int, UUID | None]  # a question, and the answer it is about


@dataclass(frozen=True)
class Value:
    """The answer to one question: a mean, a list of labels, or a text."""

    question: Question
    message: UUID | None
    value: Any


@dataclass(frozen=True)
class Judged:
    """All values, and which share of the pairs of reviewers agree; None where there is no pair."""

    values: list[Value] = field(default_factory=list)
    agreement: float | None = None
    reviews: int = 0
    disputed: frozenset[UUID | None] = frozenset()  # answers of which several better ones wait

    def better(self, message: UUID) -> str:
        """The better answer that was written in the place of this one, if any."""
        kind = Question.Kind.BETTER
        return next(
            (str(each.value) for each in self._about(message) if each.question.kind == kind), ""
        )

    def rating(self, message: UUID) -> float | None:
        """The mean of the scales of an answer."""
        scale = Question.Kind.SCALE
        given = [each.value for each in self._about(message) if each.question.kind == scale]
        return fmean(given) if given else None

    def _about(self, message: UUID) -> Iterable[Value]:
        return (each for each in self.values if each.message == message)


def of(marks: Iterable[Mark]) -> Judged:
    """The end of these marks, all of one conversation, in the order in which they were made."""
    given: defaultdict[About, list[Mark]] = defaultdict(list)
    for mark in marks:
        given[mark.question_id, mark.message_id].append(mark)
    values = [
        Value(each[0].question, message, value)
        for (_question, message), each in given.items()
        if (value := _final(each)) not in ("", None)
    ]
    reviewers = {
        mark.judgement_id
        for each in given.values()
        for mark in each
        if not mark.judgement.is_verdict
    }
    disputed = frozenset(message for (_, message), each in given.items() if _is_disputed(each))
    return Judged(values, _agreement(given.values()), len(reviewers), disputed)


def _is_disputed(marks: list[Mark]) -> bool:
    """Whether different better answers wait for a lead's word."""
    is_better = marks[0].question.kind == Question.Kind.BETTER
    is_settled = any(mark.judgement.is_verdict for mark in marks)
    return is_better and not is_settled and len({mark.value for mark in marks}) > 1


def _final(marks: list[Mark]) -> Any:
    """None where there is no end yet."""
    last_words = [mark for mark in marks if mark.judgement.is_verdict]
    if last_words:
        return last_words[-1].value
    told = [mark.value for mark in marks]
    match marks[0].question.kind:
        case Question.Kind.SCALE:
            return round(fmean(told), 4)
        case Question.Kind.LABELS:
            chosen = Counter(label for labels in told for label in labels)
            return sorted(label for label, times in chosen.items() if 2 * times > len(told))
        case Question.Kind.NOTE:
            return told_together(told)
        case _:
            return None if _is_disputed(marks) else told[0]


def _agreement(asked: Iterable[list[Mark]]) -> float | None:
    """Of what a lead has decided there is no doubt left."""
    agree: list[bool] = []
    is_settled = False
    for marks in asked:
        is_settled = is_settled or any(mark.judgement.is_verdict for mark in marks)
        if marks[0].question.is_counted:
            told = [json.dumps(mark.value) for mark in marks if not mark.judgement.is_verdict]
            agree += [one == other for one, other in combinations(told, 2)]
    if is_settled:
        return 1.0
    return round(fmean(agree), 6) if agree else None
