"""A conversation as a reviewer reads it: what people saw, and where each answer came from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from chat import thread
from chat.models import Conversation, Message, Run


@dataclass(frozen=True)
class Turn:
    """A message of the branch, the runs that wrote it, and the ids of all its versions."""

    item: thread.Item
    runs: list[Run]
    versions: list[UUID]


@dataclass(frozen=True)
class Transcript:
    """One branch, from its root. ``branches`` counts those of the whole conversation."""

    turns: list[Turn]
    branches: int


def read(conversation: Conversation, leaf: Message | None) -> Transcript:
    """The branch of ``leaf``, or else the chosen one.

    Four queries, whatever the length, and one for an answer that is being written.
    """
    items = [_up_to_now(item) for item in thread.items(conversation, leaf)]
    versions = _versions(conversation)
    runs = _runs(item.message for item in items)
    turns = [Turn(item, runs[item.message.id], versions[item.message.parent_id]) for item in items]
    return Transcript(turns, _branches(versions))


def _up_to_now(item: thread.Item) -> thread.Item:
    """An answer that is being written, with what its log holds so far."""
    if item.run:
        item.message.text, item.message.reasoning, _ = item.run.fold()
    return item


def _versions(conversation: Conversation) -> defaultdict[UUID | None, list[UUID]]:
    """The ids of each message's children, the oldest first."""
    children: defaultdict[UUID | None, list[UUID]] = defaultdict(list)
    for message, parent in conversation.messages.in_order().values_list("id", "parent_id"):
        children[parent].append(message)
    return children


def _branches(children: dict[UUID | None, list[UUID]]) -> int:
    """How many messages have no child."""
    return sum(message not in children for versions in children.values() for message in versions)


def _runs(messages: Iterable[Message]) -> defaultdict[UUID, list[Run]]:
    """The runs of each message, the oldest first, without the requests, which can be long."""
    runs: defaultdict[UUID, list[Run]] = defaultdict(list)
    wanted = Run.objects.filter(message__in=[message.pk for message in messages])
    for run in wanted.order_by("started_at", "id").defer("request"):
        runs[run.message_id].append(run)
    return runs
