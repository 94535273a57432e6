"""The list of conversations as the sidebar shows it: page by page, grouped by day."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from uuid import UUID

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from chat.models import Conversation
from chat.models.conversation import ConversationQuerySet
from chat.turns import Person

PAGE = 50  # conversations
MOST_PINNED = 100  # are shown


@dataclass(frozen=True)
class Group:
    """Neighbours in the list under one label."""

    label: str
    conversations: list[Conversation]
    is_pinned: bool = False


@dataclass(frozen=True)
class Page:
    """A part of the list; ``more`` is the last one's id where others follow."""

    groups: list[Group]
    more: UUID | None


def page(person: Person, after: UUID | None = None, *, archived: bool = False) -> Page:
    """The pinned and the newest conversations, or those that follow ``after``.

    Raises Conversation.DoesNotExist if ``after`` is not this person's.
    """
    mine = Conversation.objects.owned_by(person)
    listed = (mine.archived() if archived else mine.listed()).with_answering().with_unread()
    if after is not None:
        listed = listed.before(mine.get(pk=after))
    found = list(listed[: PAGE + 1])
    shown = found[:PAGE]
    pinned = [] if after or archived else _pinned(mine)
    return Page(pinned + _groups(shown), shown[-1].pk if len(found) > PAGE else None)


def _pinned(mine: ConversationQuerySet) -> list[Group]:
    pinned = list(mine.pinned().with_answering().with_unread()[:MOST_PINNED])
    return [Group(_("Pinned"), pinned, is_pinned=True)] if pinned else []


def _groups(conversations: Iterable[Conversation]) -> list[Group]:
    today = timezone.localdate()
    by_label = groupby(
        conversations, key=lambda each: _label(timezone.localdate(each.active_at), today)
    )
    return [Group(label, list(members)) for label, members in by_label]


def _label(day: date, today: date) -> str:
    if day >= today:
        return _("Today")
    if day == today - timedelta(days=1):
        return _("Yesterday")
    if day > today - timedelta(days=8):
        return _("Previous 7 days")
    if day > today - timedelta(days=31):
        return _("Previous 30 days")
    return date_format(day, "F Y")
