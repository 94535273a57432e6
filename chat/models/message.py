"""A message: a node of the conversation's tree."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chat.models import branch
from chat.models.clock import Now

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

    from chat.models.run import Run


class MessageQuerySet(models.QuerySet["Message"]):
    """Ways to messages."""

    def owned_by(self, person: AbstractBaseUser | AnonymousUser) -> MessageQuerySet:
        """Those in this person's conversations that are not deleted."""
        return self.filter(conversation__owner_id=person.pk, conversation__deleted_at=None)

    def streaming(self) -> MessageQuerySet:
        """Answers that are being written."""
        return self.filter(status="streaming")

    def unwritten(self) -> MessageQuerySet:
        """Those that say they are being written, and that no run writes."""
        from chat.models.run import Run

        live = Run.objects.live().filter(message=models.OuterRef("pk"))
        return self.streaming().filter(~models.Exists(live))

    def among(self, ids: Iterable[UUID]) -> MessageQuerySet:
        """Those with one of these ids."""
        return self.filter(pk__in=ids)

    def after(self, message: Message) -> MessageQuerySet:
        """Those that follow this one, as they were written."""
        return self.filter(
            models.Q(created_at__gt=message.created_at)
            | models.Q(created_at=message.created_at, id__gt=message.id)
        )

    def in_order(self) -> MessageQuerySet:
        """As they were written."""
        return self.order_by("created_at", "id")

    def deepest(self, most: int) -> MessageQuerySet:
        """So many that have the most above them: what is below them is among them."""
        last = self.order_by("-depth", "-created_at", "-id").values("pk")[:most]
        return self.model.objects.filter(pk__in=list(last.values_list("pk", flat=True)))

    def roots(self) -> MessageQuerySet:
        """The versions of the first turn, the oldest first."""
        return self.filter(parent=None).in_order()

    def beside(self, messages: Sequence[Message]) -> MessageQuerySet:
        """These messages of one conversation and their siblings, the oldest first."""
        parents = {message.parent_id for message in messages}
        beside = models.Q(parent__in=parents - {None})
        if None in parents:
            beside |= models.Q(parent=None, conversation=messages[0].conversation_id)
        return self.filter(beside).in_order()

    def to_be_indexed(self) -> MessageQuerySet:
        """Those that the search index does not have as they are, though they are to be found."""
        return self.filter(in_search=False, conversation__temporary=False).exclude(
            status="streaming"
        )

    def to_be_chained(self) -> MessageQuerySet:
        """Those that what proves transcripts does not have as they are, though they are kept."""
        return self.filter(in_chain=False, conversation__temporary=False).exclude(
            status="streaming"
        )

    def locked(self) -> MessageQuerySet:
        """Those that no other transaction holds, held by this one to its end."""
        return self.select_for_update(of=("self",), skip_locked=True)

    def note_indexed(self, messages: Iterable[Message]) -> int:
        """Remember that the search index has these as they are."""
        return self.filter(pk__in=[message.pk for message in messages]).update(in_search=True)

    def note_chained(self, messages: Iterable[Message]) -> int:
        """Remember that these are proven as they are, or can not be."""
        return self.filter(pk__in=[message.pk for message in messages]).update(in_chain=True)


class Message(models.Model):
    """A turn of the person or an answer. An edit or another answer is a sibling."""

    class Role(models.TextChoices):
        USER = "user"
        ASSISTANT = "assistant"

    class Status(models.TextChoices):
        STREAMING = "streaming", _("Streaming")
        COMPLETE = "complete", pgettext_lazy("outcome", "Complete")
        LENGTH = "length", _("Length")
        STOPPED = "stopped", _("Stopped")
        FAILED = "failed", _("Failed")
        INTERRUPTED = "interrupted", _("Interrupted")

    id = models.UUIDField(primary_key=True)
    conversation = models.ForeignKey(
        "Conversation", on_delete=models.CASCADE, related_name="messages"
    )
    parent: models.ForeignKey[Message | None, Message | None] = models.ForeignKey(
        "self",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="children",
        db_index=False,  # the index of children begins with it
    )
    depth = models.PositiveIntegerField(default=0, db_default=0, editable=False)  # messages above
    role = models.CharField(max_length=9, choices=Role)
    text = models.TextField(blank=True)
    reasoning = models.TextField(blank=True)
    status = models.CharField(max_length=11, choices=Status)
    error = models.TextField(blank=True)
    model = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    in_search = models.BooleanField(db_default=False, default=False, editable=False)
    in_chain = models.BooleanField(db_default=False, default=False, editable=False)

    objects = MessageQuerySet.as_manager()

    if TYPE_CHECKING:
        runs: RelatedManager[Run]
        children: RelatedManager[Message]

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["created_at", "id"]
        indexes = [
            models.Index(fields=["conversation", "created_at"]),
            models.Index(fields=["parent", "created_at", "id"], name="chat_message_children"),
            models.Index(
                fields=["conversation"], condition=models.Q(parent=None), name="chat_message_roots"
            ),
            models.Index(
                fields=["id"], condition=models.Q(in_search=False), name="chat_message_unindexed"
            ),
            models.Index(
                fields=["id"], condition=models.Q(in_chain=False), name="chat_message_unchained"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role}: {self.text[:40]}"

    @property
    def depth_below(self) -> int:
        """The ``depth`` of what follows it."""
        return self.depth + 1

    @property
    def is_unfinished(self) -> bool:
        """An answer that a person may ask to be gone on with."""
        return self.role == self.Role.ASSISTANT and self.status not in (
            self.Status.COMPLETE,
            self.Status.STREAMING,
        )

    def newest_leaf(self) -> Message:
        """The end of the branch that goes through here, newest turns taken."""
        return branch.newest_leaf(self.pk)
