"""Queues: which conversations are judged, by whom, how often, and who has one now."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from chat.models import Conversation
from chat.models.clock import Now
from review.models.rubric import Rubric

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.db.models.fields.related_descriptors import RelatedManager

    from review.models.judgement import Judgement

Person = AbstractBaseUser | AnonymousUser
HOLD = timedelta(minutes=10)  # an open page says every minute that it is still there
MOST_ITEMS = 5_000


class QueueQuerySet(models.QuerySet["Queue"]):
    """Ways to queues."""

    def assigned_to(self, person: Person) -> QueueQuerySet:
        """Those this person judges."""
        return self.filter(reviewers=person.pk)

    def open_without(self, conversation: Conversation) -> QueueQuerySet:
        """Those that are open and do not have this conversation."""
        return self.filter(is_open=True).exclude(items__conversation=conversation)

    def with_progress(self) -> QueueQuerySet:
        """Each with ``size``, ``reviews_done`` and ``disputed``."""
        # The few that are deleted are found once: a join would read all conversations.
        deleted = Conversation.objects.filter(deleted_at__isnull=False).values("pk")
        own = Item.objects.exclude(conversation__in=deleted).filter(queue=models.OuterRef("pk"))
        items = own.order_by().values("queue")

        def figure(value: Any) -> Coalesce:  # an empty queue has no row to add up
            return Coalesce(models.Subquery(items.annotate(figure=value).values("figure")), 0)

        open_dispute = models.Q(differs=True) | models.Q(needs_lead=True)
        return self.annotate(
            size=figure(models.Count("pk")),
            reviews_done=figure(models.Sum("reviews")),
            disputed=figure(models.Count("pk", filter=open_dispute & models.Q(is_settled=False))),
        )


class Queue(models.Model):
    """A list of conversations to be judged by a rubric, so many times each."""

    name = models.CharField(_("name"), max_length=120)
    rubric = models.ForeignKey(
        Rubric, on_delete=models.PROTECT, related_name="queues", verbose_name=_("rubric")
    )
    reviewers: models.ManyToManyField[Any, Any] = models.ManyToManyField(
        settings.AUTH_USER_MODEL, related_name="queues", verbose_name=_("reviewers")
    )
    target = models.PositiveSmallIntegerField(
        _("reviews of each conversation"),
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(20)],
    )
    is_blind = models.BooleanField(
        _("blind"),
        default=True,
        help_text=_("Reviewers see the reviews of others only after their own."),
    )
    reason = models.CharField(
        _("reason"),
        max_length=200,
        default="quality review",
        help_text=_("Why these conversations are read. The people whose they are will see it."),
    )
    query = models.TextField(blank=True, max_length=4000)
    seed = models.BigIntegerField(null=True, blank=True)  # of the random sample
    maker = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="queues_made"
    )
    made_at = models.DateTimeField(db_default=Now(), editable=False)
    is_open = models.BooleanField(_("open"), default=True)

    objects = QueueQuerySet.as_manager()

    if TYPE_CHECKING:
        items: RelatedManager[Item]

    class Meta:
        verbose_name = _("queue")
        verbose_name_plural = _("queues")
        ordering = ["-made_at", "-id"]

    def __str__(self) -> str:
        return self.name

    def fill(self, conversations: list[UUID]) -> None:
        """Put these conversations into it, in this order."""
        items = (
            Item(queue=self, conversation_id=each, position=at)
            for at, each in enumerate(conversations, start=1)
        )
        Item.objects.bulk_create(items, batch_size=500)

    def add(self, conversation: Conversation) -> Item:
        """Put one more behind those that are in it, by hand; the same again is no other."""
        last = self.items.aggregate(at=models.Max("position"))["at"] or 0
        added = {"position": last + 1, "is_by_hand": True}
        return self.items.get_or_create(conversation=conversation, defaults=added)[0]

    def take_next(self, person: User) -> Item | None:
        """Hold the next conversation for this person; None when there is none now.

        Each try is one conditional update, so two people at once never get the same one.
        """
        while (item := Item.objects.open_to(person, self).first()) is not None:
            if item.take(person):
                return item
        return None


class ItemQuerySet(models.QuerySet["Item"]):
    """Ways to the conversations of queues."""

    def of(self, queue: Queue) -> ItemQuerySet:
        """Those of this queue."""
        return self.filter(queue=queue)

    def present(self) -> ItemQuerySet:
        """Those that can be read: what its person deleted may be held, but is judged no more."""
        return self.filter(conversation__deleted_at=None)

    def free_for(self, person: Person) -> ItemQuerySet:
        """Those that nobody else holds now."""
        return self.filter(
            models.Q(holder=None) | models.Q(holder_id=person.pk) | models.Q(held_until__lt=Now())
        )

    def open_to(self, person: Person, queue: Queue) -> ItemQuerySet:
        """Those the person may judge next: first one already held, then in order."""
        wanting = self.present().filter(queue=queue, reviews__lt=queue.target).free_for(person)
        wanting = wanting.not_judged_by(person).not_skipped_by(person)
        held = models.Case(models.When(holder_id=person.pk, then=0), default=1)
        return wanting.select_related("queue").order_by(held, "position")

    def not_judged_by(self, person: Person) -> ItemQuerySet:
        """Those of which the person has saved no review."""
        from review.models.judgement import Judgement

        saved = Judgement.objects.by(person).reviews().saved()
        return self.exclude(models.Exists(saved.filter(item=models.OuterRef("pk"))))

    def not_skipped_by(self, person: Person) -> ItemQuerySet:
        """Those that the person has not passed over."""
        skipped = Skip.objects.filter(item=models.OuterRef("pk"), reviewer_id=person.pk)
        return self.exclude(models.Exists(skipped))

    def for_reviewer(self, person: Person) -> ItemQuerySet:
        """Those in the person's queues."""
        return self.filter(queue__reviewers=person.pk)

    def wanted_of(self, person: Person) -> ItemQuerySet:
        """Those in the person's open queues that want a review of theirs."""
        own = self.present().for_reviewer(person).filter(queue__is_open=True)
        return own.filter(reviews__lt=models.F("queue__target")).not_judged_by(person)

    def left_for(self, person: Person, conversation: Conversation) -> ItemQuerySet:
        """Where this person may still judge this conversation."""
        return self.wanted_of(person).filter(conversation=conversation).select_related("queue")

    def blind_to(self, person: Person) -> ItemQuerySet:
        """Those that the person is still to judge without knowing what others said."""
        return self.wanted_of(person).filter(queue__is_blind=True).not_skipped_by(person)

    def hidden_from(self, person: Person) -> ItemQuerySet:
        """Those of them that others have judged already."""
        return self.blind_to(person).filter(reviews__gt=0)

    def without_reviewer(self) -> ItemQuerySet:
        """Those that want a review which none of their queue's reviewers is left to give."""
        from review.models.judgement import Judgement

        item, reviewer = models.OuterRef(models.OuterRef("pk")), models.OuterRef("user")
        saved = Judgement.objects.reviews().saved().filter(item=item, reviewer=reviewer)
        skipped = Skip.objects.filter(item=item, reviewer=reviewer)
        left = Queue.reviewers.through.objects.filter(queue=models.OuterRef("queue")).exclude(
            models.Exists(saved) | models.Exists(skipped)
        )
        open_ones = self.present().filter(queue__is_open=True)
        wanting = open_ones.filter(reviews__lt=models.F("queue__target"))
        return wanting.exclude(models.Exists(left))

    def offer_again(self) -> int:
        """Forget who passed these by; how many are offered again.

        Not in a blind queue if others have judged: who passed by was free to read what they said.
        """
        fair = self.filter(models.Q(queue__is_blind=False) | models.Q(reviews=0))
        passed_by = Skip.objects.filter(item__in=fair.values("pk"))
        count = passed_by.values("item").distinct().count()
        passed_by.delete()
        return count

    def disputed(self) -> ItemQuerySet:
        """Those that wait for a lead's word."""
        waiting = models.Q(differs=True) | models.Q(needs_lead=True)
        return self.present().filter(waiting, is_settled=False)

    def waiting_after(self, item: Item, lead: Person) -> Item | None:
        """The next of its queue that waits for this lead, from the first on after the last."""
        others = self.filter(queue=item.queue_id).disputed().exclude(pk=item.pk)
        waiting = others.exclude(pk__in=self.blind_to(lead).values("pk")).order_by("position")
        return waiting.filter(position__gt=item.position).first() or waiting.first()


