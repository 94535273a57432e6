"""A conversation's branch as a share holds it, and as the page of a share shows it."""

from datetime import datetime
from typing import Any
from uuid import uuid4

import msgspec

from chat.models import Conversation, Message, Share
from chat.taking import reading
from chat.thread import Item

LEFT_OUT = ("id", "parent")  # of a message: a reader has no use for ours


def copy(conversation: Conversation, leaf: Message | None) -> list[dict[str, Any]]:
    """The messages of the branch that ``leaf`` is in, or else of the one that is shown."""
    return [
        {name: value for name, value in msgspec.to_builtins(each).items() if name not in LEFT_OUT}
        for each in reading.branch(conversation, leaf)
    ]


def items(share: Share) -> list[Item]:
    """The copied messages for the page's markup."""
    return [Item(_message(each)) for each in share.messages]


def _message(copied: dict[str, Any]) -> Message:
    moment = datetime.fromisoformat(copied["created_at"])
    values = {"status": Message.Status.COMPLETE} | copied | {"created_at": moment}
    return Message(id=uuid4(), **values)
