"""A conversation: whose it is, what it is called, how its answers are made."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import models

from chat.models.clock import Now

if TYPE_CHECKING:
    from chat.models.message import Message

TITLE_LENGTH = 200
UNDO = timedelta(minutes=10)
TEMPORARY_LIFE = timedelta(hours=1)


class ConversationQuerySet(models.QuerySet["Conversation"]):
    """Ways to conversations. A person's road to one is ``owned_by``, and there is no other."""

    def owned_by(self, person: AbstractBaseUser | AnonymousUser) -> ConversationQuerySet:
        """Those of this person that are not deleted."""
        return self.filter(owner_id=person.pk, deleted_at=None)

    def listed(self) -> ConversationQuerySet:
        """Those a list shows, the most recently used first."""
        return self.filter(temporary=False).order_by("-active_at", "-id")

    def with_answering(self) -> ConversationQuerySet:
        """Each with ``is_answering``: whether an answer is being written in it."""
        from chat.models.message import Message

        streaming = Message.objects.streaming().filter(conversation=models.OuterRef("pk"))
        return self.annotate(is_answering=models.Exists(streaming))

    def entitle(self, title: str) -> bool:
        """Give a title of the model's making to those that their person has not named."""
        words = Conversation.TitleSource.WORDS
        model = Conversation.TitleSource.MODEL
        return self.filter(title_source=words).update(title=title, title_source=model) > 0

    def before(self, conversation: Conversation) -> ConversationQuerySet:
        """Those that a list shows after this one: the next page."""
        return self.filter(
            models.Q(active_at__lt=conversation.active_at)
            | models.Q(active_at=conversation.active_at, id__lt=conversation.id)
        )

    def to_be_erased(self) -> ConversationQuerySet:
        """Those deleted longer ago than the undo takes, and temporary ones that were left."""
        return self.filter(
            models.Q(deleted_at__lt=Now() - UNDO)
            | models.Q(temporary=True, active_at__lt=Now() - TEMPORARY_LIFE)
        ).exclude(messages__status="streaming")


class Conversation(models.Model):
    """The root of a tree of messages."""

    class TitleSource(models.TextChoices):
        WORDS = "words", "first words"
        MODEL = "model", "made by the model"
        PERSON = "person", "given by the person"

    id = models.UUIDField(primary_key=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="conversations"
    )
    title = models.CharField(max_length=TITLE_LENGTH, blank=True)
    title_source = models.CharField(max_length=8, choices=TitleSource, default=TitleSource.WORDS)
    model = models.CharField(max_length=200, blank=True)
    system_prompt = models.TextField(blank=True)
    parameters: models.JSONField[Any, Any] = models.JSONField(default=dict, blank=True)
    temporary = models.BooleanField(default=False)
    leaf: models.ForeignKey[Message | None, Message | None] = models.ForeignKey(
        "Message", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    active_at = models.DateTimeField(db_default=Now())
    deleted_at = models.DateTimeField(null=True, blank=True)

    objects = ConversationQuerySet.as_manager()

    class Meta:
        ordering = ["-active_at", "-id"]
        indexes = [
            models.Index(fields=["owner", "-active_at", "-id"]),
            models.Index(fields=["-active_at", "-id"]),
        ]

    def __str__(self) -> str:
        return self.title or str(self.id)

    def rename(self, title: str) -> None:
        """Give it the title that a person chose."""
        self.title = title
        self.title_source = self.TitleSource.PERSON
        self.save(update_fields=["title", "title_source"])

    def delete_softly(self) -> None:
        """Hide it from everyone now, end what answers in it, and leave it to be erased."""
        from chat.models.run import Run

        Run.objects.live().filter(message__conversation=self).request_stop()
        type(self).objects.filter(pk=self.pk).update(deleted_at=Now())

    def choose(self, message: Message) -> None:
        """Make the branch that holds this message the one that is shown."""
        self.leaf = message.newest_leaf()
        self.save(update_fields=["leaf"])
