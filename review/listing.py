"""Lists of conversations: what a filter and a search let through, page by page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.dateparse import parse_datetime

from chat.models import Conversation, Message
from review import masking
from review.finding import FilterForm
from review.glimpses import glimpse
from review.models import Digest
from review.models.digest import DigestQuerySet
from review.models.queue import ItemQuerySet
from review.redaction import Redactor
from search.excerpts import Piece
from search.find import conversations_with, page_before, search_all
from search.words import has_all, required, wanted

RedactorOf = Callable[[User], Redactor | None]
PAGE = 50
MOST_COUNTED = 10_000


def chosen(form: FilterForm, most: int) -> list[UUID]:
    """Ids of those that fit, the search included, the last active or found first."""
    if not form.searched:
        return list(form.conversations().values_list("pk", flat=True)[:most])
    found: dict[UUID, None] = {}
    for some in searched(form):
        found |= dict.fromkeys(some)
        if len(found) >= most:
            break
    return list(found)[:most]


def searched(form: FilterForm) -> Iterator[list[UUID]]:
    """Ids of all that the search finds of those that fit, some at a time, some again."""
    return conversations_with(form.searched, _of(form.conversations()))


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

    @property
    def key(self) -> tuple[UUID, UUID | None]:
        """By what it is known again."""
        return self.digest.pk, self.said.pk if self.said else None

    def mask(self, redactor: Redactor | None, searched: str) -> bool:
        """Mask its words. False if nothing of what was looked for is left to be seen.

        Otherwise a search would tell, word by word, what is masked.
        """
        if redactor is None:
            return True
        masking.title(self.conversation, redactor.mask)
        if not searched:
            return True
        asked = wanted(searched)
        if self.said is None:
            return has_all(self.conversation.title, required(asked))
        seen = glimpse(self.said.text, asked, redactor)
        self.excerpt = seen or ()
        return seen is not None


@dataclass(frozen=True)
class Found:
    """One page of a list. ``older`` is the place where the next begins, or empty.

    ``count`` is how many fit, counted no further than ``MOST_COUNTED``; None for hits.
    """

    rows: list[Row]
    count: int | None
    older: str


def page(
    form: FilterForm, within: ItemQuerySet | None, after: str, redactor_of: RedactorOf
) -> Found:
    """The rows of one page, of the conversations of these items; as many queries for all lengths.

    They are masked, by what ``redactor_of`` says of their people. Raises ValueError if ``after``
    is no place of a list.
    """
    fitting = _within(form.conversations(), within)
    if form.searched:
        return _hits(form, fitting, after, redactor_of)
    found = _listed(fitting, after)
    for row in found.rows:
        row.mask(redactor_of(row.digest.owner), "")
    return found


@dataclass(frozen=True)
class Place:
    """A row of a list: its conversation, of a hit the message, and its page of hits."""

    conversation: UUID
    message: UUID | None = None
    page: str = ""


def neighbours(
    form: FilterForm, within: ItemQuerySet | None, here: Place, redactor_of: RedactorOf
) -> tuple[Place | None, Place | None]:
    """The rows before and after this one in a list, or among the hits of a search.

    Raises ValueError if its page is none.
    """
    fitting = _within(form.conversations(), within)
    return (
        _beside_hit(form, fitting, here, redactor_of) if form.searched else _beside(fitting, here)
    )


def _beside(fitting: DigestQuerySet, here: Place) -> tuple[Place | None, Place | None]:
    digest = Digest.objects.filter(pk=here.conversation).first()
    if digest is None:
        return None, None
    at = (digest.active_at, digest.pk)
    before, after = fitting.newer_than(*at).first(), fitting.older_than(*at).first()
    return Place(before.pk) if before else None, Place(after.pk) if after else None


def _beside_hit(
    form: FilterForm, fitting: DigestQuerySet, here: Place, redactor_of: RedactorOf
) -> tuple[Place | None, Place | None]:
    rows, older = _places(form, fitting, here.page, redactor_of)
    at = _find(rows, here)
    if at is None:
        return None, None
    before = rows[at - 1] if at else None
    after = rows[at + 1] if at + 1 < len(rows) else None
    newer = None if before else page_before(form.searched, _of(fitting), here.page)
    if newer is not None:
        before = next(reversed(_places(form, fitting, newer, redactor_of)[0]), None)
    if after is None and older:
        after = next(iter(_places(form, fitting, older, redactor_of)[0]), None)
    return before, after


def _places(
    form: FilterForm, fitting: DigestQuerySet, page: str, redactor_of: RedactorOf
) -> tuple[list[Place], str]:
    found = _hits(form, fitting, page, redactor_of)
    return [Place(*row.key, page) for row in found.rows], found.older


def _find(rows: Sequence[Place], here: Place) -> int | None:
    """Where it is; of a message that is none of the hits, where its conversation is."""
    if here in rows:
        return rows.index(here)
    return next((at for at, row in enumerate(rows) if row.conversation == here.conversation), None)


def _listed(fitting: DigestQuerySet, after: str) -> Found:
    count = fitting.order_by()[: MOST_COUNTED + 1].count()
    if after:
        fitting = fitting.older_than(*place(after))
    digests = list(_shown(fitting)[: PAGE + 1])
    shown = digests[:PAGE]
    older = f"{shown[-1].active_at.isoformat()}~{shown[-1].pk}" if len(digests) > PAGE else ""
    return Found([Row(digest) for digest in shown], count, older)


def _hits(form: FilterForm, fitting: DigestQuerySet, after: str, redactor_of: RedactorOf) -> Found:
    hits = search_all(form.searched, _of(fitting), after)
    found = [*hits.titles, *hits.messages]
    digests = _shown(Digest.objects.all()).in_bulk([hit.conversation.pk for hit in found])
    rows = [
        Row(digests[hit.conversation.pk], hit.excerpt, hit.message)
        for hit in found
        if hit.conversation.pk in digests
    ]
    shown = [row for row in rows if row.mask(redactor_of(row.digest.owner), form.searched)]
    return Found(shown, None, hits.after or "")


def _shown(digests: DigestQuerySet) -> QuerySet[Digest]:
    """With what a list shows of them; instructions may be long."""
    with_titles = digests.select_related("conversation", "owner")
    return with_titles.defer("conversation__system_prompt", "conversation__parameters")


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
