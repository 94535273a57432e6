"""Rubrics: what reviewers are asked. One that was judged by stays as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from chat.models.clock import Now

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

SCALE = (1, 2, 3, 4, 5)


class RubricQuerySet(models.QuerySet["Rubric"]):
    """Ways to rubrics."""

    def newest_first(self) -> RubricQuerySet:
        """By name, the newest version first."""
        return self.order_by("name", "-version")


class Rubric(models.Model):
    """Questions under a name and a version."""

    name = models.CharField(_("name"), max_length=100)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    made_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = RubricQuerySet.as_manager()

    if TYPE_CHECKING:
        questions: RelatedManager[Question]

    class Meta:
        verbose_name = _("rubric")
        verbose_name_plural = _("rubrics")
        ordering = ["name", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["name", "version"], name="review_rubric_version_once")
        ]

    def __str__(self) -> str:
        return f"{self.name}, version {self.version}"

    @property
    def is_in_use(self) -> bool:
        """Whether a queue asks its questions, so that they may not change any more."""
        return self.pk is not None and self.queues.exists()

    @transaction.atomic
    def next_version(self) -> Rubric:
        """A copy to be changed, under the next number."""
        last = Rubric.objects.filter(name=self.name).aggregate(at=models.Max("version"))["at"]
        copy = Rubric.objects.create(name=self.name, version=last + 1)
        for question in self.questions.all():
            question.pk = None
            question.rubric = copy
            question._state.adding = True
            question.save()
        return copy


class Question(models.Model):
    """One question, about the whole conversation or about each answer."""

    class Kind(models.TextChoices):
        SCALE = "scale", _("scale from 1 to 5")
        LABELS = "labels", _("labels")
        BETTER = "better", _("better answer")
        NOTE = "note", _("note")

    class Scope(models.TextChoices):
        CONVERSATION = "conversation", _("the conversation")
        ANSWER = "answer", _("each answer")

    rubric = models.ForeignKey(Rubric, on_delete=models.CASCADE, related_name="questions")
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    text = models.CharField(_("question"), max_length=200)
    kind = models.CharField(_("kind"), max_length=6, choices=Kind)
    scope = models.CharField(_("about"), max_length=12, choices=Scope, default=Scope.CONVERSATION)
    hint = models.CharField(_("hint"), max_length=200, blank=True)
    labels = models.TextField(_("labels, one a line"), blank=True, max_length=4000)
    is_required = models.BooleanField(_("must be answered"), default=True)

    class Meta:
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.text

    def clean(self) -> None:
        """Labels need words, and a better answer is about an answer."""
        if self.kind == self.Kind.LABELS and not self.options:
            raise ValidationError({"labels": _("Write at least one label.")})
        if self.kind == self.Kind.BETTER:
            self.scope = self.Scope.ANSWER

    @property
    def options(self) -> list[str]:
        """The labels to choose from."""
        return [line.strip() for line in self.labels.splitlines() if line.strip()]

    @property
    def is_counted(self) -> bool:
        """Whether agreement on it can be measured."""
        return self.kind in (self.Kind.SCALE, self.Kind.LABELS)

    @property
    def is_text(self) -> bool:
        """Whether it is answered in words."""
        return self.kind in (self.Kind.BETTER, self.Kind.NOTE)

    @property
    def can_differ(self) -> bool:
        """Whether two answers to it exclude each other; notes stand beside each other."""
        return self.kind != self.Kind.NOTE
