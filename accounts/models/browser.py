"""Where people are signed in: one row a session, which lives as long as the session does."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.db import models
from django.db.models.functions import Now
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts.user_agent import describe


class BrowserQuerySet(models.QuerySet["Browser"]):
    """Ways to browsers: by whose they are."""

    def owned_by(self, person: Any) -> BrowserQuerySet:
        """Where this person is signed in, the last seen first."""
        alive = self.filter(person_id=person.pk, session__expire_date__gt=Now())
        return alive.select_related("session").order_by("-seen_at")

    def see(self, request: HttpRequest) -> None:
        """Note that the session of this request was used just now, and from where."""
        self.update_or_create(
            session_id=request.session.session_key,
            defaults={
                "person_id": request.session[SESSION_KEY],
                "agent": request.headers.get("User-Agent", "")[:300],
                "address": request.META.get("REMOTE_ADDR") or None,
                "seen_at": Now(),
            },
        )


class Browser(models.Model):
    """A browser in which a person is signed in."""

    session = models.OneToOneField(Session, on_delete=models.CASCADE, primary_key=True)
    number = models.UUIDField(unique=True, default=uuid4, editable=False)  # for addresses
    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="browsers")
    agent = models.CharField(max_length=300, blank=True)
    address = models.GenericIPAddressField(null=True)
    began_at = models.DateTimeField(db_default=Now())
    seen_at = models.DateTimeField(db_default=Now())

    objects = BrowserQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """What a person calls it, such as "Firefox on Linux"."""
        return describe(self.agent)

    @property
    def is_in_use(self) -> bool:
        """Whether it was seen within the last minute."""
        return timezone.now() - self.seen_at < timedelta(minutes=1)

    def is_valid(self, person: User) -> bool:
        """Whether its session would still be taken for this person, who may have a new password."""
        held = self.session.get_decoded()
        mark = str(held.get(HASH_SESSION_KEY, ""))
        marks = [person.get_session_auth_hash(), *person.get_session_auth_fallback_hash()]
        return any(constant_time_compare(mark, each) for each in marks)
