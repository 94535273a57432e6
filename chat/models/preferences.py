"""What a person wants: of every new chat, and of the page."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import models

from chat.models.answer_settings import AnswerSettings


class PreferencesQuerySet(models.QuerySet["Preferences"]):
    """Ways to preferences: by whose they are."""

    def of(self, person: AbstractBaseUser | AnonymousUser) -> Preferences:
        """This person's, which are the usual ones as long as nothing was changed."""
        return self.filter(person_id=person.pk).first() or Preferences(pk=person.pk)

    def change(self, person: AbstractBaseUser | AnonymousUser, **values: Any) -> Preferences:
        """Keep these values of this person's and leave the others as they are."""
        return self.update_or_create(person_id=person.pk, defaults=values)[0]


class Preferences(AnswerSettings):
    """One row a person. The settings are those that a new chat begins with."""

    class WhileAnswering(models.TextChoices):
        QUEUE = "queue", "send it after the answer"
        STOP = "stop", "stop the answer and send it"

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="preferences",
    )
    enter_sends = models.BooleanField(default=True)
    while_answering = models.CharField(
        max_length=5, choices=WhileAnswering, default=WhileAnswering.QUEUE
    )
    notify = models.BooleanField(default=False)
    language = models.CharField(max_length=10, blank=True)  # "": as the browser asks
    may_improve = models.BooleanField(null=True, blank=True)  # None: nothing was said

    objects = PreferencesQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "preferences"

    def __str__(self) -> str:
        return f"Preferences of {self.person_id}"

    @property
    def lets_improve(self) -> bool:
        """Whether the person's conversations may be used to improve models."""
        return settings.CONSENT_IS_ASSUMED if self.may_improve is None else self.may_improve

    @property
    def values(self) -> dict[str, Any]:
        """Everything, as a page gets it."""
        return self.answer_settings | {
            "enter_sends": self.enter_sends,
            "while_answering": self.while_answering,
            "notify": self.notify,
            "language": self.language,
            "may_improve": self.lets_improve,
        }
