"""SQLite: a copy by its own backup, which servers that write neither hurt nor wait for."""

from __future__ import annotations

import fcntl
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import msgspec

from h2oweb.backup.archive import BackupError, Facts
from h2oweb.backup.inspection import Ask, look

PATIENCE = 20.0  # seconds for a lock
BESIDE = ("-journal", "-wal", "-shm")  # what SQLite keeps beside a database, and takes for its own
LOCK = ".lock"  # beside it, and shared by the servers that have it open
ASIDE = ".before-"  # and when: what was there before something was restored


@contextmanager
def opened(database: Path) -> Iterator[Ask]:
    """A way to ask the database."""
    with closing(_connect(database)) as connection:
        yield lambda query: connection.execute(query).fetchall()


def copy(database: Path, to: Path) -> None:
    """Copy the database as it is at one instant."""
    try:
        with closing(_connect(database)) as source, closing(_connect(to, "rwc")) as target:
            # In one step, which reads one state while others write. Of several steps each
            # would begin anew after a write, and under load the last would never come.
            source.backup(target)
            target.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it
    except sqlite3.Error as error:
        raise BackupError(f"The database {database} cannot be copied: {error}.") from error
    to.chmod(0o600)


def inspect(database: Path, tables: Iterable[str]) -> Facts:
    """What is in a copy, with SQLite's own opinion of it."""
    try:
        with opened(database) as ask:
            faults = [row[0] for row in ask("PRAGMA integrity_check") if row[0] != "ok"]
            if orphans := len(ask("PRAGMA foreign_key_check")):
                faults.append(f"{orphans} rows refer to rows that are not there")
            facts = look(ask, tables)
    except sqlite3.Error as error:
        raise BackupError(f"The copy of the database cannot be read: {error}.") from error
    return msgspec.structs.replace(facts, faults=[*faults, *facts.faults])


def is_empty(database: Path) -> bool:
    """Whether there is nothing that could be lost."""
    # A file of no bytes is not opened: SQLite would delete what lies beside it.
    if not database.exists() or not database.stat().st_size:
        return True
    try:
        with opened(database) as ask:
            return not ask("SELECT 1 FROM sqlite_master LIMIT 1")
    except sqlite3.Error:
        return False


def is_of(database: Path, name: str) -> bool:
    """Whether a file of its directory is the database, or came to be there through it."""
    rest = name.removeprefix(database.name)
    return name.startswith(database.name) and (
        rest in ("", LOCK, *BESIDE) or rest.startswith(ASIDE)
    )


@contextmanager
def alone(database: Path) -> Iterator[None]:
    """Keep servers away from the database. Raises BackupError where one has it open."""
    with Path(f"{database}{LOCK}").open("a") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BackupError(f"{database} is in use: stop the server first.") from error
        yield


def set_aside(database: Path, suffix: str) -> None:
    """Give the database another name, with all that lies beside it. BackupError while it is used.

    A log that stayed without its database would be played into the next one of that name.
    """
    if not is_empty(database):
        _take_log_in(database)
    for beside in ("", *BESIDE):
        left = Path(f"{database}{beside}")
        if left.exists():
            left.rename(f"{database}{suffix}{beside}")


def _take_log_in(database: Path) -> None:
    """Leave one file. One that is damaged takes in what it can, and is kept as it then is."""
    try:
        with closing(sqlite3.connect(database, timeout=0, isolation_level=None)) as connection:
            # Left only by who is alone; its log is then in the file.
            (mode,) = connection.execute("PRAGMA journal_mode=DELETE").fetchone()
    except sqlite3.Error as error:
        if not error.sqlite_errorname.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            return
        raise BackupError(f"{database} is in use: stop the server first ({error}).") from error
    if mode == "wal":
        raise BackupError(f"{database} is in use: stop the server first.")


def _connect(database: Path, mode: str = "rw") -> sqlite3.Connection:
    return sqlite3.connect(f"{database.resolve().as_uri()}?mode={mode}", PATIENCE, uri=True)
