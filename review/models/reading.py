"""The account: who read whose conversation, when and why."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import models
from django.utils.translation import gettext_lazy as _

from chat.models import Conversation
from chat.models.clock import Now
from review.models.dataset import Dataset
from review.models.written_once import WrittenOnce, WrittenOnceQuerySet

Person = AbstractBaseUser | AnonymousUser
MOST_DETAIL = 500  # characters
BATCH = 1000  # readings that are in memory at once


class ReadingQuerySet(WrittenOnceQuerySet["Reading"]):
    """Ways to readings, none of which changes any."""

    def of(self, person: Person) -> ReadingQuerySet:
        """What others read of this person's."""
        return self.filter(owner_id=person.pk).exclude(reader_id=person.pk)

    def before(self, pk: int) -> ReadingQuerySet:
        """The next page of a list whose last row this was."""
        return self.filter(pk__lt=pk)

    def note(
        self,
        reader: Person,
        page: Reading.Page,
        reason: str,
        conversations: Iterable[Conversation],
        detail: str = "",
        *,
        is_masked: bool = False,
    ) -> None:
        """Write down that this person is shown something of these conversations."""
        self.bulk_create(
            Reading(
                reader_id=reader.pk,
                reader_name=reader.get_username(),
                owner_id=conversation.owner_id,
                conversation=conversation.pk,
                page=page,
                reason=reason,
                detail=detail[:MOST_DETAIL],
                is_masked=is_masked,
            )
            for conversation in conversations
        )

    def exported(self, dataset: Dataset) -> ReadingQuerySet:
        """What the last taking of a dataset wrote down: whose words its file has."""
        taken = self.filter(reader=dataset.taker, page=Reading.Page.EXPORT, detail=dataset.name)
        return taken.filter(at__range=(dataset.begun_at, dataset.finished_at))

    def note_download(self, dataset: Dataset) -> None:
        """Write down that its taker is given its file, with whose words are in it."""
        exported, last = self.exported(dataset).order_by("pk"), 0
        while batch := list(exported.filter(pk__gt=last)[:BATCH]):
            last = batch[-1].pk
            self.bulk_create(line.again(Reading.Page.FILE) for line in batch)


class Reading(WrittenOnce):
    """One person was shown something of one conversation of another.

    It outlives both people and the conversation, of which it keeps only the id.
    """

    class Page(models.TextChoices):
        LIST = "list", _("in a list")
        SEARCH = "search", _("in a search")
        TRANSCRIPT = "transcript", _("whole")
        RUN = "run", _("the making of an answer")
        REQUEST = "request", _("what the model was sent")
        JUDGING = "judging", _("to judge it")
        VERDICT = "verdict", _("to settle a difference")
        EXPORT = "export", _("taken out")
        FILE = "file", _("downloaded in a dataset")

    reader = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("reader"),
    )
    reader_name = models.CharField(_("reader"), max_length=150)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("whose"),
        db_index=False,
    )
    conversation: models.UUIDField[UUID, UUID] = models.UUIDField(db_index=True)
    page = models.CharField(_("how"), max_length=10, choices=Page)
    reason = models.CharField(_("reason"), max_length=200)
    detail = models.CharField(_("detail"), max_length=MOST_DETAIL, blank=True)
    is_masked = models.BooleanField(_("personal data masked"), default=False, db_default=False)
    at = models.DateTimeField(_("when"), db_default=Now(), editable=False)

    objects = ReadingQuerySet.as_manager()

    class Meta:
        verbose_name = _("reading")
        verbose_name_plural = _("readings")
        ordering = ["-id"]
        indexes = [models.Index(fields=["owner", "-id"])]

    def __str__(self) -> str:
        return f"{self.reader_name}: {self.page} {self.conversation}"

    def again(self, page: Reading.Page) -> Reading:
        """The same shown to the same person another time, in another way; not stored yet."""
        return Reading(
            reader_id=self.reader_id,
            reader_name=self.reader_name,
            owner_id=self.owner_id,
            conversation=self.conversation,
            page=page,
            reason=self.reason,
            detail=self.detail,
            is_masked=self.is_masked,
        )
