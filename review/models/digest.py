"""What the lists know of a conversation: one narrow row each, so that no filter reads messages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models.functions import Substr

from chat.models import Conversation, Message
from chat.models.clock import Now

SLACK = timedelta(minutes=5)  # a transaction may be stored this long after it took its time


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
    def stale(cls, limit: int) -> Stale:
        """Conversations that no digest tells of, or one of before they changed."""
        every = Conversation.objects.order_by()
        told = models.Subquery(DigestedUntil.objects.values("at")[:1])
        last = every.order_by("-active_at").values_list("active_at", told).first()
        newest, until = last or (None, None)
        kept = every.filter(temporary=False, deleted_at=None)
        # By ids alone first, which indexes have in the same order: a tenth of the time.
        missing = kept.filter(pk__in=every.filter(digest=None).values("pk"))
        changed = kept.filter(active_at__gte=until - SLACK) if until else kept
        changed = changed.filter(digest__isnull=False)
        changed = changed.exclude(digest__active_at=models.F("active_at"))
        found = [set(some.values_list("pk", flat=True)[:limit]) for some in (missing, changed)]
        found.append(set(cls._ended()[:limit]))
        hints = dict(DigestHint.objects.order_by("pk").values_list("pk", "conversation")[:limit])
        return Stale(
            conversations=sorted(set(hints.values()).union(*found)),
            hints=list(hints),
            is_all=all(len(some) < limit for some in (*found, hints)),
            newest=newest,
        )

    @classmethod
    def _ended(cls) -> list[Any]:
        """Those in which something was being written, and is no more."""
        unsettled = list(cls.objects.filter(is_settled=False).values_list("pk", flat=True))
        written = Message.objects.filter(
            conversation__in=unsettled, status=Message.Status.STREAMING
        )
        live = set(written.values_list("conversation", flat=True)) if unsettled else set()
        return [each for each in unsettled if each not in live]


@dataclass(frozen=True)
class Stale:
    """Conversations whose digests are to be made anew; ``is_all``, no others are.

    ``newest`` is when any conversation was last active before these were looked for.
    """

    conversations: list[Any]
    hints: list[int]
    is_all: bool
    newest: datetime | None

    def note_made(self) -> None:
        """Remember that they were made anew; what changed since has times and hints of its own."""
        if self.hints:
            DigestHint.objects.filter(pk__in=self.hints).delete()
        if self.is_all and self.newest:
            DigestedUntil.move(self.newest)


class DigestedUntil(models.Model):
    """Up to when digests tell of all that people did. One row, or none before the first time."""

    at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.at)

    @classmethod
    def move(cls, at: datetime) -> None:
        """Never back: somebody else may have looked later."""
        until, is_new = cls.objects.get_or_create(pk=1, defaults={"at": at})
        if not is_new and until.at < at:
            cls.objects.filter(at__lt=at).update(at=at)


class DigestHint(models.Model):
    """A conversation of which something changed that its times do not tell.

    Each change has a row of its own: one that comes while a digest is made outlives it.
    """

    conversation = models.UUIDField()

    def __str__(self) -> str:
        return str(self.conversation)

    @classmethod
    def leave(cls, conversation: Any) -> None:
        """Have the digest of this conversation made anew."""
        cls.objects.create(conversation=conversation)


def beginning(field: str, length: int) -> Substr:
    """The first characters of a text, so that long ones are not read."""
    return Substr(field, 1, length)
