"""Conversations from the database, a few messages at a time: none has to fit into memory.

No query stays open between two pieces, however slowly they are taken.
"""

from collections.abc import Iterable, Iterator
from uuid import UUID

from chat.models import Conversation, Message, Run
from chat.models.branch import end_of, ids_up_to
from chat.taking import values

BATCH = 100  # messages


def head(conversation: Conversation) -> values.Conversation:
    """Everything but the messages."""
    return values.Conversation(
        version=values.VERSION,
        id=conversation.id,
        title=conversation.title,
        created_at=conversation.created_at,
        active_at=conversation.active_at,
        model=conversation.model,
        system_prompt=conversation.system_prompt,
        parameters=conversation.parameters,
        pinned=conversation.pinned_at is not None,
        archived=conversation.archived_at is not None,
        named=conversation.title_source == Conversation.TitleSource.PERSON,
        leaf=conversation.leaf_id,
    )


def whole(conversation: Conversation) -> Iterator[values.Message]:
    """Every message, in the order of writing."""
    batch = list(conversation.messages.in_order()[:BATCH])
    while batch:
        yield from _values(batch)
        batch = list(conversation.messages.in_order().after(batch[-1])[:BATCH])


def branch(conversation: Conversation, leaf: Message | None = None) -> Iterator[values.Message]:
    """The branch that ends in ``leaf``, or else the one that is shown, from its root."""
    ids = ids_up_to(end_of(conversation, leaf))
    for start in range(0, len(ids), BATCH):
        yield from _values(_in_order_of(ids[start : start + BATCH], conversation))


def _in_order_of(ids: list[UUID], conversation: Conversation) -> list[Message]:
    found = {message.id: message for message in conversation.messages.among(ids)}
    return [found[pk] for pk in ids if pk in found]


def _values(messages: Iterable[Message]) -> Iterator[values.Message]:
    for message in messages:
        _read_up_to_now(message)
        yield values.Message(
            id=message.id,
            parent=message.parent_id,
            role=message.role,  # type: ignore[arg-type]
            text=message.text,
            reasoning=message.reasoning,
            status=message.status,  # type: ignore[arg-type]
            error=message.error,
            model=message.model,
            created_at=message.created_at,
        )


def _read_up_to_now(message: Message) -> None:
    """An answer that is being written is taken as it stands."""
    if message.status != Message.Status.STREAMING:
        return
    message.status = Message.Status.INTERRUPTED
    run = Run.objects.newest_of([message]).get(message.id)
    if run and not run.outcome:
        message.text, message.reasoning, _ = run.fold()
    else:  # it has ended since
        message.refresh_from_db()
