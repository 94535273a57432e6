"""Conversations as files hold them: the project's own format, which loses nothing.

A file is one JSON object, ``Conversation`` with ``format`` and ``version`` before it. Times
are ISO 8601 with their offset. ``messages`` is the whole tree in the order of writing; a
message's ``parent`` is the one before it, null for a first turn, and siblings are versions.
"""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

FORMAT = "h2o-web-chat"
VERSION: Literal[1] = 1
MOST_MESSAGES = 20_000  # of one conversation
LONGEST = 2_000_000  # characters of one message

Text = Annotated[str, Meta(max_length=LONGEST)]
Name = Annotated[str, Meta(max_length=200)]
Role = Literal["user", "assistant"]
Status = Literal["complete", "length", "stopped", "failed", "interrupted"]


class Message(msgspec.Struct, frozen=True, omit_defaults=True):
    """A turn or an answer. One that was being written when it was read is interrupted."""

    id: UUID
    parent: UUID | None
    role: Role
    text: Text
    created_at: datetime
    status: Status = "complete"
    reasoning: Text = ""
    error: Text = ""
    model: Name = ""


class Conversation(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="format", tag=FORMAT):
    """A tree of messages with what is set for it; ``leaf`` ends the branch that is shown."""

    version: Literal[1]
    id: UUID
    title: Text
    created_at: datetime
    active_at: datetime
    model: Name = ""
    system_prompt: Text = ""
    parameters: dict[str, Any] = {}
    pinned: bool = False
    archived: bool = False
    named: bool = False  # by the person, so that no model gives it another title
    leaf: UUID | None = None
    messages: Annotated[list[Message], Meta(max_length=MOST_MESSAGES)] = []
