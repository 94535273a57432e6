"""What the lists know of a conversation: one narrow row each, so that no filter reads messages."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models.functions import Substr

from chat.models import Conversation, Feedback, Message
from chat.models.clock import Now

SLACK = timedelta(minutes=5)  # a transaction may be stored this long after it took its time
RATED_WITHIN = timedelta(seconds=10)  # a rating is a transaction of its own, and a short one


class DigestQuerySet(models.QuerySet["Digest"]):
    """Ways to digests."""

    def kept(self) -> DigestQuerySet:
        """Those of conversations that people keep, the last active first."""
        kept = self.filter(conversation__deleted_at=None)
        return kept.order_by("-active_at", "-conversation_id")

    def older_than(self, active_at: datetime, conversation: Any) -> DigestQuerySet:
        """The next page of a list whose last row this was."""
        return self.filter(
            models.Q(active_at__lt=active_at)
            | models.Q(active_at=active_at, conversation_id__lt=conversation)
        )

    def newer_than(self, active_at: datetime, conversation: Any) -> DigestQuerySet:
        """What comes before this row of a list, the nearest first."""
        newer = models.Q(active_at__gt=active_at)
        same = models.Q(active_at=active_at, conversation_id__gt=conversation)
        return self.filter(newer | same).order_by("active_at", "conversation_id")

    def holding(self, field: str, value: str) -> DigestQuerySet:
        """Those whose list of words ``field`` has this word."""
        return self.filter(**{f"{field}__contains": f"|{value}|"})


class Digest(models.Model):
    """Figures of one conversation.

    ``models_asked``, ``outcomes``, ``ratings`` and ``reasons`` are words between bars, such
    as ``|danube|other|``.
    """

    conversation = models.OneToOneField(
        Conversation, on_delete=models.CASCADE, primary_key=True, related_name="digest"
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    active_at = models.DateTimeField()
    turns = models.PositiveIntegerField(default=0)
    messages = models.PositiveIntegerField(default=0)
    characters = models.PositiveIntegerField(default=0)
    first_token_ms = models.PositiveIntegerField(null=True, blank=True)  # the slowest
    has_error = models.BooleanField(default=False)
    is_settled = models.BooleanField(default=True)  # nothing is being written
    last_model = models.CharField(max_length=200, blank=True)
    last_status = models.CharField(max_length=11, blank=True)
    models_asked = models.TextField(blank=True)
    outcomes = models.TextField(blank=True)
    ratings = models.TextField(blank=True)
    reasons = models.TextField(blank=True)
    language = models.CharField(max_length=8, blank=True)
    made_at = models.DateTimeField(db_default=Now(), db_index=True)

    objects = DigestQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["-active_at", "-conversation"]),
            models.Index(fields=["owner", "-active_at", "-conversation"]),
            models.Index(fields=["language", "-active_at"]),
            models.Index(
                fields=["conversation"],
                condition=models.Q(is_settled=False),
                name="review_digest_unsettled",
            ),
        ]

    def __str__(self) -> str:
        return f"digest of {self.conversation_id}"

    @property
    def status_name(self) -> str:
        """How the last answer stands, as a person reads it; empty without one."""
        return str(Message.Status(self.last_status).label) if self.last_status else ""

    @classmethod
    def stale(cls, limit: int) -> list[Any]:
        """Ids of conversations that no digest tells of, or one of before they changed."""
        every = Conversation.objects.order_by()
        kept = every.filter(temporary=False, deleted_at=None)
        # By ids alone first, which indexes have in the same order: a tenth of the time.
        missing = kept.filter(pk__in=every.filter(digest=None).values("pk"))
        found: set[Any] = set(missing.values_list("pk", flat=True)[:limit])
        last = cls.objects.aggregate(at=models.Max("made_at"))["at"]
        if last is not None:
            changed = kept.filter(active_at__gte=last - SLACK)
            changed = changed.exclude(digest__active_at=models.F("active_at"))
            unsettled = cls.objects.filter(is_settled=False)
            for more in (changed, unsettled):
                found.update(more.values_list("pk", flat=True)[:limit])
            found.update(_rated(last - SLACK)[:limit])
        return sorted(found)


def _rated(since: datetime) -> models.QuerySet[Any, Any]:
    """Ids of conversations that were rated since then and whose digest may not know it."""
    given = Feedback.objects.filter(verdict__in=Feedback.Verdict.values, changed_at__gte=since)
    unknown = given.filter(
        message__conversation__digest__made_at__lte=models.F("changed_at") + RATED_WITHIN
    )
    return unknown.values_list("message__conversation", flat=True)


def beginning(field: str, length: int) -> Substr:
    """The first characters of a text, so that long ones are not read."""
    return Substr(field, 1, length)
