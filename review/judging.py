"""The questions of a rubric as fields of a page, and what was answered as marks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol
from uuid import UUID

from django.utils.translation import gettext as _

from chat.models import Message
from review.models import Item, Judgement, Mark, Question, Rubric
from review.models.rubric import SCALE

MOST_TEXT = 200_000  # characters of a note or a better answer: as many as a message has


class Posted(Protocol):
    """What a form sent."""

    def get(self, name: str, /) -> Any:
        """The last value of this name."""

    def getlist(self, name: str, /) -> list[Any]:
        """All of them."""

    def __contains__(self, name: Any, /) -> bool:
        """Whether there is any."""


@dataclass(frozen=True)
class Field:
    """A question about one thing, and the answer so far: as a mark has it, or None."""

    question: Question
    message: UUID | None = None
    number: int = 0  # of the answer, among those of the page; 0 for the conversation
    value: Any = None
    said: tuple[Any, ...] = ()  # of it by those over whom a verdict is given

    @property
    def name(self) -> str:
        """Its name in the form."""
        about = f"-{self.message}" if self.message else ""
        return f"q{self.question.pk}{about}"

    @property
    def scale(self) -> tuple[int, ...]:
        """What a scale offers."""
        return SCALE

    @property
    def is_missing(self) -> bool:
        """Whether a judgement is not whole without it."""
        is_open = self.differs and self.question.is_counted
        return self.value is None and (self.question.is_required or is_open)

    @property
    def is_too_long(self) -> bool:
        """Whether it can be kept as a draft only."""
        return self.question.is_text and len(self.value or "") > MOST_TEXT

    @property
    def differs(self) -> bool:
        """Whether those who answered disagree."""
        return _differ(self.question, self.said)

    @property
    def agreed(self) -> Any:
        """What all who answered say, their notes below each other; None where they differ."""
        if not self.said or self.differs:
            return None
        return told_together(self.said) if self.question.is_text else self.said[0]

    @property
    def is_as_said(self) -> bool:
        """Whether the answer is what was agreed."""
        return self.agreed not in (None, "") and bool(self.value == self.agreed)

    @property
    def offers_none(self) -> bool:
        """Whether it has to be said that no label fits."""
        is_asked = self.question.is_required or self.differs
        return self.question.kind == Question.Kind.LABELS and is_asked

    @property
    def is_none(self) -> bool:
        """Whether that is said."""
        return bool(self.value == [])

    @property
    def full_name(self) -> str:
        """The question, and which answer it is about, for a sentence."""
        told = {"question": self.question.text, "n": self.number}
        return _("%(question)s (answer %(n)s)") % told if self.message else self.question.text


def fields(rubric: Rubric, answers: Sequence[Message], marks: Iterable[Mark] = ()) -> list[Field]:
    """Every question about the conversation and about each of these answers, in order.

    The versions of an answer have one number.
    """
    turns = list(dict.fromkeys(answer.parent_id for answer in answers))
    given = {(mark.question_id, mark.message_id): mark.value for mark in marks}
    found = []
    for question in rubric.questions.all():
        if question.scope == Question.Scope.CONVERSATION:
            found.append(Field(question, value=given.get((question.pk, None))))
            continue
        for answer in answers:
            number = turns.index(answer.parent_id) + 1
            value = given.get((question.pk, answer.pk))
            found.append(Field(question, answer.pk, number, value))
    return found


def filled(asked: Iterable[Field], posted: Posted) -> list[Field]:
    """The fields with what a form says; what no field offers is left out."""
    return [replace(each, value=_read(each, posted)) for each in asked]


def _read(field: Field, posted: Posted) -> Any:
    question = field.question
    if question.kind == Question.Kind.LABELS:
        chosen = posted.getlist(field.name)
        is_none = field.offers_none and f"{field.name}-none" in posted
        return [option for option in question.options if option in chosen] or (
            [] if is_none else None
        )
    value = str(posted.get(field.name) or "").replace("\0", "").replace("\r\n", "\n").strip()
    if question.kind == Question.Kind.SCALE:
        return int(value) if value in {str(step) for step in SCALE} else None
    return value or None


def marks(asked: Iterable[Field], *, is_whole: bool) -> list[Mark]:
    """What is stored of these fields.

    In a whole judgement no label is an answer too, and no text where others wrote one.
    """
    return [
        Mark(
            question=field.question,
            message_id=field.message,
            value=value,
            labels=f"|{'|'.join(value)}|" if isinstance(value, list) else "",
        )
        for field in asked
        if (value := _stored(field, is_whole=is_whole)) is not None
    ]


def _stored(field: Field, *, is_whole: bool) -> Any:
    if field.value is not None or not is_whole:
        return field.value
    if field.question.kind == Question.Kind.LABELS:
        return []
    return "" if field.said and field.question.is_text else None


def _differ(question: Question, said: Iterable[Any]) -> bool:
    return question.can_differ and len(set(map(repr, said))) > 1


def told_together(texts: Iterable[str]) -> str:
    """Texts of several people below each other, each once."""
    return "\n\n".join(dict.fromkeys(texts))


def missing(asked: Iterable[Field]) -> list[Field]:
    """Those that still want an answer."""
    return [field for field in asked if field.is_missing]


def too_long(asked: Iterable[Field]) -> list[Field]:
    """Those in which more is written than may be."""
    return [field for field in asked if field.is_too_long]


def is_whole(asked: Sequence[Field], *, needs_lead: bool) -> bool:
    """Whether all was judged: who says nothing but that a lead is needed has rated nothing."""
    said = not needs_lead or any(field.value is not None for field in asked)
    return said and not missing(asked) and not too_long(asked)


@dataclass(frozen=True)
class Line:
    """A question, and what each of several judgements answered, side by side."""

    question: Question
    name: str  # of its field
    number: int
    values: list[Any]
    names: Sequence[str]

    @property
    def by_name(self) -> list[tuple[str, Any]]:
        """Who answered, and what; texts are told below each other."""
        told = zip(self.names, self.values, strict=True)
        return [(name, value) for name, value in told if value is not None]

    @property
    def differs(self) -> bool:
        """Whether those who answered disagree."""
        return _differ(self.question, (value for value in self.values if value is not None))


def side_by_side(
    rubric: Rubric, answers: Sequence[Message], judgements: Sequence[Judgement]
) -> list[Line]:
    """A line for each question that somebody answered."""
    columns = [fields(rubric, answers, judgement.marks.all()) for judgement in judgements]
    names = [judgement.reviewer.get_username() for judgement in judgements]
    lines = [
        Line(row[0].question, row[0].name, row[0].number, [field.value for field in row], names)
        for row in zip(*columns, strict=True)
    ]
    return [line for line in lines if any(value is not None for value in line.values)]


def draft_of(item: Item, person: Any, *, verdict: bool) -> Judgement | None:
    """What the person has written of this so far, saved or not."""
    own = Judgement.objects.by(person).filter(item=item, is_verdict=verdict)
    return own.prefetch_related("marks").first()


def sentence_of(left: Iterable[Field]) -> str:
    """What to tell somebody who has not answered everything."""
    return _("Please answer: %s") % ", ".join(dict.fromkeys(field.full_name for field in left))


def sentence_of_length(long: Sequence[Field]) -> str:
    """What a person is told of them."""
    names = ", ".join(f"“{field.full_name}”" for field in long)
    return _("Longer than %(most)s characters: %(names)s. What you wrote is kept.") % {
        "most": f"{MOST_TEXT:,}",
        "names": names,
    }