class Item(models.Model):
    """A conversation in a queue.

    ``holder`` has it until ``held_until`` by the database's clock; ``hold`` is the page that
    said so last.
    """

    queue = models.ForeignKey(Queue, on_delete=models.CASCADE, related_name="items")
    conversation = models.ForeignKey(
        Conversation, on_delete=models.CASCADE, related_name="review_items"
    )
    position = models.PositiveIntegerField()
    is_by_hand = models.BooleanField(default=False, db_default=False)  # not of the queue's filter
    reviews = models.PositiveSmallIntegerField(default=0)  # saved ones
    holder = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    hold = models.UUIDField(null=True, blank=True)
    held_until = models.DateTimeField(null=True, blank=True)
    needs_lead = models.BooleanField(default=False)
    differs = models.BooleanField(default=False)
    is_settled = models.BooleanField(default=False)  # a lead has said the last word

    objects = ItemQuerySet.as_manager()

    if TYPE_CHECKING:
        judgements: RelatedManager[Judgement]

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["queue", "conversation"], name="review_item_once_a_queue"
            )
        ]
        indexes = [models.Index(fields=["queue", "position"])]

    def __str__(self) -> str:
        return f"{self.position} of {self.queue_id}"

    @property
    def is_wanted(self) -> bool:
        """Whether its queue wants another review of it."""
        return self.queue.is_open and self.reviews < self.queue.target

    def is_judged_by(self, person: Person) -> bool:
        """Whether this person has saved a review of it."""
        return not Item.objects.filter(pk=self.pk).not_judged_by(person).exists()

    def take(self, person: Person, hold: UUID | None = None) -> bool:
        """Hold it for this person from now on, unless somebody else does or it is done."""
        wanting = Item.objects.filter(pk=self.pk, reviews__lt=self.queue.target)
        mine = wanting.free_for(person)
        return mine.update(holder_id=person.pk, hold=hold, held_until=Now() + HOLD) == 1

    def let_go(self, person: Person, hold: UUID | None = None) -> bool:
        """Give it back; with ``hold``, only if no other page has taken it since."""
        mine = Item.objects.filter(pk=self.pk, holder_id=person.pk)
        if hold is not None:
            mine = mine.filter(hold=hold)
        return mine.update(holder=None, hold=None, held_until=None) == 1

    def skip(self, person: Person) -> None:
        """Give it back for good: it is not offered to this person again."""
        Skip.objects.get_or_create(item=self, reviewer_id=person.pk)
        self.let_go(person)


class Skip(models.Model):
    """A person who passed a conversation by."""

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="skips")
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "reviewer"], name="review_skip_once")
        ]

    def __str__(self) -> str:
        return f"{self.reviewer_id} skipped {self.item_id}"
