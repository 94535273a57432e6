"""What proves transcripts: a chain of hashes for each conversation, and its signed head."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

from django.db import connection, models

from chat.models import Conversation, Message
from chat.models.conversation import ConversationQuerySet

HASH = 64  # hexadecimal digits


class LinkQuerySet(models.QuerySet["Link"]):
    """Ways to links."""

    def in_chains(self) -> LinkQuerySet:
        """Chain after chain, each from its beginning."""
        return self.order_by("conversation", "position")

    def with_messages(self) -> LinkQuerySet:
        """Each with its message, if that is there, and ``is_superseded``: by a later link."""
        later = self.model.objects.filter(
            message=models.OuterRef("message"), position__gt=models.OuterRef("position")
        )
        return self.select_related("message").annotate(is_superseded=models.Exists(later))

    def beyond(self, heads: Iterable[Head]) -> LinkQuerySet:
        """Those that come after where these heads say that their chains end: as a rule none."""
        each = (models.Q(conversation=head.pk, position__gt=head.count) for head in heads)
        return self.filter(reduce(or_, each, models.Q(pk__in=())))

    def newest_of(self, messages: Iterable[Message]) -> dict[UUID, Link]:
        """The last link of each of these messages, by message id."""
        links = self.filter(message__in=[message.pk for message in messages])
        return {link.message_id: link for link in links.order_by("position") if link.message_id}


class Link(models.Model):
    """A message as it was when it was finished: hashes, and no word of it.

    It outlives the message. ``run`` is what wrote it, None for what a person said, and
    ``asked`` is the hash of that run, with what the model was sent; links from before runs
    were held have none. ``asked_now`` is that of the run as it is, where it was looked at.
    """

    conversation: models.UUIDField[UUID, UUID] = models.UUIDField()
    position = models.PositiveIntegerField()  # 1, 2, 3 …
    message: models.ForeignKey[Message | None, Message | None] = models.ForeignKey(
        Message,
        on_delete=models.DO_NOTHING,
        null=True,  # never: but it may point to what is gone
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    run: models.UUIDField[UUID | None, UUID | None] = models.UUIDField(null=True)
    content = models.CharField(max_length=HASH)
    asked = models.CharField(max_length=HASH, default="", db_default="")
    hash = models.CharField(max_length=HASH)
    asked_now: str | None = None

    objects = LinkQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["conversation", "position"], name="review_link_place")
        ]
        indexes = [models.Index(fields=["message", "position"])]

    def __str__(self) -> str:
        return f"{self.conversation} {self.position}"


KEEP = """
    UPDATE review_head SET count = %s, erased = %s, hash = %s, newest = %s, owner_seal = %s,
    prompt_seal = %s, signature = %s WHERE conversation = %s
"""


class HeadQuerySet(models.QuerySet["Head"]):
    """Ways to heads."""

    def held(self, conversations: Iterable[UUID]) -> dict[UUID, Head]:
        """Those of these conversations, held by this transaction."""
        held = self.select_for_update().filter(conversation__in=list(conversations))
        return {head.conversation: head for head in held.order_by("conversation")}

    def keep(self, heads: Iterable[Head]) -> None:
        """Store what these have become. ``bulk_update`` costs twenty times as much."""
        pk, moment = Head._meta.pk, connection.ops.adapt_datetimefield_value
        rows = [
            (
                *(head.count, head.erased, head.hash, moment(head.newest)),
                *(head.owner_seal, head.prompt_seal, head.signature),
                pk.get_db_prep_value(head.conversation, connection),
            )
            for head in heads
        ]
        with connection.cursor() as cursor:
            cursor.executemany(KEEP, rows)

    def with_settings(self) -> HeadQuerySet:
        """Each with the ``owner_now`` and ``prompt_now`` of its conversation, None without one."""
        theirs = Conversation.objects.filter(pk=models.OuterRef("conversation"))
        return self.annotate(
            owner_now=models.Subquery(theirs.values("owner")),
            prompt_now=models.Subquery(theirs.values("system_prompt")),
        )

    def unsealed(self, before: datetime) -> HeadQuerySet:
        """Those that say nothing of their conversations, in which nothing was said since then."""
        there = Conversation.objects.kept().filter(pk=models.OuterRef("conversation"))
        unsealed = self.filter(prompt_seal="", count__gt=models.F("erased"), newest__lt=before)
        return unsealed.filter(models.Exists(there))

    def numbers(self) -> models.QuerySet[Any, int | None]:
        """The numbers that there are, in order."""
        numbered = self.filter(number__isnull=False).order_by("number")
        return numbered.values_list("number", flat=True)

    def unnumbered(self) -> HeadQuerySet:
        """Those from before they were numbered."""
        return self.filter(number=None)


class Head(models.Model):
    """The end of a chain, signed. The first ``erased`` links are of messages that were erased.

    The seals are keyed hashes of whose the conversation is, and of its system prompt.
    """

    conversation: models.UUIDField[UUID, UUID] = models.UUIDField(primary_key=True)
    count = models.PositiveIntegerField(default=0)
    erased = models.PositiveIntegerField(default=0)
    number = models.PositiveIntegerField(null=True, unique=True)  # 1, 2, 3 … of all heads
    erasures = models.PositiveIntegerField(default=0, db_default=0)  # records of how they went
    hash = models.CharField(max_length=HASH, blank=True)
    newest: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(
        null=True  # when the latest of its messages was finished
    )
    owner_seal = models.CharField(max_length=HASH, blank=True, default="", db_default="")
    prompt_seal = models.CharField(max_length=HASH, blank=True, default="", db_default="")
    signature = models.CharField(max_length=HASH, blank=True)

    objects = HeadQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["newest"],
                condition=models.Q(prompt_seal="", count__gt=models.F("erased")),
                name="review_head_unsealed",
            )
        ]

    def __str__(self) -> str:
        return f"{self.conversation} {self.count}"

    @property
    def is_erased(self) -> bool:
        """Whether nothing is left of what it proves."""
        return self.erased == self.count


class Register(models.Model):
    """How many heads there are, signed: so that none goes with its whole chain unseen.

    ``older`` are those from before there was a register, which have no number. Until it
    ``is_caught_up``, messages may be from before there were any chains.
    """

    heads = models.PositiveIntegerField(default=0)
    older = models.PositiveIntegerField(default=0)
    is_caught_up = models.BooleanField(default=False)
    signature = models.CharField(max_length=HASH, blank=True)

    def __str__(self) -> str:
        return str(self.heads)


def unchained(conversations: ConversationQuerySet) -> models.QuerySet[Message]:
    """Finished messages of them that are said to be in a chain and have no link."""
    links = Link.objects.filter(message=models.OuterRef("pk"))
    kept = Message.objects.filter(conversation__in=conversations.kept(), in_chain=True)
    return kept.exclude(status="streaming").filter(~models.Exists(links))


def made_temporary(conversations: ConversationQuerySet) -> ConversationQuerySet:
    """Those of them that are temporary and have links, which nothing here makes of one."""
    links = Link.objects.filter(conversation=models.OuterRef("pk"))
    return conversations.filter(models.Exists(links), temporary=True)
