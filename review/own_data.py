"""What the review keeps of a person: who read what of theirs, and what of theirs was erased."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from django.contrib.auth.models import User
from django.core.serializers.json import DjangoJSONEncoder

from review.models import Erasure, Reading

File = tuple[str, Iterable[bytes]]
READ = ("at", "reader_name", "page", "conversation", "reason", "is_masked")
ERASED = ("at", "conversation", "cause", "rule_name", "begun_at", "active_at", "links")


class OwnData:
    """The accounts of reading and of erasing, which outlive the person without a name."""

    def files(self, person: User) -> Iterator[File]:
        """A line of JSON for each row."""
        yield "readings.jsonl", _lines(Reading.objects.of(person).values(*READ).iterator())
        erased = Erasure.objects.of_person(person).values(*ERASED)
        yield "erasures.jsonl", _lines(erased.iterator())

    def objection(self, person: User) -> str:
        """None."""
        return ""

    def prepare_to_erase(self, person: User) -> None:
        """Nothing is under way."""

    def erase(self, person: User) -> None:
        """Nothing that names the person stays: the accounts keep ids and hashes."""


def _lines(rows: Iterable[object]) -> Iterator[bytes]:
    for row in rows:
        yield f"{json.dumps(row, cls=DjangoJSONEncoder, ensure_ascii=False)}\n".encode()
