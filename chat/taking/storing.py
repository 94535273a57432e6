"""Conversations from files into the database, each once however often it is brought.

Ids in a file say nothing about whose they are here. A conversation that this person has
under its own id is theirs; any other gets an id made of the person and the one in the file.
So the same file brought twice finds what it brought, and one person's file never meets
another person's conversation. What a later file has more is added.

A long conversation is stored a piece at a time, with a breath now and then, so that nobody's
answer waits for the database until all of it is there. What breaks off goes on where it was
when the file is brought again.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, Literal, cast
from uuid import UUID

import msgspec
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from chat.models import Conversation, Message
from chat.models.conversation import TITLE_LENGTH
from chat.signals import messages_brought
from chat.taking import values
from chat.taking.breathing import Breathing
from chat.wire.commands import MAX_SYSTEM_PROMPT
from chat.wire.parameters import Parameters

Person = Any  # a user
PIECE = 200  # messages of one transaction: a tenth of a second
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
TICK = timedelta(microseconds=1)


class Unfit(ValueError):
    """A conversation that cannot be stored; its text is a sentence."""


@dataclass(frozen=True)
class Stored:
    """What became of a conversation: which one it is now, and how many messages were new."""

    conversation: UUID
    outcome: Literal["imported", "extended", "known"]
    messages: int


def store(person: Person, brought: values.Conversation, breathing: Breathing) -> Stored:
    """Store what is not there yet. Raises Unfit."""
    messages = _parents_first(brought.messages)
    if not messages:
        raise Unfit(_("There is no message in it."))
    with transaction.atomic():
        known = _known(person, brought.id)
        conversation = known or _create(person, brought)
        ids = _ids(person, conversation, brought.id, messages)
        new = _new_messages(conversation, messages, ids)
        last = first = _add(conversation, list(islice(new, PIECE)), is_shown=known is None)
    count = len(first)
    while len(last) == PIECE and (piece := list(islice(new, PIECE))):
        breathing.breathe()
        with transaction.atomic():
            last = _add(conversation, piece, is_shown=known is None)
        count += len(last)
    if known is None and brought.leaf in ids:
        Conversation.objects.among([conversation.pk]).update(leaf=ids[brought.leaf])
    outcome: Literal["imported", "extended", "known"] = "extended" if count else "known"
    return Stored(conversation.id, "imported" if known is None else outcome, count)


def _add(conversation: Conversation, piece: list[Message], *, is_shown: bool) -> list[Message]:
    """Store these messages, and which of them is shown last."""
    Message.objects.bulk_create(piece)
    if is_shown:
        Conversation.objects.among([conversation.pk]).update(leaf=piece[-1])
    messages_brought.send(Conversation, conversation=conversation)
    return piece


def _known(person: Person, brought: UUID) -> Conversation | None:
    mine = Conversation.objects.owned_by(person)
    either = [brought, _own_id(person, brought)]
    return mine.among(either).select_for_update().first()


def _create(person: Person, brought: values.Conversation) -> Conversation:
    pk = _own_id(person, brought.id)
    Conversation.objects.deleted_by(person).among([pk]).delete()  # brought again after all
    if Conversation.objects.among([pk]).exists():
        raise Unfit(_("It could not be stored under an id of its own."))
    now = timezone.now()
    return Conversation.objects.create(
        id=pk,
        owner=person,
        title=_clean(" ".join(brought.title.split()))[:TITLE_LENGTH],
        title_source=Conversation.TitleSource.PERSON
        if brought.named
        else Conversation.TitleSource.MODEL,
        model=_clean(brought.model),
        system_prompt=_clean(brought.system_prompt)[:MAX_SYSTEM_PROMPT],
        parameters=_parameters(brought.parameters),
        created_at=_bounded(brought.created_at, now),
        active_at=_bounded(brought.active_at, now),
        pinned_at=now if brought.pinned else None,
        archived_at=now if brought.archived else None,
    )


def _ids(
    person: Person, conversation: Conversation, brought: UUID, messages: Iterable[values.Message]
) -> dict[UUID | None, UUID]:
    """The id here of each message of the file."""
    own = set(conversation.messages.values_list("pk", flat=True))
    return {
        message.id: message.id if message.id in own else _own_id(person, brought, message.id)
        for message in messages
    }


def _new_messages(
    conversation: Conversation, messages: Iterable[values.Message], ids: dict[UUID | None, UUID]
) -> Iterator[Message]:
    """Those that are not stored; each later than the one before, so that they keep their order."""
    stored: dict[UUID | None, int] = dict(conversation.messages.values_list("pk", "depth"))
    depths = {None: -1} | stored
    now, last = timezone.now(), EARLIEST
    for message in messages:
        last = max(_bounded(message.created_at, now), last + TICK)
        if ids[message.id] in stored:
            continue
        depth = depths[ids[message.id]] = depths[ids.get(message.parent)] + 1
        yield Message(
            id=ids[message.id],
            conversation=conversation,
            parent_id=ids.get(message.parent),
            depth=depth,
            role=message.role,
            text=_clean(message.text),
            reasoning=_clean(message.reasoning),
            status=message.status,
            error=_clean(message.error),
            model=_clean(message.model),
            created_at=last,
        )


def _parents_first(messages: list[values.Message]) -> list[values.Message]:
    """The file's order, but each message after its parent. Raises Unfit."""
    known = {message.id for message in messages}
    if len(known) < len(messages):
        raise Unfit(_("Two of its messages have the same id."))
    ordered: dict[UUID, values.Message] = {}
    waiting: dict[UUID, list[values.Message]] = {}
    for message in messages:
        if message.parent in known and message.parent not in ordered:
            waiting.setdefault(message.parent, []).append(message)
            continue
        ready = deque([message])
        while ready:
            each = ready.popleft()
            ordered[each.id] = each
            ready.extend(waiting.pop(each.id, ()))
    if waiting:
        raise Unfit(_("Its messages go round in a circle."))
    return list(ordered.values())


def _own_id(person: Person, *brought: UUID) -> UUID:
    """The id of this person's copy of a conversation, or of a message in it.

    It is made with the server's key, so that nobody can take another's id beforehand.
    """
    name = ":".join(map(str, (person.pk, *brought)))
    digest = salted_hmac("chat.taking.storing", name, algorithm="sha256")
    return UUID(bytes=digest.digest()[:16], version=5)


def _parameters(brought: dict[str, Any]) -> dict[str, Any]:
    """The parameters if a model server may get them all, else none."""
    try:
        parameters = msgspec.convert(brought, Parameters)
    except msgspec.ValidationError:
        return {}
    return cast(dict[str, Any], msgspec.to_builtins(parameters))


def _bounded(moment: datetime, now: datetime) -> datetime:
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return min(max(aware, EARLIEST), now)


def _clean(text: str) -> str:
    """Without what no database takes: NUL and halves of characters."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode()
