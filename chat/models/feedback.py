"""What a person thought of an answer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import models
from django.utils.translation import gettext_lazy as _

from chat.models.clock import Now
from chat.models.message import Message

if TYPE_CHECKING:
    from chat.models.conversation import Conversation

MAX_WORDS = 2_000  # characters


class FeedbackQuerySet(models.QuerySet["Feedback"]):
    """Ways to feedback."""

    def of(self, person: AbstractBaseUser | AnonymousUser) -> FeedbackQuerySet:
        """What this person gave."""
        return self.filter(person_id=person.pk)

    def about(
        self, messages: Iterable[Message], conversation: Conversation
    ) -> dict[UUID, Feedback]:
        """What the owner of this conversation gave to these of its messages, by message id."""
        ids = [message.pk for message in messages]
        mine = self.filter(person_id=conversation.owner_id, message__in=ids)
        return {each.message_id: each for each in mine}

    def of_owners(self, conversations: Iterable[Conversation]) -> list[Feedback]:
        """What the owners of these conversations gave to answers in them."""
        owners = {conversation.pk: conversation.owner_id for conversation in conversations}
        given = self.filter(message__conversation__in=list(owners)).select_related("message")
        # Compared here: asked to, a database may read all that these people ever gave.
        return [
            each
            for each in given.only("person", "verdict", "message__conversation")
            if each.person_id == owners[each.message.conversation_id]
        ]

    def give(
        self, person: AbstractBaseUser | AnonymousUser, message: Message, **values: Any
    ) -> Feedback:
        """Keep what this person thinks now, in place of what they thought before."""
        return self.update_or_create(
            person_id=person.pk, message=message, defaults=values | {"changed_at": Now()}
        )[0]


class Feedback(models.Model):
    """Good or bad, why, and in the person's own words. One of each person about each answer.

    ``reasons`` is a list of ``Reason`` values.
    """

    class Verdict(models.TextChoices):
        GOOD = "good", _("good")
        BAD = "bad", _("bad")

    class Reason(models.TextChoices):
        CORRECT = "correct", _("Correct")
        CLEAR = "clear", _("Easy to follow")
        COMPLETE = "complete", _("Complete")
        WELL_WRITTEN = "well_written", _("Well written")
        WRONG = "wrong", _("Not correct")
        UNCLEAR = "unclear", _("Hard to follow")
        INCOMPLETE = "incomplete", _("Something is missing")
        NOT_ASKED = "not_asked", _("Not what I asked")
        TOO_LONG = "too_long", _("Too long")
        UNSAFE = "unsafe", _("Harmful or offensive")

    REASONS = {
        Verdict.GOOD.value: (
            Reason.CORRECT,
            Reason.CLEAR,
            Reason.COMPLETE,
            Reason.WELL_WRITTEN,
        ),
        Verdict.BAD.value: (
            Reason.WRONG,
            Reason.UNCLEAR,
            Reason.INCOMPLETE,
            Reason.NOT_ASKED,
            Reason.TOO_LONG,
            Reason.UNSAFE,
        ),
    }

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="feedback")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="feedback"
    )
    verdict = models.CharField(max_length=4, choices=Verdict)
    reasons: models.JSONField[Any, Any] = models.JSONField(default=list, blank=True)
    words = models.TextField(blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    changed_at = models.DateTimeField(db_default=Now())

    objects = FeedbackQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "feedback"
        constraints = [
            models.UniqueConstraint(
                fields=["message", "person"], name="chat_feedback_one_a_person"
            ),
        ]
        indexes = [models.Index(fields=["verdict", "-changed_at"])]

    def __str__(self) -> str:
        return f"{self.verdict} of {self.person_id} about {self.message_id}"

    @property
    def reason_names(self) -> list[str]:
        """The reasons, as a person reads them."""
        return [str(self.Reason(each).label) for each in self.reasons]

    @property
    def values(self) -> dict[str, Any]:
        """``{"verdict", "reasons", "words"}``, as a page gets them."""
        return {"verdict": self.verdict, "reasons": self.reasons, "words": self.words}
