"""The one-time link with which the owner of a server comes in."""

from __future__ import annotations

from datetime import timedelta

from django.db import models
from django.utils import timezone

from accounts.tokens import hash_of, new_token

LIFE = timedelta(hours=1)


class OwnerLink(models.Model):
    """The link that is out now, if any. There is one row at most: a new link replaces the old.

    Only a hash of the token is stored.
    """

    THE_ONE = 1

    id = models.PositiveSmallIntegerField(primary_key=True, default=THE_ONE, editable=False)
    token_hash = models.CharField(max_length=64)
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(id=1), name="accounts_one_owner_link")
        ]

    def __str__(self) -> str:
        return f"owner's link until {self.expires_at:%H:%M}"

    @classmethod
    def make(cls) -> str:
        """Put a new link in the place of any other. Returns its token, which is kept nowhere."""
        token = new_token()
        cls.objects.update_or_create(
            id=cls.THE_ONE,
            defaults={"token_hash": hash_of(token), "expires_at": timezone.now() + LIFE},
        )
        return token

    @classmethod
    def claim(cls, token: str) -> bool:
        """Use the link up. True for the one caller who did, in time and with its token."""
        link = cls.objects.filter(token_hash=hash_of(token), expires_at__gt=timezone.now())
        claimed, _ = link.delete()
        return claimed == 1
