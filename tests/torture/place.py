"""Where the torture happens: a database, the servers on it, and what they need."""

from __future__ import annotations

import asyncio
import importlib
import os
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from uuid import uuid4

from tests.prepared import environment
from tests.scripted_server import ScriptedServer
from tests.services import Postgres, Redis
from tests.settings import PROJECT
from tests.torture.reader import Cookie
from tests.torture.server import Server

KEY = "torture-and-nothing-else-" * 3


@dataclass
class Place:
    """One set-up: ``sqlite`` is one server alone, ``postgres`` two servers and Redis."""

    data_dir: Path
    settings: dict[str, str]
    redis: Redis | None = None
    servers: list[Server] = field(default_factory=list)

    def open_database(self) -> None:
        """Give this process the servers' database, with Django's ORM."""
        import django

        from h2oweb import settings

        os.environ.update(environment(**self.settings))
        importlib.reload(settings)  # the tests' own have read another environment
        settings.DATABASES["default"]["OPTIONS"].pop("pool", None)  # its sessions will be cut
        django.setup()

    @asynccontextmanager
    async def serving(self, model: ScriptedServer, **settings: str) -> AsyncIterator[list[Server]]:
        """Start the servers, and end them when the block does."""
        settings = self.settings | {"H2O_URL": f"{model.url}/v1"} | settings
        count = 2 if self.redis else 1
        logs = [self.data_dir / f"server-{number}.log" for number in range(count)]
        self.servers = [Server(log, **settings) for log in logs]
        try:
            await asyncio.gather(*(server.start() for server in self.servers))
            yield self.servers
        finally:
            for server in self.servers:
                server.resume()
                await server.kill()


@contextmanager
def place(setup: str) -> Iterator[Place]:
    """Make the set-up of this name, and remove it afterwards."""
    with tempfile.TemporaryDirectory(prefix="h2o-torture-") as directory:
        data_dir = Path(directory) / "data"
        data_dir.mkdir()
        settings = {
            "DATA_DIR": str(data_dir),
            "SECRET_KEY": KEY,
            "H2O_TITLES": "off",
            "H2O_TRIES": "1",
            "LOG_LEVEL": "WARNING",
            "LIMIT_MESSAGES_A_MINUTE": "0",
            "LIMIT_MESSAGES_A_DAY": "0",
            "LIMIT_RUNS_AT_ONCE": "0",
        }
        if setup == "sqlite":
            migrate(settings)
            yield Place(data_dir, settings)
        else:
            with _services() as (postgres, redis):
                settings |= {"DATABASE_URL": postgres.database(), "REDIS_URL": redis.url}
                migrate(settings)
                yield Place(data_dir, settings, redis)


def migrate(settings: dict[str, str]) -> None:
    """Make the tables, by the settings that the servers get."""
    command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    subprocess.run(command, cwd=PROJECT, env=environment(**settings), check=True)


@contextmanager
def _services() -> Iterator[tuple[Postgres, Redis]]:
    services = Postgres(), Redis()
    try:
        for service in services:
            service.start()
        yield services
    finally:
        for service in services:
            service.remove()


def signed_in(count: int, using: str = "default") -> list[Cookie]:
    """New people with open sessions. To be called in a thread that may use the database."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.auth.models import User
    from django.contrib.sessions.backends.db import SessionStore
    from django.contrib.sessions.models import Session

    store = SessionStore()
    cookies: list[Cookie] = []
    for _ in range(count):
        key = uuid4().hex
        person = User.objects.db_manager(using).create_user(f"person-{key}")
        data = {
            SESSION_KEY: str(person.pk),
            BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
            HASH_SESSION_KEY: person.get_session_auth_hash(),
        }
        session = Session(key, store.encode(data), store.get_expiry_date())
        session.save(using=using)
        cookies.append(partial(_cookie, key))
    return cookies


def people_at(database_url: str, count: int) -> list[Cookie]:
    """New people with open sessions in a database beside this process's own."""
    import dj_database_url
    from django.db import connections

    parsed = {"beside": dict(dj_database_url.parse(database_url))}
    connections.databases["beside"] = connections.configure_settings({"default": {}} | parsed)[
        "beside"
    ]
    try:
        return signed_in(count, using="beside")
    finally:
        connections["beside"].close()
        del connections["beside"], connections.databases["beside"]


def _cookie(key: str, url: str) -> str:
    own = "__Host-" if url.startswith("https:") else ""
    return f"{own}session-{url.rsplit(':', 1)[1]}={key}"
