"""The account of erasing: what is gone, when and why, and no word of it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chat.models import Conversation
from review.models.chain import HASH, Link
from review.models.written_once import WrittenOnce, WrittenOnceQuerySet


class ErasureQuerySet(WrittenOnceQuerySet["Erasure"]):
    """Ways to erasures."""

    def of(self, conversation: UUID) -> ErasureQuerySet:
        """Those of one conversation, which may have come back from a file, in order."""
        return self.in_chains().filter(conversation=conversation)

    def of_person(self, person: AbstractBaseUser) -> ErasureQuerySet:
        """Those of this person's conversations, in order."""
        return self.filter(owner_id=person.pk).order_by("pk")

    def in_chains(self) -> ErasureQuerySet:
        """Conversation after conversation, each in order."""
        return self.order_by("conversation", "pk")

    def with_links(self) -> ErasureQuerySet:
        """Each with ``linked``: the hash that the chain has where it was erased."""
        ends = Link.objects.filter(
            conversation=models.OuterRef("conversation"), position=models.OuterRef("links")
        )
        return self.annotate(linked=models.Subquery(ends.values("hash")))

    def counted(self) -> list[tuple[str, str, int]]:
        """How many there are by cause and by rule, the most first."""
        counted = self.order_by().values_list("cause", "rule_name")
        return list(counted.annotate(number=models.Count("pk")).order_by("-number"))


class Erasure(WrittenOnce):
    """One conversation that was erased, signed by this application.

    ``links`` are the links of its chain at that time, and ``hash`` is the last one's.
    """

    class Cause(models.TextChoices):
        DELETED = "deleted", _("deleted by its person")
        ACCOUNT = "account", _("erased with its person’s account")
        RULE = "rule", _("erased by a rule")
        OTHER = "other", _("erased by who runs this server")

    conversation: models.UUIDField[UUID, UUID] = models.UUIDField(_("conversation"), db_index=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("whose"),
    )
    cause = models.CharField(_("why"), max_length=8, choices=Cause)
    rule_name = models.CharField(_("rule"), max_length=100, blank=True)
    begun_at = models.DateTimeField(_("begun"))
    active_at = models.DateTimeField(_("last active"))
    links = models.PositiveIntegerField(_("messages"))
    hash = models.CharField(max_length=HASH, blank=True)
    at: models.DateTimeField[datetime, datetime] = models.DateTimeField(
        _("erased"), default=timezone.now
    )
    signature = models.CharField(max_length=HASH)

    objects = ErasureQuerySet.as_manager()

    class Meta:
        verbose_name = _("erasure")
        verbose_name_plural = _("erasures")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.conversation}: {self.why}"

    @property
    def why(self) -> str:
        """The cause, and the rule by its name."""
        label = str(self.Cause(self.cause).label)
        return f"{label}: {self.rule_name}" if self.rule_name else label


def cause_of(conversation: Conversation) -> Erasure.Cause:
    """Why a conversation goes that no rule has marked."""
    if conversation.deleted_at is not None:
        return Erasure.Cause.DELETED
    if not conversation.owner.is_active:  # an account is closed before it is erased
        return Erasure.Cause.ACCOUNT
    return Erasure.Cause.OTHER
