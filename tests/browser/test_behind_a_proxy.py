"""The whole page under a path of a host, behind nginx as the documentation sets it up."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.application import Application
from tests.browser.chat import Chat
from tests.browser.conftest import PATIENCE
from tests.browser.proxy import FORWARDED, Nginx
from tests.services import free_port
from tests.settings import PROJECT

MANIFEST = "fetch(document.querySelector('[rel=manifest]').href).then(answer => answer.json())"


@pytest.fixture
def nginx() -> Iterator[tuple[Nginx, int]]:
    """The proxy, and the port on which it looks for the application."""
    behind = free_port()
    names = {"127.0.0.1:8000": f"127.0.0.1:{behind}"}
    proxy = Nginx(PROJECT / "docs" / "nginx.conf", names, "/chat")
    proxy.start()
    yield proxy, behind
    proxy.remove()


@pytest.fixture
def behind(nginx, new_server: Callable[..., Application]) -> Application:
    """An application that knows the address that people type."""
    proxy, port = nginx
    return new_server(PORT=str(port), PUBLIC_URL=proxy.url, H2O_TITLES="no", arguments=FORWARDED)


@pytest.fixture
def proxied(nginx, behind, chromium: Browser) -> Iterator[Page]:
    """A page that trusts the proxy's certificate."""
    context = chromium.new_context(ignore_https_errors=True, locale="en-GB")
    context.set_default_timeout(PATIENCE)
    yield context.new_page()
    context.close()


def test_everything_works_under_a_path_of_the_host(nginx, behind, proxied, model):
    url = nginx[0].url
    answers: list[tuple[str, int]] = []
    sockets: list[str] = []
    proxied.on("response", lambda response: answers.append((response.url, response.status)))
    proxied.on("websocket", lambda socket: sockets.append(socket.url))

    person = behind.person()
    proxied.goto(f"{url}/")
    assert proxied.url == f"{url}/sign-in/?next=/chat/"
    proxied.context.add_cookies([behind.session_cookie(person, url)])
    proxied.goto(f"{url}/")
    expect(proxied).to_have_url(f"{url}/")

    model.says("Through the proxy.")
    chat = Chat(proxied)
    chat.say("Hello?")
    chat.wait_for_status("complete")
    expect(proxied).to_have_url(re.compile(re.escape(url) + r"/c/[0-9a-f-]+/$"))
    proxied.reload()
    expect(chat.answer).to_contain_text("Through the proxy.")

    proxied.get_by_role("button", name="New chat").first.click()
    expect(proxied).to_have_url(f"{url}/")
    proxied.get_by_role("link", name="Hello?").click()
    expect(chat.answer).to_contain_text("Through the proxy.")

    manifest = proxied.evaluate(
        "fetch(document.querySelector('[rel=manifest]').href).then(r => r.json())"
    )
    assert manifest["start_url"] == manifest["scope"] == "/chat/"
    for icon in manifest["icons"]:
        assert proxied.request.get(f"{url[: -len('/chat')]}{icon['src']}").ok

    assert sockets
    assert {urlsplit(each).scheme for each in sockets} == {"wss"}
    paths = [urlsplit(each).path for each in [address for address, _ in answers] + sockets]
    assert [path for path in paths if not path.startswith("/chat/")] == []
    assert [answer for answer in answers if answer[1] >= 400] == []
    cookies = proxied.context.cookies()
    assert {cookie["path"] for cookie in cookies} == {"/chat/"}
    assert all(cookie["secure"] for cookie in cookies)
