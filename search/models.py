"""The rows of the index: one for each message and one for each conversation's title."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import models

from chat.models import Conversation, Message


class EntryQuerySet(models.QuerySet["Entry"]):
    """Ways to entries."""

    def owned_by(self, person: AbstractBaseUser | AnonymousUser) -> EntryQuerySet:
        """Those from this person's conversations that are not deleted, nor temporary."""
        return self.filter(conversation__in=Conversation.objects.owned_by(person).kept())

    def of_messages(self, messages: Iterable[Message]) -> EntryQuerySet:
        """Those of these messages."""
        return self.filter(message__in=[message.pk for message in messages])

    def of_titles(self, conversations: Iterable[Conversation]) -> EntryQuerySet:
        """Those of these conversations' titles."""
        pks = [conversation.pk for conversation in conversations]
        return self.filter(conversation__in=pks, message=None)


class Entry(models.Model):
    """A text by its words. Without a message it is the title of the conversation.

    ``terms`` is what the database's index is made of: everything that the text can be
    found by, whose it is, and whether it is a title. ``stems`` has the words in their
    order, for ranking.
    """

    id = models.BigAutoField(primary_key=True)
    conversation = models.ForeignKey(
        Conversation, on_delete=models.CASCADE, related_name="search_entries"
    )
    message = models.OneToOneField(
        Message, on_delete=models.CASCADE, null=True, related_name="search_entry"
    )
    stems = models.TextField()
    terms = models.TextField()

    objects = EntryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "entries"
        constraints = [
            models.UniqueConstraint(
                fields=["conversation"],
                condition=models.Q(message=None),
                name="search_entry_one_title",
            )
        ]

    def __str__(self) -> str:
        return self.stems[:40]
