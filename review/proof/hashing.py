"""The hashes of the chain, all of them with a key: nobody else can make one, or guess a text."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

from django.conf import settings

from chat.models import Message
from review.models.chain import Head, Link


def content_of(message: Message) -> str:
    """Everything of a message that a reader sees, and where it stands."""
    return _mac(
        "message",
        message.pk,
        message.conversation_id,
        message.parent_id,
        message.role,
        message.text,
        message.reasoning,
        message.status,
        message.error,
        message.model,
        _moment(message.created_at),
    )


def hash_of(link: Link, previous: str) -> str:
    """A link after the one with the hash ``previous``; the first follows on ""."""
    return _mac(
        "link",
        link.conversation,
        link.position,
        link.message_id,
        link.run,
        link.content,
        previous,
    )


def signature_of(head: Head) -> str:
    """The end of a chain, and how much of it is erased."""
    return _mac("head", head.conversation, head.count, head.erased, head.hash, _moment(head.newest))


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat()


def _mac(*values: Any) -> str:
    text = json.dumps([None if value is None else str(value) for value in values])
    return hmac.new(settings.TRANSCRIPT_KEY.encode(), text.encode(), hashlib.sha256).hexdigest()
