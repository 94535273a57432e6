"""Sealing what a conversation has beside its messages: whose it is, and its system prompt.

Only the application can seal, since that takes the key: it does when it links the first
message, and each time that a person changes the prompt. What was here before there were
seals is believed once, as it is then.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from chat.models import Conversation
from review.models.chain import Head
from review.proof.hashing import is_signed, owner_seal, prompt_seal, signature_of

logger = logging.getLogger(__name__)

CALM = timedelta(hours=1)  # what an older version, which seals nothing, hardly changes meanwhile


def settings_of(conversations: Iterable[UUID]) -> dict[UUID, Conversation]:
    """These conversations as they stay to the end of the transaction.

    Those that somebody is changing just now are left out: who waited for them might be
    waited for.
    """
    held = Conversation.objects.among(conversations).locked().only("owner", "system_prompt")
    return {each.pk: each for each in held}


def seal(head: Head, conversation: Conversation) -> None:
    """Let a head tell of its conversation, as that is; it has to be signed after that."""
    head.owner_seal = owner_seal(head.conversation, conversation.owner_id)
    head.prompt_seal = prompt_seal(head.conversation, conversation.system_prompt)


def sign(heads: Iterable[Head], signed: set[UUID]) -> None:
    """Sign those anew that were ``signed`` before they were changed.

    The others somebody else has changed: a new signature would hide that.
    """
    for head in heads:
        if head.conversation in signed:
            head.signature = signature_of(head)
        else:
            logger.error("The head of conversation %s is not as signed.", head.conversation)


def note_prompt(conversation: Conversation) -> None:
    """In the transaction in which a person changes the system prompt."""
    head = Head.objects.held([conversation.pk]).get(conversation.pk)
    if head is not None and head.prompt_seal:
        signed = signed_of([head])
        stored = Conversation.objects.only("owner", "system_prompt").get(pk=conversation.pk)
        head.prompt_seal = prompt_seal(head.conversation, stored.system_prompt)
        sign([head], signed)
        Head.objects.keep([head])


@transaction.atomic
def seal_quiet(most: int) -> int:
    """Seal what is not sealed yet, where nobody has said anything for a while."""
    unsealed = Head.objects.unsealed(timezone.now() - CALM).order_by("newest")
    settings = settings_of(list(unsealed.values_list("pk", flat=True)[:most]))
    heads = [head for head in Head.objects.held(settings).values() if not head.prompt_seal]
    signed = signed_of(heads)
    for head in heads:
        seal(head, settings[head.conversation])
    sign(heads, signed)
    Head.objects.keep(heads)
    return len(heads)


def signed_of(heads: Iterable[Head]) -> set[UUID]:
    """The conversations of those that nobody else has changed."""
    return {head.conversation for head in heads if is_signed(head)}
