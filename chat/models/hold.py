"""A hold: what must not be erased, whoever asks for it, until somebody lets it go."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import models
from django.db.models.deletion import PROTECT, SET_NULL, Collector
from django.utils.translation import gettext_lazy as _

from chat.models.clock import Now
from chat.models.conversation import Conversation

Person = AbstractBaseUser | AnonymousUser


class HoldQuerySet(models.QuerySet["Hold"]):
    """Ways to holds."""

    def standing(self) -> HoldQuerySet:
        """Those that nobody has let go."""
        return self.filter(released_at=None)

    def on_person(self, person: Person) -> HoldQuerySet:
        """Those that stand on this person, and so on each conversation of theirs."""
        return self.standing().filter(person_id=person.pk)

    def on_things_of(self, person: Person) -> HoldQuerySet:
        """Those that stand on this person or on a conversation of theirs."""
        return self.standing().filter(
            models.Q(person_id=person.pk) | models.Q(conversation__owner_id=person.pk)
        )

    def on(self, conversation: Conversation) -> HoldQuerySet:
        """Those that stand on this conversation, or on its person."""
        return self.standing().filter(
            models.Q(conversation=conversation) | models.Q(person_id=conversation.owner_id)
        )


def protect_while_it_stands(collector: Collector, field: Any, holds: Any, using: str) -> None:
    """What a standing hold is on cannot be deleted; one that was let go forgets it."""
    is_held = any(hold.released_at is None for hold in holds)
    (PROTECT if is_held else SET_NULL)(collector, field, holds, using)


class Hold(models.Model):
    """On a person, with all that they have and will write, or on one conversation.

    Temporary conversations are nobody's to keep: no hold reaches them. ``subject`` is the
    id of what is held, which outlives it.
    """

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=protect_while_it_stands,
        null=True,
        blank=True,
        related_name="holds",
        verbose_name=_("person"),
    )
    conversation = models.ForeignKey(
        Conversation,
        on_delete=protect_while_it_stands,
        null=True,
        blank=True,
        related_name="holds",
        verbose_name=_("conversation"),
    )
    subject = models.CharField(max_length=64, editable=False)
    reason = models.CharField(_("reason"), max_length=200)
    maker_name = models.CharField(_("by"), max_length=150, editable=False)
    made_at = models.DateTimeField(_("since"), db_default=Now(), editable=False)
    released_at = models.DateTimeField(_("let go"), null=True, editable=False)
    releaser_name = models.CharField(max_length=150, blank=True, editable=False)
    release_reason = models.CharField(_("reason"), max_length=200, blank=True)

    objects = HoldQuerySet.as_manager()

    class Meta:
        verbose_name = _("legal hold")
        verbose_name_plural = _("legal holds")
        ordering = [models.F("released_at").desc(nulls_first=True), "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["person"],
                condition=models.Q(released_at=None),
                name="chat_hold_on_person_once",
            ),
            models.UniqueConstraint(
                fields=["conversation"],
                condition=models.Q(released_at=None),
                name="chat_hold_on_conversation_once",
            ),
        ]

    def __str__(self) -> str:
        return self.reason

    def release(self, name: str, reason: str) -> bool:
        """Let it go. True for whoever did."""
        standing = type(self).objects.standing().filter(pk=self.pk)
        let_go = {"released_at": Now(), "releaser_name": name, "release_reason": reason}
        return standing.update(**let_go) == 1
