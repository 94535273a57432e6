"""PostgreSQL: pg_dump and pg_restore, in one snapshot with what is counted."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo

from h2oweb.backup.archive import BackupError, Facts
from h2oweb.backup.inspection import Ask, applied_migrations, look

DEBIAN = Path("/usr/lib/postgresql")
WORDS = {str(each.keyword, "ascii") for each in psycopg.pq.Conninfo.get_defaults() if each.keyword}


class Postgres:
    """A database, and the directory of PostgreSQL's programs ("" looks for them)."""

    def __init__(self, parameters: Mapping[str, Any], programs: str = "") -> None:
        self._parameters = {
            name: value for name, value in parameters.items() if name in WORDS and value is not None
        }
        self._programs = programs

    @contextmanager
    def opened(self) -> Iterator[psycopg.Connection[Any]]:
        """A session that sees one state of the database, whatever others write."""
        try:
            with psycopg.connect(make_conninfo(**self._parameters), autocommit=True) as session:
                session.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
                yield session
        except psycopg.Error as error:
            raise BackupError(f"The database cannot be read: {_first_line(error)}") from error

    def dump(self, to: Path, tables: Iterable[str]) -> tuple[Facts, list[tuple[str, str]], int]:
        """Dump one state of the database.

        Returns what is in that state, the migrations it has, and the major version of pg_dump.
        """
        with self.opened() as session:
            program, version = self._program("pg_dump", session.info.server_version // 10_000)
            ((snapshot,),) = session.execute("SELECT pg_export_snapshot()")
            options = ["--format=custom", "--compress=0", "--no-owner", "--no-privileges"]
            self._run_on_database([program, *options, f"--snapshot={snapshot}", f"--file={to}"])
            to.chmod(0o600)
            reader, _ = self._program("pg_restore", version)
            _run([reader, f"--file={os.devnull}", str(to)])  # all of it can be read
            ask = asking(session)
            return look(ask, tables), applied_migrations(ask), version

    def restore(self, dumped: Path, version: int) -> None:
        """Bring a dump into the database: all of it or, where anything fails, nothing."""
        with self.opened() as session:
            least = max(version, session.info.server_version // 10_000)
        program, _ = self._program("pg_restore", least)
        options = ["--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error"]
        self._run_on_database([program, *options, str(dumped)])

    def inspect(self, tables: Iterable[str]) -> Facts:
        """What is in the database."""
        with self.opened() as session:
            return look(asking(session), tables)

    def is_empty(self) -> bool:
        """Whether there is no table that could be lost."""
        query = """
            SELECT count(*) FROM pg_tables
            WHERE schemaname NOT IN ('pg_catalog', 'information_schema')
        """
        with self.opened() as session:
            ((tables,),) = session.execute(query)
        return not tables

    def _program(self, name: str, least: int) -> tuple[str, int]:
        """The oldest program that knows this major version, and its own."""
        found = sorted((_version(path), str(path)) for path in self._candidates(name))
        for version, path in found:
            if version >= least:
                return path, version
        has = f"found: {', '.join(str(version) for version, _ in found)}" if found else "none found"
        raise BackupError(
            f"{name} of PostgreSQL {least} or newer is needed ({has}): install it,"
            " or name its directory in POSTGRES_PROGRAMS."
        )

    def _candidates(self, name: str) -> set[Path]:
        if self._programs:
            return {path for path in [Path(self._programs, name)] if path.is_file()}
        on_path = shutil.which(name)
        return {*([Path(on_path)] if on_path else []), *DEBIAN.glob(f"*/bin/{name}")}

    def _run_on_database(self, command: list[str]) -> None:
        """Run a program on this database; no password stands on a command line."""
        without = {name: value for name, value in self._parameters.items() if name != "password"}
        password = str(self._parameters.get("password") or "")
        variables = os.environ | ({"PGPASSWORD": password} if password else {})
        _run([*command, f"--dbname={make_conninfo(**without)}"], variables)


def asking(session: psycopg.Connection[Any]) -> Ask:
    """A way to ask the database."""
    return lambda query: session.execute(query.encode()).fetchall()


def _run(command: list[str], variables: Mapping[str, str] = os.environ) -> None:
    ended = subprocess.run(
        command, env=variables, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    if ended.returncode:
        said = ended.stderr.strip().splitlines()
        raise BackupError(f"{Path(command[0]).name} failed: {said[-1] if said else 'in silence'}")


def _version(program: Path) -> int:
    told = subprocess.run([program, "--version"], capture_output=True, text=True).stdout
    found = re.search(r"\(PostgreSQL\) (\d+)", told)
    return int(found[1]) if found else 0


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
