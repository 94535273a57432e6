"""The hashes of the chain, all of them with a key: nobody else can make one, or guess a text."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

from django.conf import settings

from chat.models import Message
from review.models.chain import Head, Link, Register
from review.models.erasure import Erasure


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
    told = [head.conversation, head.count, head.erased, head.hash, _moment(head.newest)]
    # Heads from before there were records of erasing, and numbers, are signed without them.
    told += ["erasures", head.erasures] if head.erasures else []
    told += ["number", head.number] if head.number is not None else []
    return _mac("head", *told)


def signature_of_register(register: Register) -> str:
    """How many chains there are."""
    return _mac("register", register.heads, register.older, register.is_caught_up)


def signature_of_erasure(erasure: Erasure) -> str:
    """All of the record but whose conversation it was, which is forgotten with the account."""
    return _mac(
        "erasure",
        erasure.conversation,
        erasure.cause,
        erasure.rule_name,
        _moment(erasure.begun_at),
        _moment(erasure.active_at),
        erasure.links,
        erasure.hash,
        _moment(erasure.at),
    )


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat()


def _mac(*values: Any) -> str:
    text = json.dumps([None if value is None else str(value) for value in values])
    return hmac.new(settings.TRANSCRIPT_KEY.encode(), text.encode(), hashlib.sha256).hexdigest()
