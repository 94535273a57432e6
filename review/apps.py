"""The review application."""

from django.apps import AppConfig


class ReviewConfig(AppConfig):
    """It reads the chat's models; the chat does not know it."""

    name = "review"
    default_auto_field = "django.db.models.BigAutoField"
