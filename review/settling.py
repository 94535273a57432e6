"""What a verdict begins with: what the reviewers say alike, or the verdict before it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

from review.judging import Field
from review.models import Item, Judgement

Person = AbstractBaseUser | AnonymousUser


def reviews(item: Item) -> list[Judgement]:
    """What the reviewers said of it."""
    return list(Judgement.objects.about(item).saved().reviews().with_marks())


def verdict_before(item: Item, lead: Person) -> Judgement | None:
    """The last word of another lead, if one was said."""
    others = Judgement.objects.about(item).saved().verdicts().exclude(reviewer_id=lead.pk)
    return others.with_marks().order_by("saved_at").last()


def told(
    asked: Iterable[Field], said: Iterable[Judgement], before: Judgement | None
) -> list[Field]:
    """The fields with what was said of each: by the reviewers, unless a verdict went over it."""
    given: defaultdict[Any, list[Any]] = defaultdict(list)
    for judgement in said:
        for mark in judgement.marks.all():
            given[mark.question_id, mark.message_id].append(mark.value)
    for mark in before.marks.all() if before else ():
        given[mark.question_id, mark.message_id] = [mark.value]
    return [replace(each, said=tuple(given[each.question.pk, each.message])) for each in asked]


def begun(fields: Iterable[Field]) -> list[Field]:
    """The fields filled with what is agreed; those that differ stay open."""
    return [replace(field, value=field.agreed) for field in fields]


def restored(fields: Iterable[Field], mask: Callable[[str], str]) -> list[Field]:
    """The fields, where a text that came back as it was shown, masked, is the one behind it."""
    return [replace(field, value=_behind(field, mask)) for field in fields]


def _behind(field: Field, mask: Callable[[str], str]) -> Any:
    texts = (text for text in (*field.said, field.agreed) if isinstance(text, str))
    shown = {mask(text).replace("\r\n", "\n").strip(): text for text in texts}
    return shown.get(field.value, field.value) if isinstance(field.value, str) else field.value
