"""``manage.py prepare``: database, languages and the files for the browser, brought up to date."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from h2oweb.startup import (
    bring_database_up_to_date,
    bring_languages_up_to_date,
    collect_static_files,
)


class Command(BaseCommand):
    """What a new version wants before its servers start. ``manage.py run`` does it by itself."""

    help = "Applies missing migrations, compiles the languages, collects the files for the browser."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Do what there is to do."""
        bring_database_up_to_date()
        bring_languages_up_to_date()
        collect_static_files(Path(settings.STATIC_ROOT))
