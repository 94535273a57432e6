"""Filters that somebody gave a name."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import models
from django.utils.translation import gettext_lazy as _

from chat.models.clock import Now


class SavedFilterQuerySet(models.QuerySet["SavedFilter"]):
    """Ways to saved filters."""

    def seen_by(self, person: AbstractBaseUser | AnonymousUser) -> SavedFilterQuerySet:
        """The person's own, and what others share."""
        return self.filter(models.Q(maker_id=person.pk) | models.Q(is_shared=True))

    def made_by(self, person: AbstractBaseUser | AnonymousUser) -> SavedFilterQuerySet:
        """The person's own."""
        return self.filter(maker_id=person.pk)


class SavedFilter(models.Model):
    """A search by name; ``query`` is what stands behind the ``?`` of the list's address."""

    name = models.CharField(_("name"), max_length=100)
    query = models.TextField(max_length=4000)
    maker = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_filters"
    )
    is_shared = models.BooleanField(_("shared with all reviewers"), default=False)
    made_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = SavedFilterQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["maker", "name"], name="review_filter_name_once")
        ]

    def __str__(self) -> str:
        return self.name
