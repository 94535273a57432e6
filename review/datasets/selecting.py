"""Which conversations a dataset is made of, batch by batch in the order of their ids."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from chat.models import Conversation
from review import finding, listing
from review.models import Dataset, Item

BATCH = 100  # conversations that are in memory at once
MOST_FOUND = 1_000_000  # by a search


class Selection:
    """The conversations of a queue that were judged, or those that a filter finds."""

    def __init__(self, dataset: Dataset) -> None:
        self._found: list[UUID] | None = None
        kept = Conversation.objects.present().kept()
        if dataset.queue is not None:
            judged = Item.objects.filter(Q(reviews__gt=0) | Q(is_settled=True), queue=dataset.queue)
            fitting = kept.filter(Exists(judged.filter(conversation=OuterRef("pk"))))
        else:
            form = finding.form_of(dataset.query)
            found = form.conversations().order_by()
            fitting = kept.filter(Exists(found.filter(pk=OuterRef("pk"))))
            if form.searched:
                self._found = sorted(listing.chosen(form, MOST_FOUND))
        self._fitting = fitting
        self._allowed = fitting.may_improve_models(only_said=dataset.only_said)

    def count(self) -> int:
        """How many fit, whether they may be used or not."""
        return self._fitting.count() if self._found is None else len(self._found)

    def batches(self) -> Iterator[list[Conversation]]:
        """Those that may be used, with their owners."""
        allowed = self._allowed.select_related("owner").order_by("pk")
        if self._found is None:
            yield from _in_steps(allowed)
            return
        for start in range(0, len(self._found), BATCH):
            yield list(allowed.filter(pk__in=self._found[start : start + BATCH]))


def _in_steps(conversations: QuerySet[Conversation]) -> Iterator[list[Conversation]]:
    """By steps of their own, so that none is long enough to hold up who writes."""
    batch = list(conversations[:BATCH])
    while batch:
        yield batch
        batch = list(conversations.filter(pk__gt=batch[-1].pk)[:BATCH])
