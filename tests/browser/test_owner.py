"""The owner's link in a real browser: its token never leaves the address bar by itself."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Request, expect

from tests.browser.application import Application
from tests.browser.conftest import OpenPage, PageErrors
from tests.prepared import environment
from tests.settings import PROJECT


def owner_link(server: Application) -> str:
    """What ``make owner`` prints."""
    command = [sys.executable, "manage.py", "owner_link"]
    shell = environment(**server.settings)
    ended = subprocess.run(command, cwd=PROJECT, env=shell, capture_output=True, text=True)
    return ended.stdout.strip().removeprefix(server.url)


def fill(page: Page, password: str) -> None:
    page.get_by_label("Username").fill("olga")
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_label("The same password again").fill(password)
    page.get_by_role("button", name="Start").click()


@pytest.fixture
def server(new_server: Callable[..., Application]) -> Application:
    """A server that nobody owns yet."""
    return new_server()


def test_the_link_makes_the_owner_and_its_token_is_sent_once(
    server: Application, open_page: OpenPage, page_errors: PageErrors
):
    link = owner_link(server)
    token = link.partition("#")[2]
    page = open_page("/sign-in/", server=server)
    expect(page.get_by_text("make owner")).to_be_visible()

    sent: list[Request] = []
    page.on("request", lambda request: sent.append(request))
    page.goto(f"{server.url}{link}")
    expect(page.get_by_label("Code")).to_be_hidden()
    fill(page, "short")
    expect(page.get_by_text("too short")).to_be_visible()
    expect(page.get_by_label("Code")).to_be_hidden()
    fill(page, "a long walk by the sea")
    expect(page).to_have_url(f"{server.url}/")
    expect(page.get_by_role("textbox", name="Message")).to_be_visible()

    pages = [request for request in sent if request.is_navigation_request()]
    assert [request.method for request in pages] == ["GET", "POST", "POST", "GET"]
    for request in sent:
        addresses = [request.url.partition("#")[0], request.headers.get("referer", "")]
        assert not any(token in address for address in addresses)
    assert token not in server.log()

    page_errors.allow("410")
    stranger = open_page(link, server=server)
    stranger.get_by_role("button", name="Sign in").click()
    expect(stranger.get_by_role("heading")).to_contain_text("does not work")


def test_a_link_pasted_over_a_dead_one_counts(server: Application, open_page: OpenPage):
    dead, alive = owner_link(server), owner_link(server)
    page = open_page(dead, server=server)
    page.goto(f"{server.url}{alive}")
    fill(page, "a long walk by the sea")
    expect(page).to_have_url(f"{server.url}/")
    expect(page.get_by_role("textbox", name="Message")).to_be_visible()


def test_the_page_without_a_link_asks_for_its_code(server: Application, open_page: OpenPage):
    link = owner_link(server)
    page = open_page("/owner/", server=server)
    page.get_by_label("Code").fill(link.partition("#")[2])
    fill(page, "a long walk by the sea")
    expect(page.get_by_role("textbox", name="Message")).to_be_visible()
