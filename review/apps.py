"""The review application."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import pre_delete
from django.utils.translation import gettext_lazy as _

from chat.signals import erasing_begins, messages_brought, prompt_kept


class ReviewConfig(AppConfig):
    """It reads the chat's models; the chat does not know it."""

    name = "review"
    verbose_name = _("Review")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Prove what files bring, what is asked for from now on, and what is erased."""
        from chat.models import Conversation

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
    from review.proof.linking import take_in_brought

    take_in_brought(conversation)


def _prompt_kept(conversation: Any, **_: Any) -> None:
    from review.proof.sealing import note_prompt

    note_prompt(conversation)
