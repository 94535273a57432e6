"""What the review keeps of a person: who read what of theirs, and what of theirs was erased."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib.auth.models import User
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import QuerySet

from review.models import Erasure, Reading

File = tuple[str, Iterable[bytes]]
BATCH = 500  # rows
READ = ("at", "reader_name", "page", "conversation", "reason", "is_masked")
ERASED = ("at", "conversation", "cause", "rule_name", "begun_at", "active_at", "links")


class OwnData:
    """The accounts of reading and of erasing, which outlive the person without a name."""

    def files(self, person: User) -> Iterator[File]:
        """A line of JSON for each row."""
        yield "readings.jsonl", _lines(Reading.objects.of(person), READ)
        yield "erasures.jsonl", _lines(Erasure.objects.of_person(person), ERASED)

    def objection(self, person: User) -> str:
        """None."""
        return ""

    def prepare_to_erase(self, person: User) -> None:
        """Nothing is under way."""

    def erase(self, person: User) -> None:
        """Nothing that names the person stays: the accounts keep ids and hashes."""


def _lines(rows: QuerySet[Any], columns: Iterable[str]) -> Iterator[bytes]:
    """All of them, the oldest first. No query stays open between two pieces."""
    after = 0
    while batch := rows.filter(pk__gt=after).order_by("pk").values("pk", *columns)[:BATCH]:
        for row in batch:
            after = row.pop("pk")
            yield f"{json.dumps(row, cls=DjangoJSONEncoder, ensure_ascii=False)}\n".encode()
