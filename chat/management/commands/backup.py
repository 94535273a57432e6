"""``manage.py backup``: everything that cannot be made anew, in one file, while servers run."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from h2oweb.backup import place
from h2oweb.backup.archive import BackupError
from h2oweb.backup.making import back_up


class Command(BaseCommand):
    """Ends with 1 if there is no backup, or if what it holds is not as it should be."""

    help = "Write the database, the secret key and other own files into one verified file."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where to."""
        parser.add_argument(
            "to",
            type=Path,
            nargs="?",
            metavar="FILE-OR-DIRECTORY",
            help="default: a new file in backups/ of DATA_DIR",
        )

    def handle(self, *_args: Any, **given: Any) -> None:
        """Write it, and tell what is in it."""
        to = given["to"] or settings.DATA_DIR / "backups"
        if not given["to"]:
            to.mkdir(mode=0o700, exist_ok=True)
        try:
            path, manifest = back_up(to.absolute())
        except BackupError as error:
            raise CommandError(str(error)) from error
        rows = sum(manifest.facts.rows.values())
        size = path.stat().st_size / 1_000_000
        self.stdout.write(f"{path}: {rows:,} rows, {size:,.1f} MB, verified.")
        for key in place.KEYS:
            if place.given_key(key):
                self.stdout.write(f"{key.upper()} is set elsewhere and not in it: keep that too.")
        if manifest.facts.faults:
            raise CommandError(f"The database is not sound: {'; '.join(manifest.facts.faults)}.")
