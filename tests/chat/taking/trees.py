"""Conversations to be taken along, and what is the same of two."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from chat.models import Conversation, Message

THEN = datetime(2026, 3, 1, tzinfo=UTC)


def plant(owner: Any, shape: list[tuple[int, str]], **fields: Any) -> Conversation:
    """A conversation with a message for each ``(parent, text)``: -1 is no parent.

    A message answers what a person said, and the other way round. All have one time.
    """
    conversation = Conversation.objects.create(
        id=uuid4(), owner=owner, **{"title": "A tree", "title_source": "person"} | fields
    )
    made: list[Message] = []
    for number, (at, text) in enumerate(shape):
        parent = made[at] if at >= 0 else None
        is_answer = parent is not None and parent.role == "user"
        made.append(
            Message.objects.create(
                id=uuid4(),
                conversation=conversation,
                parent=parent,
                role="assistant" if is_answer else "user",
                text=text,
                reasoning="Hm." if is_answer else "",
                status="length" if is_answer and number % 3 == 0 else "complete",
                model="m" if is_answer else "",
                created_at=THEN + timedelta(seconds=number // 2),
            )
        )
    if made:
        conversation.leaf = made[-1]
        conversation.save()
    return conversation


def tree(conversation: Conversation) -> Any:
    """All that a person could tell apart: words, ends, versions in their order, what is shown."""
    below: dict[Any, list[Message]] = {}
    for message in conversation.messages.in_order():
        below.setdefault(message.parent_id, []).append(message)

    def branch(parent: Any) -> list[Any]:
        return [
            (each.role, each.text, each.reasoning, each.status, each.error, each.model,
             each.pk == conversation.leaf_id, branch(each.pk))
            for each in below.get(parent, [])
        ]  # fmt: skip

    fields = ("title", "model", "system_prompt", "parameters")
    return [getattr(conversation, name) for name in fields], branch(None)
