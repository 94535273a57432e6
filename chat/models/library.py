"""What a person keeps under names: presets of settings, and prompts."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import models

from chat.models.answer_settings import AnswerSettings

NAME_LENGTH = 80  # characters


class NamedQuerySet(models.QuerySet[Any]):
    """Ways to things of this kind."""

    def owned_by(self, person: AbstractBaseUser | AnonymousUser) -> NamedQuerySet:
        """This person's, by name."""
        return self.filter(person_id=person.pk).order_by("name", "pk")

    def named(self, name: str) -> NamedQuerySet:
        """Those of this name."""
        return self.filter(name=name)


class Named(models.Model):
    """Something of a person's that has a name, which they have given once."""

    MOST = 100  # of one person

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    name = models.CharField(max_length=NAME_LENGTH)

    objects = NamedQuerySet.as_manager()

    class Meta:
        abstract = True
        constraints = [
            models.UniqueConstraint(
                fields=["person", "name"], name="%(app_label)s_%(class)s_one_of_a_name"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def values(self) -> dict[str, Any]:
        """All of it, as a page gets it."""
        raise NotImplementedError


class Preset(Named, AnswerSettings):
    """A model, a system prompt and parameters that go together."""

    @property
    def values(self) -> dict[str, Any]:
        """``{"id", "name"}`` and the settings."""
        return {"id": self.pk, "name": self.name} | self.answer_settings


class Prompt(Named):
    """A text to begin a message with; ``{{name}}`` in it is filled in by hand."""

    MOST = 300

    text = models.TextField()

    @property
    def values(self) -> dict[str, Any]:
        """``{"id", "name", "text"}``."""
        return {"id": self.pk, "name": self.name, "text": self.text}
