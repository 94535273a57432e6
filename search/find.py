"""Finding what was said: ``search`` for a person, ``search_all`` for those who review.

The two have no road in common to whose things are found: ``search`` asks the index for
this person's entries only, and reads what it found through the person once more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import QuerySet
from django.db.models.functions import Substr

from chat.models import Conversation, Message
from search import excerpts, ranking
from search.excerpts import Piece
from search.index import TITLE, Asked, newest, owner_term
from search.models import Entry, EntryQuerySet
from search.words import Wanted, wanted

PAGE = 20  # messages
TITLES = 5  # on the first page
WINDOW = 200  # of the newest matches, ranked among themselves; older ones come after them
AT_ONCE = 1_000  # entries, of those that nobody ranks
RANKED = 4_000  # characters of a text that count for its rank


@dataclass(frozen=True)
class Hit:
    """A message that was found, or, without one, a conversation by its title."""

    conversation: Conversation
    message: Message | None
    title: list[Piece]
    excerpt: list[Piece]


@dataclass(frozen=True)
class Page:
    """Titles come on the first page only. ``after`` asks for the next one; None: that was all."""

    titles: list[Hit]
    messages: list[Hit]
    after: str | None


class BadPlace(ValueError):
    """An ``after`` that no page gave."""


def search(person: AbstractBaseUser | AnonymousUser, typed: str, after: str = "") -> Page:
    """What this person's own conversations have of the words that were typed.

    All the words have to be there, in any of their forms; the last may be only begun.
    Conversations that are deleted or temporary are not looked into. Raises BadPlace.
    """
    words = wanted(typed)
    asked = Asked(words, [owner_term(person.pk)], person)
    return _page(asked, Entry.objects.owned_by(person), after)


def search_all(
    typed: str, conversations: QuerySet[Conversation] | None = None, after: str = ""
) -> Page:
    """What the conversations of all people have, or those of ``conversations``, of these words.

    Nothing here asks who wants to know: the caller has to. Deleted conversations are found
    until they are erased, unless ``conversations`` leaves them out. Raises BadPlace.
    """
    asked = Asked(wanted(typed), within=conversations)
    return _page(asked, Entry.objects.all(), after)


def conversations_with(
    typed: str, conversations: QuerySet[Conversation] | None = None
) -> Iterator[list[UUID]]:
    """All conversations in which ``search_all`` finds these words, some at a time, some again.

    First by what was said, the last first, then by their titles.
    """
    said = Asked(wanted(typed), within=conversations, limit=AT_ONCE)
    for asked in (said, replace(said, fixed=[TITLE])):
        while window := newest(asked):
            entries = Entry.objects.filter(pk__in=window).order_by("-pk")
            yield list(entries.values_list("conversation", flat=True))
            asked = replace(asked, before=window[-1])


def page_before(typed: str, conversations: QuerySet[Conversation] | None, after: str) -> str | None:
    """The place of the page before this one, of what ``search_all`` finds; None for the first.

    The windows are gone through from the newest on, since a place knows only where its own
    begins. Raises BadPlace.
    """
    before, offset = _place(after)
    if before is None:
        return None
    if offset > PAGE:
        return f"{before}.{offset - PAGE}"
    asked = Asked(wanted(typed), within=conversations, limit=WINDOW)
    window = newest(asked)
    if not window or before > window[0]:  # the first page has no number: it comes with titles
        return "" if offset else None
    if offset:
        return f"{before}.0"
    begin, is_newer = window[0] + 1, before > window[-1]
    while window and window[-1] > before:
        begin = window[-1]
        window = newest(replace(asked, before=begin))
    return "" if is_newer else f"{begin}.{max(0, len(window) - 1) // PAGE * PAGE}"


def _page(asked: Asked, visible: EntryQuerySet, after: str) -> Page:
    before, offset = _place(after)
    asked = replace(asked, before=before, limit=WINDOW)
    window = newest(asked)
    best = ranking.ranked(_with_stems(window, visible), asked.wanted)
    shown = best[offset : offset + PAGE]
    return Page(
        [] if after else _titles(asked, visible),
        _read(shown, visible, _message_hit, asked.wanted),
        _next(window, offset + PAGE < len(best), before, offset),
    )


def _place(after: str) -> tuple[int | None, int]:
    """From ``<id>.<offset>``: the window begins below this entry, the page at this match of it."""
    if not after:
        return None, 0
    before, _, offset = after.partition(".")
    if not (before.isdecimal() and offset.isdecimal() and len(after) < 40):
        raise BadPlace(after)
    return min(int(before), 2**63 - 1), int(offset)


def _next(window: list[int], has_more: bool, before: int | None, offset: int) -> str | None:
    if has_more:
        return f"{before or window[0] + 1}.{offset + PAGE}"
    return f"{window[-1]}.0" if len(window) == WINDOW else None


def _titles(asked: Asked, visible: EntryQuerySet) -> list[Hit]:
    found = newest(replace(asked, fixed=[*asked.fixed, TITLE], limit=WINDOW))
    best = ranking.ranked(_with_stems(found, visible), asked.wanted)[:TITLES]
    return _read(best, visible, _title_hit, asked.wanted)


def _with_stems(ids: Sequence[int], visible: EntryQuerySet) -> list[tuple[int, str]]:
    stems = visible.filter(pk__in=ids).annotate(beginning=Substr("stems", 1, RANKED))
    return list(stems.order_by("-pk").values_list("pk", "beginning"))


def _read(
    ids: Sequence[int],
    visible: EntryQuerySet,
    hit: Callable[[Entry, Sequence[Wanted]], Hit],
    words: Sequence[Wanted],
) -> list[Hit]:
    entries = visible.select_related("conversation", "message").defer("stems", "terms")
    by_id = entries.defer("message__reasoning").in_bulk(ids)
    return [hit(by_id[pk], words) for pk in ids if pk in by_id]


def _message_hit(entry: Entry, words: Sequence[Wanted]) -> Hit:
    assert entry.message is not None
    return Hit(
        entry.conversation,
        entry.message,
        excerpts.marked(entry.conversation.title, words),
        excerpts.excerpt(entry.message.text, words),
    )


def _title_hit(entry: Entry, words: Sequence[Wanted]) -> Hit:
    return Hit(entry.conversation, None, excerpts.marked(entry.conversation.title, words), [])
