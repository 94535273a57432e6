"""The real application as a process of its own, which tests start, kill and start again."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import connections
from pytest_django import DjangoDbBlocker

from tests.canary_words import CANARIES
from tests.prepared import environment
from tests.services import free_port
from tests.settings import PROJECT

START = 30.0  # seconds the server gets to answer
STOP = 20.0  # seconds it gets to end when asked


class Application:
    """One copy of the application on its own port and DATA_DIR.

    ``database`` gives the ORM of the test process the application's database::

        with app.database() as alias:
            assert Message.objects.using(alias).count() == 2
    """

    def __init__(
        self,
        data_dir: Path,
        blocker: DjangoDbBlocker,
        *,
        arguments: Sequence[str] = (),
        **own: str,
    ) -> None:
        self.port = int(own.pop("PORT", free_port()))
        self._arguments = arguments  # of ``manage.py serve``
        self.url = f"http://127.0.0.1:{self.port}"
        self.data_dir = data_dir
        self.settings = {
            "DATA_DIR": str(data_dir),
            "PORT": str(self.port),
            "SECRET_KEY": settings.SECRET_KEY,
            **own,
        }
        self._blocker = blocker
        self._log = data_dir / "server.log"
        self._alias = f"application-{self.port}"
        self._process: subprocess.Popen[bytes] | None = None
        self.secrets = {settings.SECRET_KEY, *CANARIES}  # which its log may not tell

    def start(self) -> None:
        """Start the server, and return when it answers."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                # It ends with its input, which is ours: no killed test run leaves it behind.
                [sys.executable, "manage.py", "serve", "--end-with-input", *self._arguments],
                cwd=PROJECT,
                env=environment(**self.settings),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + START
        while not self.answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"The server did not start:\n{self.log()[-4000:]}")
            time.sleep(0.05)

    def answers(self) -> bool:
        """Whether a page can be had."""
        asking = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            asking.request("GET", "/")
            asking.getresponse()
        except (OSError, http.client.HTTPException):
            return False
        finally:
            asking.close()
        return True

    @property
    def is_running(self) -> bool:
        """Whether the process is there."""
        return self._process is not None and self._process.poll() is None

    def memory(self) -> int:
        """Bytes of it that are in memory."""
        assert self._process is not None
        statm = Path(f"/proc/{self._process.pid}/statm").read_text()
        return int(statm.split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def kill(self) -> None:
        """End it as a crash of the machine would."""
        self._end(signal.SIGKILL)

    def term(self) -> int:
        """Ask it to end, as a process manager does, and return its exit code."""
        return self._end(signal.SIGTERM)

    def log(self, after: int = 0) -> str:
        """What the server said, from this byte on."""
        return self._log.read_bytes()[after:].decode(errors="replace") if self._log.exists() else ""

    def told_secrets(self, after: int = 0) -> list[str]:
        """What its log tells and may not, from this byte on."""
        log = self.log(after)
        return [secret for secret in self.secrets if secret in log]

    @contextmanager
    def database(self) -> Iterator[str]:
        """The alias under which the ORM reaches the application's database."""
        default = settings.DATABASES["default"]
        name = str(self.data_dir / "chat.sqlite3")
        connections.databases[self._alias] = {**default, "NAME": name, "CONN_MAX_AGE": 0}
        with self._blocker.unblock():
            try:
                yield self._alias
            finally:
                connections[self._alias].close()

    def person(self, name: str = "", **extra: Any) -> User:
        """A new person, whose password is ``<name> likes long walks``."""
        name = name or f"alice-{uuid4().hex[:6]}"
        with self.database() as alias:
            people = User.objects.db_manager(alias)
            password = f"{name} likes long walks"
            self.secrets.add(password)
            return people.create_user(name, password=password, **extra)

    def session_cookie(self, person: User, public_url: str = "") -> dict[str, Any]:
        """The cookie of a browser in which this person has signed in, at this address."""
        url = urlsplit(public_url or self.url)
        key = uuid4().hex
        self.secrets.add(key)
        store = SessionStore()
        data = {
            SESSION_KEY: str(person.pk),
            BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
            HASH_SESSION_KEY: person.get_session_auth_hash(),
        }
        with self.database() as alias:
            Session(
                session_key=key,
                session_data=store.encode(data),
                expire_date=store.get_expiry_date(),
            ).save(using=alias)
        return {
            "name": f"{'__Secure-' if url.scheme == 'https' else ''}session-{url.port}",
            "value": key,
            "domain": url.hostname,
            "path": f"{url.path}/",
            "secure": url.scheme == "https",
        }

    def _end(self, how: signal.Signals) -> int:
        if self._process is None:
            return 0
        self._process.send_signal(how)
        try:
            return self._process.wait(STOP)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise
        finally:
            assert self._process.stdin is not None
            self._process.stdin.close()
