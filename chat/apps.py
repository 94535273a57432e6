"""The chat application."""

from django.apps import AppConfig


class ChatConfig(AppConfig):
    """Conversations, runs and the chat page."""

    name = "chat"
    default_auto_field = "django.db.models.BigAutoField"
