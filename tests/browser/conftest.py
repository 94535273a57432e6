"""Chromium, the real application, and a scripted model behind it.

A test asks for ``page`` (signed in, at the desk, in the light) or, with ``open_page``, for
as many as it needs. Every page fails its test when the browser's console told of an error
or of something the Content-Security-Policy refused, and the server when it logged a
traceback; what a test means to happen, it allows: ``page_errors.allow("ERR_CONNECTION")``.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal, Protocol
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright
from pytest_django import DjangoDbBlocker

from h2oweb.bootstrap import browser as chromium_path
from tests.browser.application import Application
from tests.browser.looking import findings
from tests.browser.model_server import ModelServer, model, running_model
from tests.canary_words import API_KEY
from tests.scripted_model import MODEL

__all__ = ["model", "running_model"]  # fixtures

PATIENCE = 10_000  # milliseconds that Playwright waits for what should appear
Theme = Literal["light", "dark"]
SIZES = {"desk": (1280, 800), "phone": (390, 844)}
FLAGS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever stands here drives a browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("browser")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The browser."""
    root = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS + root)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def _server(
    new_data_dir: Callable[[Path], Path],
    tmp_path_factory: pytest.TempPathFactory,
    running_model: ModelServer,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[Application]:
    data_dir = new_data_dir(tmp_path_factory.mktemp("application") / "shared")
    application = Application(data_dir, django_db_blocker, **speaks_to(running_model))
    application.start()
    yield application
    if application.is_running:
        assert application.term() == 0


@pytest.fixture
def server(_server: Application, model: ModelServer) -> Iterator[Application]:
    """The running application. All tests share it, each with people of its own."""
    if not _server.is_running:
        _server.start()
    said = len(_server.log().encode())
    yield _server
    before, found, after = _server.log(said).partition("Traceback")
    assert not found, before[-1_000:] + found + after[:5_000]
    assert not _server.told_secrets(said)


@pytest.fixture
def new_server(
    new_data_dir: Callable[[Path], Path],
    model: ModelServer,
    django_db_blocker: DjangoDbBlocker,
    tmp_path: Path,
    page_errors: PageErrors,
) -> Iterator[Callable[..., Application]]:
    """Makes a copy of the application for this test alone, with settings of its own."""
    started: list[Application] = []

    def make(*, arguments: Sequence[str] = (), **settings: str) -> Application:
        data_dir = new_data_dir(tmp_path / f"copy-{len(started)}")
        own = speaks_to(model) | settings
        application = Application(data_dir, django_db_blocker, arguments=arguments, **own)
        started.append(application)
        application.start()
        return application

    yield make
    page_errors.close_pages()
    for application in started:
        if application.is_running:
            application.term()
    assert [application.told_secrets() for application in started] == [[] for _ in started]


def speaks_to(model: ModelServer) -> dict[str, str]:
    """The settings of an application whose model server is this one."""
    return {
        "H2O_URL": model.url,
        "H2O_DIALECT": "openai",
        "H2O_MODEL": MODEL,
        "H2O_API_KEY": API_KEY,
    }


class PageErrors:
    """What went wrong in the pages of one test."""

    def __init__(self) -> None:
        self._seen: list[str] = []
        self._allowed: list[str] = []
        self._pages: list[Page] = []

    def allow(self, pattern: str) -> None:
        """Errors in which this regular expression is found are part of the test."""
        self._allowed.append(pattern)

    def watch(self, page: Page) -> None:
        """Listen to a page from now on."""
        self._pages.append(page)
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self._seen.append(f"{error.name}: {error.message}"))

    def close_pages(self) -> None:
        """Close all of them, before their server goes: a page misses it, which is no fault."""
        for page in self._pages:
            page.context.close()

    def left(self) -> list[str]:
        """Those that no test meant to happen."""
        return [
            error
            for error in self._seen
            if not any(re.search(pattern, error) for pattern in self._allowed)
        ]

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self._seen.append(f"{message.type}: {message.text} ({message.location.get('url')})")


@pytest.fixture
def page_errors() -> Iterator[PageErrors]:
    """What the pages complain of; whatever is left at the end fails the test."""
    errors = PageErrors()
    yield errors
    assert errors.left() == []


class LookAt(Protocol):
    """Looks for what is wrong with a page in this state of it."""

    def __call__(self, page: Page, state: str = "") -> None: ...


@pytest.fixture
def look_at() -> Iterator[LookAt]:
    """Looks at pages, as tests.browser.looking says; whatever was found fails the test."""
    found: list[tuple[str, str]] = []

    def look_at(page: Page, state: str = "") -> None:
        place = state or urlsplit(page.url).path
        found.extend((place, complaint) for complaint in findings(page))

    yield look_at
    assert not found, "\n".join(" - ".join(each) for each in found)


class OpenPage(Protocol):
    """Opens the application in a browser of its own, at the desk or on a phone."""

    def __call__(
        self,
        path: str = "/",
        *,
        person: User | None = None,
        size: str = "desk",
        theme: Theme = "light",
        server: Application | None = None,
        **context: Any,
    ) -> Page: ...


@pytest.fixture
def open_page(
    chromium: Browser, request: pytest.FixtureRequest, page_errors: PageErrors
) -> Iterator[OpenPage]:
    """Opens pages, each in a browser context of its own; without a person, signed out."""
    contexts = []

    def open_page(
        path: str = "/",
        *,
        person: User | None = None,
        size: str = "desk",
        theme: Theme = "light",
        server: Application | None = None,
        **context: Any,
    ) -> Page:
        server = server or request.getfixturevalue("server")
        width, height = SIZES[size]
        touch = {"has_touch": True, "is_mobile": True} if size == "phone" else {}
        opened = chromium.new_context(
            viewport={"width": width, "height": height}, color_scheme=theme, **touch | context
        )
        opened.set_default_timeout(PATIENCE)
        contexts.append(opened)
        if person:
            sign_in(opened, server, person)
        page = opened.new_page()
        page_errors.watch(page)
        page.goto(f"{server.url}{path}")
        return page

    yield open_page
    for opened in contexts:
        opened.close()


def sign_in(context: Any, server: Application, person: User) -> None:
    """Sign a person in, in all pages of a browser context, by the cookie."""
    context.add_cookies([server.session_cookie(person)])


@pytest.fixture
def alice(server: Application) -> User:
    """Someone new, in the running application's database."""
    return server.person()


@pytest.fixture
def page(open_page: OpenPage, alice: User) -> Page:
    """Alice's page: at the desk, in the light."""
    return open_page(person=alice)
