"""What belongs to this installation, and what of it can be made anew."""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import os
import shutil
import signal
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from django.conf import settings
from django.db import connection

from h2oweb.backup import sqlite
from h2oweb.backup.postgres import Postgres
from h2oweb.settings import env

KEYS = ("secret_key", "transcript_key")  # files, made by whatever starts here without a setting
OWN = "data"  # the directory of DATA_DIR's files in an archive
DATABASE = {"sqlite": "database.sqlite3", "postgresql": "database.dump"}  # the file in an archive
SCRATCH = (".backup-", ".restore-")  # how the names of passing directories begin
MADE_ANEW = {
    *("static", "static.digest", "locale", "metrics", "local-model", "models"),
    *("backups", "prepared", "test", "test.sqlite3"),
}


def sqlite_file() -> Path:
    """Where SQLite keeps the database."""
    return Path(settings.DATABASES["default"]["NAME"])


def postgres() -> Postgres:
    """The PostgreSQL database of the settings."""
    return Postgres(connection.get_connection_params(), settings.POSTGRES_PROGRAMS)


def tables() -> list[str]:
    """Those of the application that are in the database."""
    found = connection.introspection.django_table_names(only_existing=True, include_views=False)
    connection.close()
    return sorted(found)


def own_files() -> Iterator[Path]:
    """Files of DATA_DIR that nothing makes anew, relative to it: the key, what people put there."""
    for top in sorted(settings.DATA_DIR.iterdir()):
        is_known = top.name in MADE_ANEW or top == settings.MODEL_DIR
        if is_known or top.is_symlink() or top.name.startswith(SCRATCH):
            continue
        for path in sorted(top.rglob("*")) if top.is_dir() else [top]:
            if path.is_file() and not path.is_symlink() and not _is_of_database(path):
                yield path.relative_to(settings.DATA_DIR)


def _is_of_database(path: Path) -> bool:
    """PostgreSQL's has a name too, and no file."""
    if connection.vendor != "sqlite":
        return False
    database = sqlite_file()
    is_beside = path.parent.resolve() == database.parent.resolve()
    return is_beside and sqlite.is_of(database, path.name)


@contextmanager
def scratch(kind: str, within: Path) -> Iterator[Path]:
    """A passing directory whose name begins with this one of SCRATCH, for its user only.

    What it holds is a database and keys, so it is removed at SIGTERM too, and one whose
    process was killed goes when the next is made.
    """
    for left in within.glob(f"{kind}*"):
        _remove_if_left(left)
    with (
        _ended_by_sigterm(),
        tempfile.TemporaryDirectory(prefix=kind, dir=within) as made,
        _locked(Path(made), fcntl.LOCK_EX),
    ):
        yield Path(made)


def _remove_if_left(directory: Path) -> None:
    with suppress(OSError), _locked(directory, fcntl.LOCK_EX | fcntl.LOCK_NB):
        if any(directory.iterdir()):  # an empty one may be about to be locked
            shutil.rmtree(directory)


@contextmanager
def _locked(directory: Path, how: int) -> Iterator[None]:
    """Locked until this ends, or its process does."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(descriptor, how)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def _ended_by_sigterm() -> Iterator[None]:
    """Let SIGTERM end this process by an exception, past what cleans up."""
    before = signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def copy_own_files(to: Path) -> None:
    """Copy them below a directory."""
    for name in own_files():
        (to / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(settings.DATA_DIR / name, to / name)


def fingerprint(key: str) -> str:
    """By which a key can be recognised, and not found out."""
    return hmac.digest(key.encode(), b"backup", hashlib.sha256).hex()[:16]


def given_key(name: str) -> str:
    """The one of KEYS that a setting gives, which no backup has; nothing where none does."""
    return env.str(name.upper(), "")


def next_key(name: str) -> str:
    """The one of KEYS with which a server would start now."""
    return given_key(name) or (settings.DATA_DIR / name).read_text().strip()


def version() -> str:
    """Of the application."""
    project = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())
    return str(project["project"]["version"])
