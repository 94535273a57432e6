"""A person of a running site: a session, pages over HTTP, and sockets against real Daphne."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.parse
import urllib.request
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.contrib.auth.models import User
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.browser.application import Application

PATIENCE = 15.0  # seconds
Frame = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """Of a request; redirects are not followed."""

    status: int
    headers: dict[str, str]
    body: str


class Socket:
    """One open socket: commands out, frames in."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    def send(self, **command: Any) -> None:
        self.connection.send(json.dumps(command, default=str))

    def get(self, within: float = PATIENCE) -> Frame:
        frame: Frame = json.loads(self.connection.recv(timeout=within))
        return frame

    def until(self, *types: str, within: float = PATIENCE) -> Frame:
        """The next frame of one of these types."""
        end = time.monotonic() + within
        while (frame := self.get(max(0.1, end - time.monotonic())))["type"] not in types:
            pass
        return frame

    def closed_within(self, seconds: float) -> int:
        """The code that the server closes with, in time."""
        end = time.monotonic() + seconds
        try:
            while True:
                self.connection.recv(timeout=max(0.0, end - time.monotonic()))
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else 1006

    def is_there(self) -> bool:
        """Whether it answers."""
        self.send(type="ping")
        return self.until("pong") == {"type": "pong"}


class Person:
    """Someone who is signed in, in one browser."""

    def __init__(self, site: Application, user: User) -> None:
        self.site = site
        self.user = user
        self.cookie = site.session_cookie(user)
        self._open = ExitStack()

    @property
    def session(self) -> str:
        return str(self.cookie["value"])

    def socket(self, **options: Any) -> Socket:
        """Opens another socket, as a page of this site does."""
        opening = open_socket(self.site, f"{self.cookie['name']}={self.session}", **options)
        return Socket(self._open.enter_context(opening))

    def leave(self) -> None:
        """Close every page."""
        self._open.close()

    def get(self, path: str) -> Answer:
        return request(self.site, path, self._cookies())

    def post(self, path: str, **fields: str) -> Answer:
        """Post a form as a page of the site does."""
        token = uuid4().hex  # a double-submit token needs only to be the same twice
        cookies = f"{self._cookies()}; csrf-{self.site.port}={token}"
        return request(self.site, path, cookies, fields | {"csrfmiddlewaretoken": token})

    def say(self, text: str = "Hello?", **fields: Any) -> Frame:
        """A ``say`` with ids of its own."""
        ids = {"id": uuid4(), "conversation": uuid4(), "reply": uuid4(), "parent": None}
        return {"type": "say", "text": text} | ids | fields

    def _cookies(self) -> str:
        return f"{self.cookie['name']}={self.session}"


def open_socket(site: Application, cookies: str, **options: Any) -> Any:
    usual: dict[str, Any] = {"origin": site.url, "max_size": None, "close_timeout": 1}
    headers = {"Cookie": cookies} if cookies else {}
    address = f"{site.url.replace('http', 'ws')}/ws/chat/"
    return connect(address, additional_headers=headers, proxy=None, **usual | options)


def request(
    site: Application,
    path: str,
    cookies: str = "",
    fields: dict[str, str] | None = None,
    headers: dict[str, str] | None = None,
) -> Answer:
    """One request; with fields it is a POST."""
    data = urllib.parse.urlencode(fields).encode() if fields is not None else None
    own = {"Cookie": cookies, "Origin": site.url}
    asked = urllib.request.Request(site.url + path, data, own | (headers or {}))
    try:
        with _opener.open(asked, timeout=PATIENCE) as answer:
            return Answer(answer.status, dict(answer.headers), answer.read().decode())
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, dict(error.headers), error.read().decode())


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


_opener = urllib.request.build_opener(_NoRedirect, urllib.request.ProxyHandler({}))
