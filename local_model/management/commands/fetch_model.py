"""``manage.py fetch_model NAME``: get a model of the catalogue onto the disk."""

import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from local_model.catalogue import BY_NAME
from local_model.errors import FetchFailed
from local_model.fetch import fetch
from local_model.progress import Progress
from local_model.store import Store


class Command(BaseCommand):
    """Fetches one model, and says where it is."""

    help = "Fetches a model by name, for H2O_LOCAL_MODEL=NAME."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """One name of the catalogue."""
        parser.add_argument("name", choices=BY_NAME, metavar="NAME", help=", ".join(BY_NAME))

    def handle(self, *_: Any, name: str, **__: Any) -> None:
        """Fetch it, unless it is here."""
        model, progress = BY_NAME[name], Progress(sys.stderr)
        try:
            path = fetch(
                model,
                Store(Path(settings.MODEL_DIR)),
                lambda done, total: progress.show(model.label, done, total),
            )
        except FetchFailed as reason:
            sys.exit(f"{model.label} cannot be fetched: {reason}.")
        except KeyboardInterrupt:
            sys.exit(130)
        progress.say(f"{model.label} ({model.licence}; {model.origin}) is in {path}")
