"""A conversation as a page shows it: a branch or a part of one, one item a message."""

from dataclasses import dataclass
from uuid import UUID, uuid4

from chat.models import Conversation, Feedback, Message, Run, branch

PART = 30  # messages that a page shows at once


@dataclass(frozen=True)
class Item:
    """A message and its place among its versions. ``version`` counts from 1."""

    message: Message
    run: Run | None = None  # the live one
    last_run: Run | None = None
    versions: int = 1
    version: int = 1
    previous: UUID | None = None
    next: UUID | None = None
    feedback: Feedback | None = None  # of the conversation's owner


@dataclass(frozen=True)
class Part:
    """Neighbours of one branch.

    ``older`` and ``newer`` are the ids of the first and of the last of them where the
    branch goes on beyond, else None.
    """

    items: list[Item]
    older: UUID | None = None
    newer: UUID | None = None


def newest(conversation: Conversation, through: Message | None = None) -> Part:
    """The end of the branch that goes through this message, or else of the chosen one."""
    return _part(conversation, branch.up_to(branch.end_of(conversation, through), most=PART))


def around(conversation: Conversation, message: Message) -> Part:
    """This message with what stands above it, and below it on the newest branch."""
    following = branch.below(message.pk, most=PART // 2 + 1)
    shown = following[: PART // 2]
    path = branch.up_to(message.pk, most=PART - len(shown)) + shown
    return _part(conversation, path, goes_on=len(following) > len(shown))


def before(conversation: Conversation, message: Message) -> Part:
    """What stands above this message."""
    return _part(conversation, branch.up_to(message.parent_id, most=PART))


def after(conversation: Conversation, message: Message) -> Part:
    """What follows this message on the newest branch."""
    following = branch.below(message.pk, most=PART + 1)
    return _part(conversation, following[:PART], goes_on=len(following) > PART)


def items(conversation: Conversation, leaf: Message | None = None) -> list[Item]:
    """The whole branch that goes through ``leaf``, or else the chosen one, from its root.

    Five queries, whatever the length.
    """
    return _items(conversation, branch.up_to(branch.end_of(conversation, leaf)))


def _part(conversation: Conversation, path: list[Message], *, goes_on: bool = False) -> Part:
    if not path:
        return Part([])
    older = path[0].pk if path[0].parent_id else None
    return Part(_items(conversation, path), older, path[-1].pk if goes_on else None)


def _items(conversation: Conversation, path: list[Message]) -> list[Item]:
    versions = branch.versions(path)
    runs = Run.objects.newest_of(path)
    feedback = Feedback.objects.about(path, conversation)
    return [
        _item(versions[each.parent_id], each, runs.get(each.id), feedback.get(each.id))
        for each in path
    ]


def blank(role: Message.Role) -> Item:
    """An item for a message that does not exist yet: the page's template."""
    return Item(Message(id=uuid4(), role=role, status=Message.Status.COMPLETE))


def _item(
    versions: list[UUID], message: Message, run: Run | None, feedback: Feedback | None
) -> Item:
    at = versions.index(message.id)
    return Item(
        message=message,
        run=run if run and not run.outcome else None,
        last_run=run,
        versions=len(versions),
        version=at + 1,
        previous=versions[at - 1] if at > 0 else None,
        next=versions[at + 1] if at + 1 < len(versions) else None,
        feedback=feedback,
    )
