"""The review application."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_delete, post_save, pre_delete, pre_save
from django.utils.translation import gettext_lazy as _

from chat.signals import erasing_begins, messages_brought, prompt_kept


class ReviewConfig(AppConfig):
    """It reads the chat's models; the chat does not know it."""

    name = "review"
    verbose_name = _("Review")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Hear of ratings; prove what files bring, what is asked for, and what is erased."""
        from chat.models import Conversation, Feedback
        from review import rated

        pre_save.connect(rated.about_to_change, Feedback)
        post_save.connect(rated.changed, Feedback)
        post_delete.connect(rated.withdrawn, Feedback)
        erasing_begins.connect(_erasing)
        pre_delete.connect(_erased, Conversation)
        messages_brought.connect(_brought)
        prompt_kept.connect(_prompt_kept)


def _erased(instance: Any, using: str, **_: Any) -> None:
    from review.proof.linking import erase

    erase(instance, using)


def _erasing(conversation: Any, **_: Any) -> None:
    from review.proof.linking import erase

    erase(conversation)


def _brought(conversation: Any, **_: Any) -> None:
    from review.models import DigestHint
    from review.proof.linking import take_in_brought

    take_in_brought(conversation)
    DigestHint.leave(conversation.pk)


def _prompt_kept(conversation: Any, **_: Any) -> None:
    from review.proof.sealing import note_prompt

    note_prompt(conversation)
