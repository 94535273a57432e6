"""All rows that are somebody's, as the database has them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.auth.models import User
from django.db import connection
from django.db.models import Model

Rows = dict[str, dict[Any, str]]
WRITE = re.compile(r'(?:INSERT (?:OR \w+ )?INTO|UPDATE|DELETE FROM) "?(\w+)')
OF_ASKING = {"django_session", "accounts_pace"}  # what is written of many a request, whosever


@contextmanager
def writing() -> Iterator[set[str]]:
    """The tables that are written to meanwhile, but for those that a request itself is noted in.

    To look at all that is somebody's takes longer than most requests, which write nothing.
    """
    written: set[str] = set()

    def note(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if found := WRITE.match(sql):
            written.add(found[1])
        return execute(sql, *rest)

    with connection.execute_wrapper(note):
        yield written
    written -= OF_ASKING


def rows_of(owner: User) -> Rows:
    """This person's row, and whatever refers to it or to what does, by tables and keys."""
    found: Rows = defaultdict(dict)
    todo: list[tuple[type[Model], set[Any]]] = [(User, {owner.pk})]
    while todo:
        model, keys = todo.pop()
        known = found[model._meta.label]
        rows = model._base_manager.filter(pk__in=[*keys - known.keys()])
        new = {row.pk: repr(_values(row)) for row in rows}
        known |= new
        if new:
            todo.extend(_referring(model, list(new)))
    return {label: rows for label, rows in found.items() if rows}


def changed(before: Rows, now: Rows) -> set[str]:
    """The tables of which rows came, went, or are others than they were."""
    return {label for label in before | now if before.get(label) != now.get(label)}


def _values(row: Model) -> list[Any]:
    return [getattr(row, field.attname) for field in row._meta.concrete_fields]


def _referring(model: type[Model], keys: list[Any]) -> Iterator[tuple[type[Model], set[Any]]]:
    """The keys of the rows that refer to these."""
    for relation in model._meta.get_fields(include_hidden=True):
        if relation.auto_created and (relation.one_to_many or relation.one_to_one):
            other: Any = relation.related_model
            rows = other._base_manager.filter(**{f"{relation.field.name}__in": keys})
            yield other, set(rows.values_list("pk", flat=True))
