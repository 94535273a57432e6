"""The embedded model's application."""

from django.apps import AppConfig


class LocalModelConfig(AppConfig):
    """The commands ``local_model`` and ``fetch_model``."""

    name = "local_model"
    verbose_name = "embedded model"
