"""The chat application."""

from django.apps import AppConfig


class ChatConfig(AppConfig):
    """Conversations, runs and the chat page."""

    name = "chat"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Let what the chat keeps of people belong to what they take along and erase."""
        from accounts.personal import add_keeper
        from chat.taking.own_data import OwnData

        add_keeper(OwnData())
