"""A conversation as a reviewer reads it: what people saw, and where each answer came from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from chat import thread
from chat.models import Conversation, Message, Run
from review import masking
from review.masking import Mask


@dataclass(frozen=True)
class Turn:
    """A message of the branch, the runs that wrote it, and the ids of all its versions."""

    item: thread.Item
    runs: list[Run]
    versions: list[UUID]


@dataclass(frozen=True)
class Transcript:
    """One branch, from its root, and the ids of the ends of all branches."""

    turns: list[Turn]
    leaves: list[UUID]

    @property
    def branches(self) -> int:
        """How many branches the conversation has."""
        return len(self.leaves)

    @property
    def next_leaf(self) -> UUID | None:
        """The end of the branch after the one that is shown, if there is another."""
        if len(self.leaves) < 2:
            return None
        at = self.leaves.index(self.turns[-1].item.message.id)
        return self.leaves[(at + 1) % len(self.leaves)]

    @property
    def answers(self) -> list[Message]:
        """The answers that are shown."""
        shown = [turn.item.message for turn in self.turns]
        return [message for message in shown if message.role == Message.Role.ASSISTANT]


def read(conversation: Conversation, leaf: Message | None, mask: Mask = str) -> Transcript:
    """The branch of ``leaf``, or else the chosen one, and the conversation's own words, masked.

    Four queries, whatever the length, and one for an answer that is being written.
    """
    items = [_up_to_now(item, mask) for item in thread.items(conversation, leaf)]
    masking.conversation(conversation, mask)
    versions = _versions(conversation)
    runs = _runs([item.message for item in items], mask)
    turns = [Turn(item, runs[item.message.id], versions[item.message.parent_id]) for item in items]
    return Transcript(turns, _leaves(versions))


def _up_to_now(item: thread.Item, mask: Mask) -> thread.Item:
    """A message as it is shown; an answer that is being written with what its log holds."""
    if item.run:
        item.message.text, item.message.reasoning, _ = item.run.fold()
    masking.message(item.message, mask)
    if item.feedback:
        item.feedback.words = mask(item.feedback.words)
    return item


def _versions(conversation: Conversation) -> defaultdict[UUID | None, list[UUID]]:
    """The ids of each message's children, the oldest first."""
    children: defaultdict[UUID | None, list[UUID]] = defaultdict(list)
    for message, parent in conversation.messages.in_order().values_list("id", "parent_id"):
        children[parent].append(message)
    return children


def _leaves(children: dict[UUID | None, list[UUID]]) -> list[UUID]:
    """The messages that have no child."""
    every = (message for versions in children.values() for message in versions)
    return [message for message in every if message not in children]


def _runs(messages: Iterable[Message], mask: Mask) -> defaultdict[UUID, list[Run]]:
    """The runs of each message, the oldest first, without the requests, which can be long."""
    runs: defaultdict[UUID, list[Run]] = defaultdict(list)
    wanted = Run.objects.filter(message__in=[message.pk for message in messages])
    for run in wanted.order_by("started_at", "id").defer("request"):
        masking.run(run, mask)
        runs[run.message_id].append(run)
    return runs
