"""``manage.py restore``: a backup into an empty place."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from h2oweb.backup import place
from h2oweb.backup.archive import BackupError, Manifest
from h2oweb.backup.restoring import restore, verify

WITHOUT = {
    "secret_key": "everybody signs in again, and second factors cannot be read",
    "transcript_key": "verify_transcripts takes every transcript for a changed one",
}


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
            help="give other names to files, and to a database of SQLite, that are in the way",
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
            self._tell_of_other_keys(manifest)

    def _tell_of_other_keys(self, manifest: Manifest) -> None:
        made_with = {"secret_key": manifest.key, "transcript_key": manifest.transcript_key}
        for name, fingerprint in made_with.items():
            if fingerprint and place.fingerprint(place.next_key(name)) != fingerprint:
                self.stderr.write(
                    f"{name.upper()} is not the one it was made with: {WITHOUT[name]}"
                    " until it is set as it was."
                )
