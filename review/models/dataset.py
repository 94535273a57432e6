"""Datasets: what of the reviewed conversations is taken out, how, and how the taking stands."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from chat.models.clock import Now
from review.models.queue import Queue

Person = AbstractBaseUser | AnonymousUser
SILENT = timedelta(minutes=2)  # after which a taking that says nothing is taken for dead


class DatasetQuerySet(models.QuerySet["Dataset"]):
    """Ways to datasets."""

    def named(self, name: str) -> DatasetQuerySet:
        """Those of this name."""
        return self.filter(name=name)

    def idle(self) -> DatasetQuerySet:
        """Those that nobody is taking out now."""
        is_under_way = models.Q(begun_at__isnull=False, finished_at=None)
        return self.exclude(is_under_way & models.Q(told_at__gte=Now() - SILENT))


class Dataset(models.Model):
    """Which conversations, in which form. The same settings of the same rows give the same bytes.

    ``query`` is a filter as it stands behind the ``?`` of the list's address, where there is
    no queue. ``manifest`` is that of the last file.
    """

    class Format(models.TextChoices):
        OPENAI = "openai", _("OpenAI chat, JSONL")
        SHAREGPT = "sharegpt", _("ShareGPT, JSONL")
        PAIRS = "pairs", _("preference pairs, JSONL")
        CSV = "csv", _("CSV")
        PARQUET = "parquet", _("Parquet")

    name = models.CharField(_("name"), max_length=100, unique=True)
    queue = models.ForeignKey(
        Queue, on_delete=models.PROTECT, null=True, blank=True, related_name="datasets"
    )
    query = models.TextField(blank=True, max_length=4000)
    formats: models.JSONField[Any, Any] = models.JSONField(default=list)
    least_agreement = models.PositiveSmallIntegerField(
        _("agreement, at least, %"),
        default=0,
        validators=[MaxValueValidator(100)],
        help_text=_(
            "How many pairs of a conversation’s reviewers agree, over all questions; a lead’s"
            " verdict counts as 100. Above 0, what fewer than two have judged is left out."
        ),
    )
    test_share = models.PositiveSmallIntegerField(
        _("for testing, %"), default=10, validators=[MaxValueValidator(50)]
    )
    seed = models.PositiveIntegerField(
        _("seed"), default=1, help_text=_("Which conversations are for testing.")
    )
    only_said = models.BooleanField(
        _("only of people who have allowed it themselves"),
        default=True,
        help_text=_("Otherwise as this installation assumes of those who have said nothing."),
    )
    is_redacted = models.BooleanField(_("personal data masked"), default=True)
    names = models.TextField(
        _("names to mask, one a line"),
        blank=True,
        max_length=100_000,
        help_text=_("Besides the names of the people themselves."),
    )
    is_unique = models.BooleanField(_("the same words only once"), default=True)
    reason = models.CharField(
        _("reason"),
        max_length=200,
        help_text=_("Why it is taken out. The people whose conversations these are will see it."),
    )
    maker = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="datasets"
    )
    made_at = models.DateTimeField(db_default=Now(), editable=False)

    taker = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    begun_at = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)  # how far it is, for the last time
    finished_at = models.DateTimeField(null=True)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)
    manifest: models.JSONField[Any, Any] = models.JSONField(null=True)

    objects = DatasetQuerySet.as_manager()

    class Meta:
        verbose_name = _("dataset")
        verbose_name_plural = _("datasets")
        ordering = ["-made_at", "-id"]

    def __str__(self) -> str:
        return self.name

    def begin(self, person: Person) -> bool:
        """Claim the taking for this person. False if it is under way already."""
        mine = Dataset.objects.filter(pk=self.pk).idle()
        fresh = {"finished_at": None, "error": "", "done": 0, "total": 0, "manifest": None}
        begun = {"taker_id": person.pk, "begun_at": Now(), "told_at": Now(), **fresh}
        return mine.update(**begun) == 1

    def expect(self, total: int) -> None:
        """How many conversations there are to be done, once that is known."""
        Dataset.objects.filter(pk=self.pk).update(total=total, told_at=Now())

    def tell(self, done: int) -> None:
        """How many conversations are done."""
        Dataset.objects.filter(pk=self.pk).update(done=done, told_at=Now())

    def finish(self, manifest: Any = None, error: str = "") -> None:
        """It is done, or why it is not."""
        Dataset.objects.filter(pk=self.pk).update(finished_at=Now(), manifest=manifest, error=error)

    @property
    def is_under_way(self) -> bool:
        """Whether it is being taken out, as far as this row knows."""
        return self.begun_at is not None and self.finished_at is None

    @property
    def format_names(self) -> list[str]:
        """The formats, as a person reads them."""
        return [str(Dataset.Format(each).label) for each in self.formats]
