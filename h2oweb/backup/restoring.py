"""Restoring a backup: checked whole in a place of its own before it is put where servers look."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from h2oweb.backup import place, sqlite
from h2oweb.backup.archive import BackupError, Facts, Manifest, read


def restore(path: Path, *, replace: bool = False) -> Manifest:
    """Restore a backup into the DATABASE_URL and DATA_DIR of the settings, which are empty.

    With ``replace``, what SQLite and DATA_DIR have is given other names first. Raises
    BackupError with nothing changed, but where the database then holds other than was copied.
    """
    _refuse_to_overwrite(replace)
    try:
        with place.scratch(place.SCRATCH[1], settings.DATA_DIR) as scratch:
            manifest = read(path, scratch)
            _refuse_what_does_not_fit(path, manifest)
            put = _put_sqlite if manifest.database == "sqlite" else _put_postgres
            put(scratch, manifest)
    except OSError as error:
        raise BackupError(f"{error.filename} cannot be written: {error.strerror}.") from error
    return manifest


def verify(path: Path) -> Manifest:
    """Look through a backup without restoring it, a copy of SQLite down to its rows."""
    with place.scratch(place.SCRATCH[1], settings.DATA_DIR) as scratch:
        manifest = read(path, scratch)
        if manifest.database == "sqlite":
            copied = scratch / place.DATABASE["sqlite"]
            _compare(sqlite.inspect(copied, manifest.facts.rows), manifest)
    return manifest


def _refuse_to_overwrite(replace: bool) -> None:
    if connection.vendor == "sqlite":
        if not replace and not sqlite.is_empty(place.sqlite_file()):
            raise BackupError(
                f"There is a database in {place.sqlite_file()}: give another DATA_DIR,"
                " or --replace, which gives it another name."
            )
    elif not place.postgres().is_empty():
        raise BackupError(
            "The database of DATABASE_URL is not empty: make a new one and name that"
            " (nothing is ever restored over a PostgreSQL database)."
        )
    others = [str(name) for name in place.own_files() if str(name) not in place.KEYS]
    if others and not replace:
        raise BackupError(
            f"DATA_DIR has files already ({', '.join(others[:3])}): give another,"
            " or --replace, which gives other names to those that the backup has."
        )


def _refuse_what_does_not_fit(path: Path, manifest: Manifest) -> None:
    if manifest.database != connection.vendor:
        raise BackupError(
            f"{path} is of {manifest.database}, and DATABASE_URL is of {connection.vendor}."
        )
    known = set(MigrationLoader(None, ignore_no_migrations=True).disk_migrations)
    own = {app for app, _ in known}
    newer = [f"{app}.{name}" for app, name in manifest.migrations if app in own]
    newer = [each for each in newer if tuple(each.split(".", 1)) not in known]
    if newer:
        raise BackupError(
            f"{path} is of a newer version, with {newer[-1]}: restore it with that version."
        )


def _put_sqlite(scratch: Path, manifest: Manifest) -> None:
    copied, target = scratch / place.DATABASE["sqlite"], place.sqlite_file()
    _compare(sqlite.inspect(copied, manifest.facts.rows), manifest)
    target.parent.mkdir(parents=True, exist_ok=True)
    suffix = _suffix()
    with sqlite.alone(target):
        sqlite.set_aside(target, suffix)
        _put_own_files(scratch, suffix)
        shutil.move(copied, target)
        _compare(sqlite.inspect(target, manifest.facts.rows), manifest)


def _put_postgres(scratch: Path, manifest: Manifest) -> None:
    postgres = place.postgres()
    postgres.restore(scratch / place.DATABASE["postgresql"], manifest.tool)
    _compare(postgres.inspect(manifest.facts.rows), manifest)
    _put_own_files(scratch, _suffix())


def _compare(found: Facts, manifest: Manifest) -> None:
    """The same rows, and no fault that was not there before."""
    wanted = manifest.facts
    if other := [table for table in wanted.rows if found.rows.get(table) != wanted.rows[table]]:
        raise BackupError(f"The database has not the rows that were counted in {other[0]}.")
    if new := [fault for fault in found.faults if fault not in wanted.faults]:
        raise BackupError(f"The database is not as it was: {new[0]}.")


def _put_own_files(scratch: Path, suffix: str) -> None:
    """Into DATA_DIR, where nothing is lost: what has the same name gets another."""
    own = scratch / place.OWN
    for path in sorted(each for each in own.rglob("*") if each.is_file()):
        target = settings.DATA_DIR / path.relative_to(own)
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if target.exists() and target.read_bytes() != path.read_bytes():
            target.rename(target.with_name(target.name + suffix))
        path.replace(target)


def _suffix() -> str:
    return f"{sqlite.ASIDE}{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
