"""A share: a copy of a conversation's branch that others may read by a link."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import models

from chat.models.clock import Now
from chat.models.conversation import TITLE_LENGTH, Conversation

TOKEN = 24  # random bytes: nobody guesses 192 bits


class ShareQuerySet(models.QuerySet["Share"]):
    """Ways to shares. A reader's only one is ``opened_by``, a person's own is ``made_by``."""

    def made_by(self, person: AbstractBaseUser | AnonymousUser) -> ShareQuerySet:
        """This person's own that others can read, the newest first."""
        return self.readable().filter(owner_id=person.pk).order_by("-created_at", "-id")

    def opened_by(self, token: str) -> ShareQuerySet:
        """The one that this token opens, if any."""
        return self.readable().filter(token_hash=_hash(token))

    def among(self, keys: Iterable[int]) -> ShareQuerySet:
        """Those with one of these keys."""
        return self.filter(pk__in=keys)

    def readable(self) -> ShareQuerySet:
        """Those that have not ended, of people and conversations that are here."""
        return self.filter(
            models.Q(ends_at=None) | models.Q(ends_at__gt=Now()),
            owner__is_active=True,
            conversation__deleted_at=None,
        )

    def ended(self) -> ShareQuerySet:
        """Those past their end."""
        return self.filter(ends_at__lte=Now())


class Share(models.Model):
    """What a link shows: words as they were, whatever becomes of the conversation.

    The link itself is not stored, only a hash by which it is known again. ``messages`` is a
    list of ``{"role", "text", "reasoning", "status", "error", "model", "created_at"}``.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="shares"
    )
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="shares")
    token_hash = models.CharField(max_length=64, unique=True)
    title = models.CharField(max_length=TITLE_LENGTH, blank=True)
    author = models.CharField(max_length=300, blank=True)  # the name to show, if any
    messages: models.JSONField[Any, Any] = models.JSONField()
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    ends_at = models.DateTimeField(null=True, blank=True)

    objects = ShareQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["owner", "-created_at", "-id"])]

    def __str__(self) -> str:
        return self.title or str(self.pk)

    @classmethod
    def make(
        cls,
        conversation: Conversation,
        messages: list[dict[str, Any]],
        *,
        author: str = "",
        ends_at: datetime | None = None,
    ) -> str:
        """Store a copy, and return the token that opens it: it is told this once."""
        token = secrets.token_urlsafe(TOKEN)
        cls.objects.create(
            owner_id=conversation.owner_id,
            conversation=conversation,
            token_hash=_hash(token),
            title=conversation.title,
            author=author,
            messages=messages,
            ends_at=ends_at,
        )
        return token


def _hash(token: str) -> str:
    """Plain is enough: what is hashed is random, not a word that people choose."""
    return hashlib.sha256(token.encode()).hexdigest()
