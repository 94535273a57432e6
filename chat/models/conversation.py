"""A conversation: whose it is, what it is called, how its answers are made."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import models
from django.utils.translation import gettext_lazy as _

from chat.models.answer_settings import AnswerSettings
from chat.models.clock import Now

if TYPE_CHECKING:
    from chat.models.hold import Hold
    from chat.models.message import Message

TITLE_LENGTH = 200
UNDO = timedelta(minutes=10)
TEMPORARY_LIFE = timedelta(hours=1)  # after the last turn
TEMPORARY_RETURN = timedelta(minutes=2)  # to come back to a page that was closed: a reload


class ConversationQuerySet(models.QuerySet["Conversation"]):
    """Ways to conversations. A person's road to one is ``owned_by``, and there is no other."""

    def owned_by(self, person: AbstractBaseUser | AnonymousUser) -> ConversationQuerySet:
        """Those of this person that are not deleted."""
        return self.filter(owner_id=person.pk, deleted_at=None)

    def all_of(self, person: AbstractBaseUser | AnonymousUser) -> ConversationQuerySet:
        """This person's, the deleted ones too, for whoever takes all or erases all."""
        return self.filter(owner_id=person.pk)

    def among(self, ids: Iterable[UUID]) -> ConversationQuerySet:
        """Those with one of these ids."""
        return self.filter(pk__in=ids)

    def present(self) -> ConversationQuerySet:
        """Those that are not deleted."""
        return self.filter(deleted_at=None)

    def kept(self) -> ConversationQuerySet:
        """Those that stay: listed, found and taken along. Temporary ones are not."""
        return self.filter(temporary=False)

    def listed(self) -> ConversationQuerySet:
        """Those a list shows below the pinned ones, the most recently used first."""
        kept = self.kept().filter(pinned_at=None, archived_at=None)
        return kept.order_by("-active_at", "-id")

    def pinned(self) -> ConversationQuerySet:
        """Those that a list begins with, the last pinned first."""
        return self.kept().filter(pinned_at__isnull=False, archived_at=None).order_by("-pinned_at")

    def archived(self) -> ConversationQuerySet:
        """Those put away, the most recently used first."""
        return self.kept().filter(archived_at__isnull=False).order_by("-active_at", "-id")

    def recently_deleted_by(self, person: AbstractBaseUser | AnonymousUser) -> ConversationQuerySet:
        """Those of this person whose deletion can still be undone."""
        return self.kept().filter(owner_id=person.pk, deleted_at__gte=Now() - UNDO)

    def deleted_by(self, person: AbstractBaseUser | AnonymousUser) -> ConversationQuerySet:
        """Those of this person that are deleted and not yet erased."""
        return self.filter(owner_id=person.pk, deleted_at__isnull=False)

    def may_improve_models(self, *, only_said: bool = False) -> ConversationQuerySet:
        """Those whose people said so; where that is assumed, those whose people did not refuse.

        With ``only_said`` nothing is assumed.
        """
        if settings.CONSENT_IS_ASSUMED and not only_said:
            return self.exclude(owner__preferences__may_improve=False)
        return self.filter(owner__preferences__may_improve=True)

    def unheld(self) -> ConversationQuerySet:
        """Those that may be erased: no hold stands on them, or on their people."""
        return self.filter(_is_unheld())

    def held(self) -> ConversationQuerySet:
        """Those on which a hold stands, or on their people."""
        from chat.models.hold import Hold

        standing = Hold.objects.standing()
        of_people = standing.filter(person__isnull=False).values("person")
        alone = standing.filter(conversation__isnull=False).values("conversation")
        return self.kept().filter(models.Q(owner__in=of_people) | models.Q(pk__in=alone))

    def quiet(self) -> ConversationQuerySet:
        """Those in which nothing is being written."""
        from chat.models.run import Run

        return self.exclude(pk__in=Run.objects.live().values("message__conversation"))

    def deleted(self) -> ConversationQuerySet:
        """Those that are deleted and not yet erased."""
        return self.filter(deleted_at__isnull=False)

    def kept_by(self, hold: Hold) -> ConversationQuerySet:
        """Those that this hold is on."""
        return self.kept().filter(
            models.Q(pk=hold.conversation_id) | models.Q(owner=hold.person_id)
        )

    def gone(self) -> ConversationQuerySet:
        """Those that nobody reviews: temporary ones, and deleted ones that no hold keeps."""
        return self.filter(
            models.Q(temporary=True) | models.Q(deleted_at__isnull=False) & _is_unheld()
        )

    def reviewable(self) -> ConversationQuerySet:
        """The others."""
        return self.filter(models.Q(deleted_at=None) | ~_is_unheld(), temporary=False)

    def pin(self) -> int:
        """Put them at the head of the list."""
        return self.update(pinned_at=Now())

    def unpin(self) -> int:
        """Put them back among the others."""
        return self.update(pinned_at=None)

    def archive(self) -> int:
        """Put them away, out of the list."""
        return self.update(archived_at=Now(), pinned_at=None)

    def bring_back(self) -> int:
        """Put them into the list again."""
        return self.update(archived_at=None)

    def delete_softly(self) -> int:
        """Hide them from everyone now, end what answers in them, and leave them to be erased."""
        from chat.models.run import Run

        Run.objects.live().filter(message__conversation__in=self).request_stop()
        return self.update(deleted_at=Now())

    def delete_for_good(self) -> int:
        """Hide them from everyone now, and leave them to be erased: there is no undoing it."""
        return self.update(deleted_at=Now() - UNDO - timedelta(seconds=1))

    def restore(self) -> int:
        """Undo a deletion."""
        return self.update(deleted_at=None)

    def with_answering(self) -> ConversationQuerySet:
        """Each with ``is_answering``: whether an answer is being written in it."""
        from chat.models.message import Message

        streaming = Message.objects.streaming().filter(conversation=models.OuterRef("pk"))
        return self.annotate(is_answering=models.Exists(streaming))

    def with_unread(self) -> ConversationQuerySet:
        """Each with ``is_unread``: whether its last answer ended when its person did not look."""
        from chat.models.run import Run

        ended = Run.objects.ended_by_themselves().filter(
            message=models.OuterRef("leaf"), finished_at__gt=models.OuterRef("seen_at")
        )
        return self.annotate(is_unread=models.Exists(ended))

    def entitle(self, title: str) -> bool:
        """Give a title of the model's making to those that their person has not named."""
        words = Conversation.TitleSource.WORDS
        model = Conversation.TitleSource.MODEL
        titled = {"title": title, "title_source": model, "in_search": False}
        return self.filter(title_source=words).update(**titled) > 0

    def to_be_indexed(self) -> ConversationQuerySet:
        """Those whose title the search index does not have as it is, though it is to be found."""
        return self.kept().filter(in_search=False)

    def locked(self) -> ConversationQuerySet:
        """Those that no other transaction holds, held by this one to its end."""
        return self.select_for_update(of=("self",), skip_locked=True)

    def note_indexed(self, conversations: Iterable[Conversation]) -> int:
        """Remember that the search index has these titles as they are."""
        return self.filter(pk__in=[each.pk for each in conversations]).update(in_search=True)

    def took_part(self, reply: Message) -> int:
        """Something was said: they are active and in the list, and show the branch of ``reply``."""
        now = {"active_at": Now(), "seen_at": Now()}
        return self.update(**now, archived_at=None, closed_at=None, leaf=reply)

    def before(self, conversation: Conversation) -> ConversationQuerySet:
        """Those that a list shows after this one: the next page."""
        return self.filter(
            models.Q(active_at__lt=conversation.active_at)
            | models.Q(active_at=conversation.active_at, id__lt=conversation.id)
        )

    def to_be_erased(self) -> ConversationQuerySet:
        """Those deleted longer ago than the undo takes, but for what is held."""
        deleted = self.unheld().filter(deleted_at__lt=Now() - UNDO)
        return deleted.exclude(messages__status="streaming")

    def ended(self) -> ConversationQuerySet:
        """Temporary ones that are to be erased.

        Such a one ends when its person leaves it, some time after its last page was closed,
        and an hour after its last turn at the latest.
        """
        has_ended = (
            models.Q(deleted_at__isnull=False)
            | models.Q(closed_at__lt=Now() - TEMPORARY_RETURN)
            | models.Q(active_at__lt=Now() - TEMPORARY_LIFE)
        )
        return self.filter(has_ended, temporary=True).exclude(messages__status="streaming")


