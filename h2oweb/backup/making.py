"""Making a backup, while servers write."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.db import connection

from h2oweb.backup import place, sqlite
from h2oweb.backup.archive import FORMAT, BackupError, Facts, Manifest, digests, pack
from h2oweb.backup.inspection import applied_migrations

Seen = tuple[Facts, list[tuple[str, str]], int]  # facts, migrations, version of pg_dump


def back_up(to: Path) -> tuple[Path, Manifest]:
    """Write a backup to this file, or below a name of its own into this directory.

    Returns the file and its manifest, whose ``facts.faults`` tell what is wrong with the
    database: the backup is kept all the same. Raises BackupError if there is none.
    """
    made_at = datetime.now(UTC)
    if to.is_dir():
        to /= f"chat-{made_at:%Y%m%dT%H%M%SZ}.tar.gz"
    if to.exists():
        raise BackupError(f"{to} is there already.")
    try:
        with place.scratch(place.SCRATCH[0], to.parent) as scratch:
            manifest = _fill(scratch, made_at)
            pack(scratch, manifest, to)
    except OSError as error:
        raise BackupError(f"{to} cannot be written: {error.strerror}.") from error
    return to, manifest


def _fill(scratch: Path, made_at: datetime) -> Manifest:
    kind = connection.vendor
    copied = scratch / place.DATABASE[kind]
    facts, migrations, tool = _sqlite(copied) if kind == "sqlite" else _postgres(copied)
    place.copy_own_files(scratch / place.OWN)
    return Manifest(
        format=FORMAT,
        made_at=made_at.isoformat(timespec="seconds"),
        version=place.version(),
        database=kind,
        tool=tool,
        key=place.fingerprint(settings.SECRET_KEY),
        migrations=migrations,
        facts=facts,
        files=digests(scratch),
        transcript_key=place.fingerprint(settings.TRANSCRIPT_KEY),
    )


def _sqlite(copied: Path) -> Seen:
    if sqlite.is_empty(place.sqlite_file()):
        raise BackupError("There is no database yet.")
    sqlite.copy(place.sqlite_file(), copied)
    with sqlite.opened(copied) as ask:
        migrations = applied_migrations(ask)
    return sqlite.inspect(copied, place.tables()), migrations, 0


def _postgres(copied: Path) -> Seen:
    postgres = place.postgres()
    if postgres.is_empty():
        raise BackupError("There is nothing in the database yet.")
    return postgres.dump(copied, place.tables())
