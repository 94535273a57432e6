"""What must stand before the first request is answered, made or checked by ``manage.py run``.

Whatever is amiss is raised as CommandError with a sentence for a person.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from h2oweb.languages import compile_into
from h2oweb.production import UnsafeError, refuse
from h2oweb.progress import step
from h2oweb.server.listening import CannotListenError, on_port


def refuse_what_is_unsafe(host: str, client_address_header: str) -> None:
    """Start nothing in production that is not safe there."""
    try:
        refuse(settings, host, client_address_header)
    except UnsafeError as error:
        raise CommandError(str(error)) from error


def own_directory(directory: Path) -> int:
    """Make DATA_DIR, for this user only, and hold it until this process ends.

    Returns the file descriptor that holds it.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        directory.chmod(0o700)
        held = os.open(directory, os.O_RDONLY)
    except OSError as error:
        raise CommandError(f"DATA_DIR cannot be used: {directory}: {error.strerror}.") from error
    if not os.access(directory, os.W_OK | os.X_OK):
        raise CommandError(f"DATA_DIR cannot be written to: {directory}.")
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise CommandError(
            f"Another copy runs on {directory}: stop it, or give this one a DATA_DIR of its own."
        ) from error
    return held


def listen(host: str, port: int) -> int:
    """Begin to listen: what comes before the server is ready waits. Returns the descriptor."""
    try:
        return on_port(host, port).detach()
    except CannotListenError as error:
        raise CommandError(f"{error} HOST and PORT say where.") from error


def bring_database_up_to_date() -> None:
    """Connect to the database and apply the migrations that are missing."""
    try:
        _connect_once()
        if _is_up_to_date():
            return
        with step("Database"):
            call_command("migrate", verbosity=0, interactive=False)
    except DatabaseError as error:
        raise CommandError(_unusable(error)) from error
    finally:
        connection.close()


def fault_of_database() -> str | None:
    """Why no command could use it, in a sentence; None where that is not its fault."""
    try:
        _connect_once()
        if not _is_up_to_date():
            return "The database is not yet as this version wants it: `prepare` makes it so."
    except DatabaseError as error:
        return _unusable(error)
    return None


def _unusable(error: DatabaseError) -> str:
    reason = str(error).strip().splitlines()[0]
    return f"The database of DATABASE_URL cannot be used: {reason}."


def _connect_once() -> None:
    """Connect outside the pool, which tries for long and says little."""
    parameters = connection.get_connection_params()
    if connection.vendor == "postgresql":
        parameters["connect_timeout"] = 5
    driver: Any = connection.Database  # type: ignore[attr-defined]
    with connection.wrap_database_errors:
        driver.connect(**parameters).close()


def _is_up_to_date() -> bool:
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def bring_languages_up_to_date() -> None:
    """Compile the catalogues of the languages: a tenth of a second, so it is always done."""
    (directory,) = settings.LOCALE_PATHS
    compile_into(Path(directory), settings.BASE_DIR / "locale")


def collect_static_files(directory: Path) -> None:
    """Put the files for the browser into STATIC_ROOT, if any has changed."""
    stamp = directory.with_name(f"{directory.name}.digest")
    digest = _digest(_static_files())
    if directory.is_dir() and stamp.is_file() and stamp.read_text() == digest:
        return
    stamp.unlink(missing_ok=True)
    with step("Files for the browser"):
        call_command("collectstatic", verbosity=0, interactive=False)
    stamp.write_text(digest)


def _static_files() -> Iterator[Path]:
    for finder in get_finders():
        for name, storage in finder.list([]):
            yield Path(storage.path(name))
    yield Path(__file__).with_name("static_files.py")


def _digest(files: Iterator[Path]) -> str:
    """The files' names, sizes and times of change, as one hash."""
    digest = hashlib.sha256()
    for file in sorted(files):
        state = file.stat()
        digest.update(f"{file}\0{state.st_size}\0{state.st_mtime_ns}\n".encode())
    return digest.hexdigest()