def _is_unheld() -> models.Q:
    from chat.models.hold import Hold

    standing = Hold.objects.standing()
    return models.Q(
        ~models.Exists(standing.filter(conversation=models.OuterRef("pk"))),
        ~models.Exists(standing.filter(person=models.OuterRef("owner"))),
    )


class Conversation(AnswerSettings):
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
    temporary = models.BooleanField(default=False)
    leaf: models.ForeignKey[Message | None, Message | None] = models.ForeignKey(
        "Message", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    active_at = models.DateTimeField(db_default=Now())
    deleted_at = models.DateTimeField(null=True, blank=True)
    pinned_at = models.DateTimeField(null=True, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)
    seen_at = models.DateTimeField(null=True, blank=True, editable=False)  # by its person
    closed_at = models.DateTimeField(null=True, blank=True)  # a temporary one's last page
    in_search = models.BooleanField(db_default=False, default=False, editable=False)

    objects = ConversationQuerySet.as_manager()

    class Meta:
        verbose_name = _("conversation")
        verbose_name_plural = _("conversations")
        ordering = ["-active_at", "-id"]
        indexes = [
            models.Index(fields=["owner", "-active_at", "-id"]),
            models.Index(fields=["-active_at", "-id"]),
            models.Index(
                fields=["owner", "-pinned_at"],
                condition=models.Q(pinned_at__isnull=False),
                name="chat_pinned",
            ),
            models.Index(
                fields=["owner", "-active_at", "-id"],
                condition=models.Q(archived_at__isnull=False),
                name="chat_archived",
            ),
            models.Index(
                fields=["id"],
                condition=models.Q(in_search=False),
                name="chat_conversation_unindexed",
            ),
            models.Index(
                fields=["deleted_at"],
                condition=models.Q(deleted_at__isnull=False),
                name="chat_deleted",
            ),
            models.Index(
                fields=["active_at"], condition=models.Q(temporary=True), name="chat_temporary"
            ),
        ]

    def __str__(self) -> str:
        return self.title or str(self.id)

    def rename(self, title: str) -> None:
        """Give it the title that a person chose."""
        self.title = title
        self.title_source = self.TitleSource.PERSON
        self.in_search = False
        self.save(update_fields=["title", "title_source", "in_search"])

    def keep_settings(self, **values: Any) -> None:
        """Make its answers from now on with this ``model``, ``system_prompt``, ``parameters``."""
        type(self).objects.filter(pk=self.pk).update(**values)

    def delete_softly(self) -> None:
        """Hide it from everyone now, end what answers in it, and leave it to be erased."""
        type(self).objects.filter(pk=self.pk).delete_softly()

    def see(self) -> None:
        """Its person has seen what was answered last."""
        type(self).objects.filter(pk=self.pk).update(seen_at=Now())

    def show(self) -> None:
        """A page shows this temporary conversation, so that it is not closed."""
        type(self).objects.filter(pk=self.pk).update(closed_at=None)

    def close(self) -> None:
        """A page that showed this temporary conversation is gone, perhaps the last one."""
        type(self).objects.filter(pk=self.pk).update(closed_at=Now())

    def end(self) -> None:
        """Erase this temporary conversation now; what answers in it is stopped, and it follows."""
        self.delete_softly()
        type(self).objects.among([self.pk]).ended().delete()

    def choose(self, message: Message) -> None:
        """Make the branch that holds this message the one that is shown."""
        self.leaf = message.newest_leaf()
        self.save(update_fields=["leaf"])
