"""A conversation as a page shows it: the chosen branch, one item a message."""

from dataclasses import dataclass
from uuid import UUID, uuid4

from chat.models import Conversation, Feedback, Message, Run
from chat.models.message import Tree


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


def items(conversation: Conversation, leaf: Message | None = None) -> list[Item]:
    """The branch that ends in ``leaf``, or else the chosen one, from its root.

    Three queries, whatever the length.
    """
    tree = Tree(conversation.messages.all())
    if leaf is None:
        leaf = tree.find(conversation.leaf_id) or tree.newest_root()
    path = tree.path(tree.newest_leaf(leaf)) if leaf else []
    runs = Run.objects.newest_of(path)
    feedback = Feedback.objects.about(path, conversation)
    return [
        _item(tree, message, runs.get(message.id), feedback.get(message.id)) for message in path
    ]


def blank(role: Message.Role) -> Item:
    """An item for a message that does not exist yet: the page's template."""
    return Item(Message(id=uuid4(), role=role, status=Message.Status.COMPLETE))


def _item(tree: Tree, message: Message, run: Run | None, feedback: Feedback | None) -> Item:
    versions = [version.id for version in tree.versions(message)]
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
