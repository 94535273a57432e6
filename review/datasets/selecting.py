"""Which conversations a dataset is made of, batch by batch in the order of their ids."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Exists, OuterRef, Q, QuerySet

from chat.models import Conversation
from review import finding, listing
from review.datasets.aside import BATCH, SortedIds
from review.models import Dataset, Item


class Selection:
    """The conversations of a queue that were judged, or those that a filter finds.

    What a search finds comes in the order of its words, so it is gathered once, on disk.
    """

    def __init__(self, dataset: Dataset) -> None:
        self._found: SortedIds | None = None
        kept = Conversation.objects.present().kept()
        if dataset.queue is not None:
            judged = Item.objects.filter(Q(reviews__gt=0) | Q(is_settled=True), queue=dataset.queue)
            fitting = kept.filter(Exists(judged.filter(conversation=OuterRef("pk"))))
        else:
            form = finding.form_of(dataset.query)
            found = form.conversations().order_by()
            fitting = kept.filter(Exists(found.filter(pk=OuterRef("pk"))))
            if form.searched:
                self._found = SortedIds(listing.searched(form))
        self._fitting = fitting
        self._allowed = fitting.may_improve_models(only_said=dataset.only_said)

    def count(self) -> int:
        """How many fit, whether they may be used or not."""
        return self._fitting.count() if self._found is None else len(self._found)

    def close(self) -> None:
        """Forget what was found."""
        if self._found is not None:
            self._found.close()

    def batches(self) -> Iterator[list[Conversation]]:
        """Those that may be used, with their owners."""
        allowed = self._allowed.select_related("owner").order_by("pk")
        if self._found is None:
            yield from _in_steps(allowed)
            return
        for ids in self._found.batches():
            yield list(allowed.filter(pk__in=ids))


def _in_steps(conversations: QuerySet[Conversation]) -> Iterator[list[Conversation]]:
    """By steps of their own, so that none is long enough to hold up who writes."""
    batch = list(conversations[:BATCH])
    while batch:
        yield batch
        batch = list(conversations.filter(pk__gt=batch[-1].pk)[:BATCH])
