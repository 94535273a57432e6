"""What a person waits for while 50 others are being answered: sign-in, page, list, search.

Run as ``python -m tests.bench.loaded [--chats 50] [--seconds 20]``. The server, its model server
and the people are as in ``tests.bench.capacity``; requests come one after the other from here,
and each is told by its median. ``at rest`` is the same without anybody being answered. A sign-in
is its POST, most of which is the hash of the password; a list is one of 300 conversations.
"""

from __future__ import annotations

import argparse
import re
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import httpx

from tests.bench.capacity import people_of, script, servers, table, warm
from tests.bench.people import Job, crowd
from tests.bench.upstream import upstream
from tests.prepared import prepare

PASSWORD = "alice likes long walks"
CONVERSATIONS = 300
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
Asking = Callable[[], httpx.Response]


class Person:
    """Who asks for pages."""

    def __init__(self, url: str, cookie: str, name: str) -> None:
        self._url, self._name = url, name
        self._pages = httpx.Client(base_url=url, headers={"Cookie": cookie}, timeout=60)
        (link, *_) = re.findall(r'href="(/c/[\w-]+/)"', self._pages.get("/").text)
        self.requests: dict[str, Asking] = {
            "list and new chat": lambda: self._pages.get("/"),
            "page of a conversation": lambda: self._pages.get(link),
            "search": lambda: self._pages.get("/search/", params={"q": "hello"}),
        }

    def times(self, until: Callable[[], bool]) -> dict[str, float]:
        """Milliseconds of each, the median of what was asked ``until`` then, once at least."""
        found: dict[str, list[float]] = {name: [] for name in (*self.requests, "sign-in")}
        while True:
            for name, ask in self.requests.items():
                found[name].append(_time(ask))
            found["sign-in"].append(self._sign_in())
            if until():
                return {name: statistics.median(times) for name, times in found.items()}

    def _sign_in(self) -> float:
        with httpx.Client(base_url=self._url, timeout=60) as browser:
            (token, *_) = TOKEN.findall(browser.get("/sign-in/").text)
            form = {"csrfmiddlewaretoken": token, "username": self._name, "password": PASSWORD}
            headers = {"Origin": self._url}
            return _time(lambda: browser.post("/sign-in/", data=form, headers=headers))


def _time(ask: Asking) -> float:
    begun = time.monotonic()
    answer = ask()
    if answer.status_code not in (200, 302):
        raise RuntimeError(f"{answer.request.url} answered {answer.status_code}.")
    return 1000 * (time.monotonic() - begun)


def furnish(database: Path) -> str:
    """Give whoever has talked a long list, and the newest person a password. Returns the name."""
    from django.contrib.auth.hashers import PBKDF2PasswordHasher

    with closing(sqlite3.connect(database, timeout=20)) as rows:
        rows.row_factory = sqlite3.Row
        said = dict(rows.execute("SELECT * FROM chat_conversation LIMIT 1").fetchone())
        newest = "SELECT username FROM auth_user ORDER BY id DESC LIMIT 1"
        (name,) = rows.execute(newest).fetchone()  # whose sessions end by it
        password = PBKDF2PasswordHasher().encode(PASSWORD, "salt-of-the-bench")
        rows.execute("UPDATE auth_user SET password = ? WHERE username = ?", [password, name])
        columns = ", ".join(said)
        places = ", ".join(f":{column}" for column in said)
        rows.executemany(
            f"INSERT INTO chat_conversation ({columns}) VALUES ({places})",
            [said | {"id": uuid4().hex, "leaf_id": None} for _ in range(CONVERSATIONS)],
        )
        rows.commit()
    return str(name)


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chats", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=20.0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="h2o-bench-") as directory:
        prepare(Path(directory))
        cookies = people_of(Path(directory), given.chats + 1)
        with upstream(script(given.seconds), script(0.2)) as model, crowd() as people:
            server = servers(Path(directory), model)[0]
            known = cookies(server.url)
            with server.running():
                warm(server, people, known)
                name = furnish(Path(directory, "chat.sqlite3"))
                person = Person(server.url, known[0], name)
                rested = time.monotonic() + min(3, given.seconds)
                rest = person.times(lambda: time.monotonic() > rested)
                job = Job(server.url, known[: given.chats], script(given.seconds), given.seconds)
                with ThreadPoolExecutor(1) as beside:
                    load = beside.submit(people.do, job)
                    time.sleep(1)
                    busy = person.times(load.done)
                    whole = load.result().whole
    rows = [[what, f"{rest[what]:.0f}", f"{busy[what]:.0f}"] for what in busy]
    print(f"{whole} of {given.chats} chats were answered whole meanwhile.\n")
    print(table([["asked for", "at rest ms", f"{given.chats} chats ms"], *rows]))


if __name__ == "__main__":
    main()
