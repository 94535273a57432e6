"""That each tombstone has the records that its head counts, signed as they were written."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby, islice
from operator import attrgetter
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from review.models.chain import Head
from review.models.erasure import Erasure
from review.proof.finding import AT_ONCE, Finding, Kind
from review.proof.hashing import signature_of_erasure


def findings(conversation: UUID | None = None) -> Iterator[Finding]:
    """What is wrong with the records of erasing, in constant memory."""
    heads, records = Head.objects.all(), Erasure.objects.in_chains()
    if conversation is not None:
        heads, records = heads.filter(pk=conversation), records.of(conversation)
    yield from _without_record(heads)
    grouped = groupby(records.with_links().iterator(AT_ONCE), attrgetter("conversation"))
    by_conversation = ((pk, list(group)) for pk, group in grouped)
    while some := list(islice(by_conversation, AT_ONCE)):
        known = Head.objects.in_bulk([pk for pk, _records in some])
        for pk, group in some:
            yield from _of(known.get(pk), group)


def _without_record(heads: QuerySet[Head]) -> Iterator[Finding]:
    records = Erasure.objects.filter(conversation=OuterRef("pk"))
    bare = heads.filter(~Exists(records), erasures__gt=0)
    for pk in bare.values_list("pk", flat=True).iterator(AT_ONCE):
        yield Finding(pk, None, Kind.UNRECORDED)


def _of(head: Head | None, records: list[Erasure]) -> Iterator[Finding]:
    last = records[-1]
    if head is None:
        yield Finding(last.conversation, None, Kind.HEADLESS)
        return
    if (len(records), last.links) != (head.erasures, head.erased):
        yield Finding(head.conversation, None, Kind.UNRECORDED)
    for record in records:
        is_signed = record.signature == signature_of_erasure(record)
        if not is_signed or record.hash != (record.linked or ""):  # type: ignore[attr-defined]
            yield Finding(head.conversation, None, Kind.RECORD)
