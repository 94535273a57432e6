"""Walking a conversation's tree in the database, by steps that do not read the rest of it.

A message knows its parent, and the index of children gives the newest of each, so a walk
costs as much as it is long, whatever else the conversation holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import connection

if TYPE_CHECKING:
    from chat.models.conversation import Conversation
    from chat.models.message import Message

WHOLE = 1_000_000_000  # more steps than any branch has
A_MESSAGE = 32  # characters that each message counts for beside its text

UP = """
    WITH RECURSIVE walk(id, parent_id, steps, size) AS (
        SELECT id, parent_id, 1, 0 FROM chat_message WHERE id = %s
        UNION ALL
        SELECT above.id, above.parent_id, walk.steps + 1, {size}
        FROM chat_message above JOIN walk ON above.id = walk.parent_id
        WHERE walk.steps < %s AND walk.size < %s
    )
    SELECT {columns} FROM walk JOIN chat_message ON chat_message.id = walk.id
    ORDER BY walk.steps DESC
"""
ALL = "chat_message.*"
SIZE = "walk.size + length(above.text) + %s"
DOWN = """
    WITH RECURSIVE walk(id, steps) AS (
        SELECT id, 0 FROM chat_message WHERE id = %s
        UNION ALL
        SELECT (
            SELECT child.id FROM chat_message child WHERE child.parent_id = walk.id
            ORDER BY child.created_at DESC, child.id DESC LIMIT 1
        ), walk.steps + 1
        FROM walk WHERE walk.id IS NOT NULL AND walk.steps < %s
    )
    SELECT chat_message.* FROM walk JOIN chat_message ON chat_message.id = walk.id
    ORDER BY walk.steps {order}
"""


def up_to(
    message: UUID | None, *, most: int = WHOLE, characters: int | None = None
) -> list[Message]:
    """The branch that ends in this message, from its root, or only its last messages.

    That is ``most`` of them, or as many as ``characters`` of text need and not one more.
    """
    if message is None:
        return []
    if characters is None:
        return _walk(UP.format(size="0", columns=ALL), message, most, 1)
    return _walk(UP.format(size=SIZE, columns=ALL), message, A_MESSAGE, most, characters)


def ids_up_to(message: UUID | None) -> list[UUID]:
    """The ids of the branch that ends in this message, from its root."""
    if message is None:
        return []
    outlines = UP.format(size="0", columns="chat_message.id")
    return [each.pk for each in _walk(outlines, message, WHOLE, 1)]


def end_of(conversation: Conversation, through: Message | None = None) -> UUID | None:
    """The end of the branch that goes through this message, or else of the chosen one."""
    start = through.pk if through else _chosen(conversation)
    return newest_leaf(start).pk if start else None


def _chosen(conversation: Conversation) -> UUID | None:
    if conversation.leaf_id is None and (root := conversation.messages.roots().last()):
        return root.pk
    return conversation.leaf_id


def below(message: UUID, *, most: int = WHOLE) -> list[Message]:
    """What follows this message, newest turns taken, ``most`` messages of it."""
    return _walk(DOWN.format(order=""), message, most)[1:]


def newest_leaf(message: UUID) -> Message:
    """The end of the branch that goes through this message, newest turns taken."""
    return _walk(DOWN.format(order="DESC LIMIT 1"), message, WHOLE)[0]


def _walk(sql: str, start: UUID, *parameters: Any) -> list[Message]:
    from chat.models.message import Message

    first = Message._meta.pk.get_db_prep_value(start, connection)
    return list(Message.objects.raw(sql, [first, *parameters]))


def versions(messages: Sequence[Message]) -> dict[UUID | None, list[UUID]]:
    """The ids of these messages and their siblings, the oldest first, by their parent."""
    from chat.models.message import Message

    siblings: dict[UUID | None, list[UUID]] = {}
    for parent, sibling in Message.objects.beside(messages).values_list("parent_id", "id"):
        siblings.setdefault(parent, []).append(sibling)
    return siblings
