"""Conversations to look into, and an index that is in step with them."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User

from chat.models import Conversation, Message
from search.indexing import take_in

Said = Callable[..., Message]


@pytest.fixture
def said(alice: User) -> Said:
    """Store a message in a conversation, a new one of alice's unless another is given."""

    def store(text: str, conversation: Conversation | None = None, **fields: Any) -> Message:
        owner = fields.pop("owner", alice)
        title = fields.pop("title", "")
        temporary = fields.pop("temporary", False)
        if conversation is None:
            conversation = Conversation.objects.create(
                id=uuid4(), owner=owner, title=title, temporary=temporary
            )
        values = {"role": "user", "status": "complete"} | fields
        return Message.objects.create(id=uuid4(), conversation=conversation, text=text, **values)

    return store


def index_all() -> None:
    """Bring the index up to date, a few at a time as the application does it."""
    while take_in(7):
        pass
