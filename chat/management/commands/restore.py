"""``manage.py restore``: a backup into an empty place."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from h2oweb.backup import place
from h2oweb.backup.archive import BackupError, Manifest
from h2oweb.backup.restoring import restore, verify


class Command(BaseCommand):
    """Restores what ``backup`` wrote, once it is known to be whole."""

    help = "Restore a backup into the empty DATABASE_URL and DATA_DIR of the settings."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """From where, and whether it may."""
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--replace",
            action="store_true",
            help="SQLite: give other names to the database and files that are there",
        )
        parser.add_argument("--verify", action="store_true", help="only look whether it is whole")

    def handle(self, *_args: Any, **given: Any) -> None:
        """Restore it, and tell what is there now."""
        path = given["file"].absolute()
        try:
            manifest = verify(path) if given["verify"] else restore(path, replace=given["replace"])
        except BackupError as error:
            raise CommandError(str(error)) from error
        rows = sum(manifest.facts.rows.values())
        done = "is whole" if given["verify"] else "is restored: now `manage.py prepare`"
        self.stdout.write(f"{path}, of {manifest.made_at}, {rows:,} rows, {done}.")
        for fault in manifest.facts.faults:
            self.stderr.write(f"As when it was made: {fault}.")
        if not given["verify"]:
            self._tell_of_another_key(manifest)

    def _tell_of_another_key(self, manifest: Manifest) -> None:
        if place.fingerprint(place.next_key("secret_key")) != manifest.key:
            self.stderr.write(
                "SECRET_KEY is not the one it was made with: everybody signs in again, and"
                " second factors cannot be read until it is set as it was."
            )
