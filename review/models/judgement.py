"""Judgements: what a reviewer, or in the end a lead, thinks of a conversation."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import models, transaction

from chat.models import Conversation, Message
from chat.models.clock import Now
from review.models.queue import Item, Queue
from review.models.rubric import Question

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

Person = AbstractBaseUser | AnonymousUser


class JudgementQuerySet(models.QuerySet["Judgement"]):
    """Ways to judgements."""

    def saved(self) -> JudgementQuerySet:
        """Those that count: no drafts."""
        return self.exclude(saved_at=None)

    def reviews(self) -> JudgementQuerySet:
        """Those of reviewers, without the leads' verdicts."""
        return self.filter(is_verdict=False)

    def verdicts(self) -> JudgementQuerySet:
        """The leads' last words."""
        return self.filter(is_verdict=True)

    def about(self, item: Item) -> JudgementQuerySet:
        """Those of this conversation, as its queue has it."""
        return self.filter(item=item)

    def by(self, person: Person) -> JudgementQuerySet:
        """Those of this person."""
        return self.filter(reviewer_id=person.pk)

    def beside(self, own: Judgement | None) -> tuple[Judgement | None, Judgement | None]:
        """Of these, which were saved just before and after one's own; a draft comes last."""
        in_order = self.order_by("saved_at", "pk")
        if own is None or own.saved_at is None:
            return in_order.last(), None
        before = in_order.filter(saved_at__lt=own.saved_at)
        return before.last(), in_order.filter(saved_at__gt=own.saved_at).first()

    def with_marks(self) -> JudgementQuerySet:
        """Each with its answers to the questions."""
        return self.select_related("reviewer").prefetch_related("marks__question")


class Judgement(models.Model):
    """A review, or a lead's verdict. Until ``saved_at`` it is a draft that only its maker sees."""

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="judgements")
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="judgements"
    )
    is_verdict = models.BooleanField(default=False)
    needs_lead = models.BooleanField(default=False)
    made_at = models.DateTimeField(db_default=Now(), editable=False)
    saved_at = models.DateTimeField(null=True, blank=True)

    objects = JudgementQuerySet.as_manager()

    if TYPE_CHECKING:
        marks: RelatedManager[Mark]

    class Meta:
        ordering = ["made_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["item", "reviewer", "is_verdict"], name="review_judgement_once"
            )
        ]
        indexes = [models.Index(fields=["reviewer", "saved_at"])]

    def __str__(self) -> str:
        return f"{'verdict' if self.is_verdict else 'review'} of {self.item_id}"

    @classmethod
    @transaction.atomic
    def keep(
        cls, item: Item, person: Person, marks: Iterable[Mark], *, needs_lead: bool, verdict: bool
    ) -> Judgement | None:
        """Store a draft in the place of the one before. None if it was saved already."""
        judgement, _ = cls.objects.select_for_update().get_or_create(
            item=item, reviewer_id=person.pk, is_verdict=verdict
        )
        if judgement.saved_at is not None:
            return None
        cls.objects.filter(pk=judgement.pk).update(needs_lead=needs_lead)
        judgement.marks.all().delete()
        for mark in marks:
            mark.judgement = judgement
        Mark.objects.bulk_create(marks)
        return judgement

    @transaction.atomic
    def save_for_good(self) -> bool:
        """Make a draft count. True for the one caller who did."""
        draft = Judgement.objects.filter(pk=self.pk, saved_at=None)
        if not draft.update(saved_at=Now()):
            return False
        item = Item.objects.select_for_update().get(pk=self.item_id)
        if self.is_verdict:
            item.is_settled = True
        else:
            _count(item)
            if item.holder_id == self.reviewer_id:
                item.holder, item.hold, item.held_until = None, None, None
        item.save()
        return True

    @transaction.atomic
    def make_draft(self) -> bool:
        """Let a saved review count no more, and keep what it says. True for the one who did."""
        if not Judgement.objects.reviews().saved().filter(pk=self.pk).update(saved_at=None):
            return False
        item = Item.objects.select_for_update().get(pk=self.item_id)
        if item.is_settled:
            transaction.set_rollback(True)
            return False
        _count(item)
        item.save()
        return True


def _count(item: Item) -> None:
    """What its saved reviews come to; not stored."""
    reviews = Judgement.objects.about(item).saved().reviews()
    item.reviews = reviews.count()
    item.needs_lead = reviews.filter(needs_lead=True).exists()
    item.differs = Mark.objects.differ(item)


class MarkQuerySet(models.QuerySet["Mark"]):
    """Ways to marks."""

    def counted(self, queue: Queue) -> MarkQuerySet:
        """Saved ratings and labels of a queue's reviewers, the verdicts left out."""
        return self.filter(
            judgement__item__queue=queue,
            judgement__is_verdict=False,
            judgement__saved_at__isnull=False,
            question__kind__in=(Question.Kind.SCALE, Question.Kind.LABELS),
        )

    def of_conversations(
        self, conversations: Iterable[Conversation], queue: Queue | None
    ) -> MarkQuerySet:
        """All saved marks, as they were saved; with a queue only those of it."""
        saved = self.filter(
            judgement__saved_at__isnull=False, judgement__item__conversation__in=conversations
        )
        if queue is not None:
            saved = saved.filter(judgement__item__queue=queue)
        return saved.select_related("question", "judgement__item").order_by(
            "judgement__saved_at", "judgement", "question__position", "id"
        )

    def labelled(self, label: str) -> MarkQuerySet:
        """Saved marks that hold this label."""
        kept = self.filter(judgement__saved_at__isnull=False, question__kind=Question.Kind.LABELS)
        return kept.filter(labels__contains=f"|{label}|")

    def differ(self, item: Item) -> bool:
        """Whether saved reviews of a conversation gave different marks to the same question."""
        given: dict[tuple[int, Any], set[str]] = {}
        saved = self.filter(judgement__item=item, judgement__saved_at__isnull=False)
        marks = saved.filter(judgement__is_verdict=False).exclude(question__kind=Question.Kind.NOTE)
        for question, message, value in marks.values_list("question", "message", "value"):
            given.setdefault((question, message), set()).add(repr(value))
        return any(len(values) > 1 for values in given.values())


class Mark(models.Model):
    """An answer to one question: a number from 1 to 5, a sorted list of labels, or a text.

    Without a message it is about the whole conversation.
    """

    judgement = models.ForeignKey(Judgement, on_delete=models.CASCADE, related_name="marks")
    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="marks")
    message = models.ForeignKey(
        Message, on_delete=models.CASCADE, null=True, blank=True, related_name="marks"
    )
    value: models.JSONField[Any, Any] = models.JSONField()
    labels = models.TextField(blank=True)  # those of ``value`` between bars, to be found by

    objects = MarkQuerySet.as_manager()

    class Meta:
        ordering = ["question__position", "id"]
        constraints = [
            # Two, because SQLite takes each missing message for another one.
            models.UniqueConstraint(
                fields=["judgement", "question", "message"], name="review_mark_once_a_message"
            ),
            models.UniqueConstraint(
                fields=["judgement", "question"],
                condition=models.Q(message=None),
                name="review_mark_once_a_conversation",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.question_id}: {self.value}"
