"""The hashes of the chain, all of them with a key: nobody else can make one, or guess a text."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.conf import settings

from chat.models import Message, Run
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


def asked_of(run: Run) -> str:
    """Everything of a run that has ended: what the model was sent, and how it answered."""
    return _mac(
        "run",
        run.pk,
        run.message_id,
        run.server,
        run.model,
        _json(run.parameters),
        _json(run.request),
        run.turns_cut,
        run.attempts,
        run.outcome,
        run.error,
        run.prompt_tokens,
        run.completion_tokens,
        run.usage_estimated,
        run.first_token_ms,
        run.duration_ms,
        run.tokens_per_second,
        _moment(run.started_at),
        _moment(run.finished_at),
    )


def owner_seal(conversation: UUID, owner: Any) -> str:
    """Whose a conversation is."""
    return _mac("owner", conversation, owner)


def prompt_seal(conversation: UUID, prompt: str) -> str:
    """The system prompt of a conversation."""
    return _mac("system prompt", conversation, prompt)


def hash_of(link: Link, previous: str) -> str:
    """A link after the one with the hash ``previous``; the first follows on ""."""
    told = [link.conversation, link.position, link.message_id, link.run, link.content, previous]
    told += ["asked", link.asked] if link.asked else []
    return _mac("link", *told)


def is_signed(head: Head) -> bool:
    """Whether the head is as it was signed, or new.

    An older version, which may still run beside this one, signs without the seals.
    """
    if not head.signature:
        return head.count == 0
    return head.signature in (signature_of(head), signature_of(head, with_seals=False))


def signature_of(head: Head, *, with_seals: bool = True) -> str:
    """The end of a chain, and how much of it is erased."""
    told = [head.conversation, head.count, head.erased, head.hash, _moment(head.newest)]
    # Heads from before there were records of erasing, and numbers, are signed without them.
    told += ["erasures", head.erasures] if head.erasures else []
    told += ["number", head.number] if head.number is not None else []
    if with_seals and (head.owner_seal or head.prompt_seal):
        told += ["seals", head.owner_seal, head.prompt_seal]
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


def _json(value: Any) -> str:
    """The same for all databases, which keep names in an order of their own."""
    return json.dumps(value, sort_keys=True)


def _mac(*values: Any) -> str:
    text = json.dumps([None if value is None else str(value) for value in values])
    return hmac.new(settings.TRANSCRIPT_KEY.encode(), text.encode(), hashlib.sha256).hexdigest()
