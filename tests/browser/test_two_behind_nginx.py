"""Two servers behind nginx as docs/deploy/nginx.conf sets it up; either may die."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect
from prometheus_client.parser import text_string_to_metric_families

from tests.browser.application import Application
from tests.browser.chat import Chat
from tests.browser.conftest import speaks_to
from tests.browser.proxy import FORWARDED, Nginx
from tests.canary_words import METRICS_TOKEN
from tests.scripted_model import finish, text
from tests.services import free_port
from tests.settings import PROJECT
from tests.torture.place import migrate, people_at
from tests.torture.reader import Cookie

pytestmark = [pytest.mark.postgres, pytest.mark.redis]

LEASE_SEEN = 60  # seconds, at most, from a server's death to the page that tells of it


@dataclass
class Site:
    """What stands at ``nginx.url``."""

    nginx: Nginx
    servers: list[Application]
    cookie: Cookie

    @property
    def url(self) -> str:
        return self.nginx.url


@pytest.fixture(scope="module")
def site(
    postgres, redis, new_data_dir, tmp_path_factory, django_db_blocker, running_model
) -> Iterator[Site]:
    """Two servers on one database, behind nginx."""
    data = tmp_path_factory.mktemp("behind-nginx")
    ports = {name: free_port() for name in ("app-1", "app-2")}
    proxy = Nginx(
        PROJECT / "docs" / "deploy" / "nginx.conf",
        {f"{name}:8000": f"127.0.0.1:{port}" for name, port in ports.items()},
    )
    given = speaks_to(running_model) | {
        "DATABASE_URL": postgres.database(),
        "REDIS_URL": redis.url,
        "PUBLIC_URL": proxy.url,
        "METRICS_TOKEN": METRICS_TOKEN,
        "H2O_TITLES": "no",
    }
    servers = [
        Application(
            new_data_dir(data / name),
            django_db_blocker,
            arguments=FORWARDED,
            PORT=str(port),
            **given,
        )
        for name, port in ports.items()
    ]
    migrate(servers[0].settings)
    with django_db_blocker.unblock():
        (cookie,) = people_at(given["DATABASE_URL"], 1)
    try:
        for server in servers:
            server.start()
        proxy.start()
        yield Site(proxy, servers, cookie)
    finally:
        proxy.remove()
        for server in servers:
            server.kill()


def test_nginx_tells_nobody_the_numbers_and_sends_who_comes_without_tls_to_it(site, open_page):
    page = opened(open_page, site)
    assert page.request.get(f"{site.url}/metrics").status == 404
    plain = http.client.HTTPConnection("127.0.0.1", site.nginx.plain_port, timeout=10)
    plain.request("GET", "/c/1/?a=b", headers={"Host": "chat.example"})
    answer = plain.getresponse()
    assert answer.status == 301
    assert answer.headers["Location"] == "https://chat.example/c/1/?a=b"
    plain.close()


def test_either_server_may_die_and_the_page_goes_on_at_the_other(
    site, open_page, model, page_errors
):
    page_errors.allow("WebSocket connection|502")  # as long as nginx knows of no server that lives
    gate = threading.Event()
    model.plays(text("One, two,"), gate, text(" three, four."), finish())
    pages = [opened(open_page, site)]
    chats = [Chat(pages[0])]
    chats[0].say("Count to four.")
    expect(chats[0].answer).to_contain_text("One, two,")
    writing = next(each for each in site.servers if gauge(each, "h2o_chat_live_runs"))
    other = next(each for each in site.servers if each is not writing)
    pages.append(opened(open_page, site, pages[0].url))
    chats.append(Chat(pages[1]))
    expect(chats[1].answer).to_contain_text("One, two,")
    wait_until(lambda: sockets(writing) == sockets(other) == 1)

    other.kill()
    wait_until(lambda: sockets(writing) == 2)
    gate.set()
    for chat in chats:
        chat.wait_for_status("complete")
        assert chat.text() == "One,two,three,four."
    for _ in site.servers:
        assert pages[1].reload().ok
        expect(chats[1].answer).to_contain_text("four.")

    other.start()
    knocking = opened(open_page, site)
    # Some seconds after it has failed, nginx tries it again.
    wait_until(lambda: bool(knocking.reload() and sockets(other)), seconds=60, pause=1)
    model.plays(text("Five, six,"), threading.Event())
    chats[0].say("On to eight.")
    for chat in chats:
        expect(chat.answer).to_contain_text("Five, six,")
    writing.kill()
    for chat in chats:
        chat.wait_for_status("interrupted", seconds=LEASE_SEEN)
        assert chat.text() == "Five,six,"
    model.plays(text(" seven, eight."), finish())
    chats[1].press("Continue")
    for chat in chats:
        chat.wait_for_status("complete")
        assert chat.text() == "Five,six,seven,eight."


def opened(open_page, site: Site, address: str = "") -> Page:
    """A page of its person, in a browser of its own that trusts the proxy's certificate."""
    page: Page = open_page("/sign-in/", server=site, ignore_https_errors=True)
    name, value = site.cookie(site.url).split("=", 1)
    page.context.add_cookies([{"name": name, "value": value, "url": site.url}])
    page.goto(address or f"{site.url}/")
    return page


def gauge(server: Application, name: str) -> float:
    """A number of one server, as Prometheus is told it."""
    asking = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    asking.request("GET", "/metrics", headers={"Authorization": f"Bearer {METRICS_TOKEN}"})
    families = text_string_to_metric_families(asking.getresponse().read().decode())
    asking.close()
    return sum(each.value for family in families for each in family.samples if each.name == name)


def sockets(server: Application) -> float:
    return gauge(server, "h2o_chat_sockets")


def wait_until(condition: Callable[[], bool], seconds: float = 30, pause: float = 0.05) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(pause)
