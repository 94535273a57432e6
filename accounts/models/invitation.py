"""One-time links with which people are invited."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.tokens import hash_of, new_token


def in_a_week() -> datetime:
    """When an invitation ends unless its maker says otherwise."""
    return timezone.now() + timedelta(days=7)


class InvitationQuerySet(models.QuerySet["Invitation"]):
    """Ways to invitations."""

    def open(self) -> InvitationQuerySet:
        """Those that can still be taken up."""
        return self.filter(used_at=None, ends_at__gt=timezone.now())

    def made_by(self, person: User) -> InvitationQuerySet:
        """Those with which this person invited others."""
        return self.filter(made_by=person)

    def of_token(self, token: str) -> Invitation | None:
        """The open one with this token."""
        return self.open().filter(token_hash=hash_of(token)).first() if token else None


class Invitation(models.Model):
    """For one person, once, until its end. Only a hash of its token is stored."""

    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    email = models.EmailField(
        _("mail address"),
        blank=True,
        help_text=_("Left empty, you pass the link on yourself."),
    )
    note = models.CharField(
        _("for whom"), max_length=200, blank=True, help_text=_("Seen here only.")
    )
    made_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, editable=False, related_name="invitations"
    )
    made_at = models.DateTimeField(_("made"), db_default=Now(), editable=False)
    ends_at = models.DateTimeField(_("ends"), default=in_a_week)
    used_at = models.DateTimeField(_("used"), null=True, editable=False)
    used_by = models.OneToOneField(
        User, on_delete=models.SET_NULL, null=True, editable=False, related_name="invited_by"
    )

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ("-made_at",)

    def __str__(self) -> str:
        return self.note or self.email or str(_("invitation"))

    def renew_token(self) -> str:
        """A new token in the place of any before; returns it, as it is kept nowhere."""
        token = new_token()
        self.token_hash = hash_of(token)
        return token

    def take_up(self, person: User) -> bool:
        """Use it up for this person. True for the one caller who did, in time."""
        mine = type(self).objects.open().filter(pk=self.pk)
        return mine.update(used_at=timezone.now(), used_by=person) == 1
