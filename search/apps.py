"""The search application."""

from django.apps import AppConfig


class SearchConfig(AppConfig):
    """The index of words and the page that asks it."""

    name = "search"
    default_auto_field = "django.db.models.BigAutoField"
