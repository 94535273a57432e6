"""Lists of conversations: what a filter and a search let through, page by page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.dateparse import parse_datetime

from chat.models import Conversation, Message
from review import masking
from review.finding import FilterForm
from review.masking import Mask
from review.models import Digest
from review.models.digest import DigestQuerySet
from review.models.queue import ItemQuerySet
from search.excerpts import Piece, excerpt
from search.find import search_all
from search.words import wanted

PAGE = 50
MOST_COUNTED = 10_000


def chosen(form: FilterForm, most: int) -> list[UUID]:
    """Ids of those that fit, the search included, the last active or found first."""
    if not form.searched:
        return list(form.conversations().values_list("pk", flat=True)[:most])
    found: dict[UUID, None] = {}
    after: str | None = ""
    while after is not None and len(found) < most:
        hits = search_all(form.searched, _of(form.conversations()), after)
        found.update((hit.conversation.pk, None) for hit in (*hits.titles, *hits.messages))
        after = hits.after
    return list(found)[:most]


@dataclass
class Row:
    """A conversation of the list, and what of it the search found, in which message."""

    digest: Digest
    excerpt: Sequence[Piece] = ()
    said: Message | None = None

    @property
    def conversation(self) -> Conversation:
        """The conversation."""
        return self.digest.conversation

    def mask(self, mask: Mask, searched: str) -> None:
        """Mask its words: what is masked is no excerpt of what was found."""
        masking.conversation(self.conversation, mask)
        if self.said is not None and mask is not str:
            self.excerpt = excerpt(mask(self.said.text), wanted(searched))


@dataclass(frozen=True)
class Found:
    """One page of a list. ``older`` is the place where the next begins, or empty.

    ``count`` is how many fit, counted no further than ``MOST_COUNTED``; None for hits.
    """

    rows: list[Row]
    count: int | None
    older: str


def page(form: FilterForm, within: ItemQuerySet | None, after: str) -> Found:
    """The rows of one page, of the conversations of these items; as many queries for all lengths.

    Raises ValueError if ``after`` is no place of a list.
    """
    fitting = _within(form.conversations(), within)
    return _hits(form, fitting, after) if form.searched else _listed(fitting, after)


def neighbours(
    form: FilterForm, within: ItemQuerySet | None, conversation: Conversation
) -> tuple[UUID | None, UUID | None]:
    """The conversations before and after this one in a list; of hits there are none."""
    here = Digest.objects.filter(pk=conversation.pk).first()
    if here is None or form.searched:
        return None, None
    fitting = _within(form.conversations(), within)
    at = (here.active_at, here.pk)
    before, after = fitting.newer_than(*at).first(), fitting.older_than(*at).first()
    return getattr(before, "pk", None), getattr(after, "pk", None)


def _listed(fitting: DigestQuerySet, after: str) -> Found:
    count = fitting.order_by()[: MOST_COUNTED + 1].count()
    if after:
        fitting = fitting.older_than(*place(after))
    digests = list(fitting.select_related("conversation", "owner")[: PAGE + 1])
    shown = digests[:PAGE]
    older = f"{shown[-1].active_at.isoformat()}~{shown[-1].pk}" if len(digests) > PAGE else ""
    return Found([Row(digest) for digest in shown], count, older)


def _hits(form: FilterForm, fitting: DigestQuerySet, after: str) -> Found:
    hits = search_all(form.searched, _of(fitting), after)
    found = [*hits.titles, *hits.messages]
    digests = Digest.objects.select_related("conversation", "owner").in_bulk(
        [hit.conversation.pk for hit in found]
    )
    rows = [
        Row(digests[hit.conversation.pk], hit.excerpt, hit.message)
        for hit in found
        if hit.conversation.pk in digests
    ]
    return Found(rows, None, hits.after or "")


def _within(fitting: DigestQuerySet, items: ItemQuerySet | None) -> DigestQuerySet:
    if items is None:
        return fitting
    return fitting.filter(Exists(items.filter(conversation=OuterRef("pk"))))


def _of(fitting: DigestQuerySet) -> QuerySet[Conversation]:
    """Asked of each hit, so that nothing is gathered of those that fit."""
    return Conversation.objects.filter(Exists(fitting.order_by().filter(pk=OuterRef("pk"))))


def place(after: str) -> tuple[datetime, UUID]:
    """The last row of the page before. ValueError if the text is no such place."""
    moment, _tilde, pk = after.partition("~")
    active_at = parse_datetime(moment)
    if active_at is None:
        raise ValueError(after)
    return active_at, UUID(pk)
