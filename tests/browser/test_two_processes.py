"""A page at one of two servers, and its answer's run at the other, which dies."""

from __future__ import annotations

import threading
from urllib.parse import urlsplit

import pytest

from tests.browser.application import Application
from tests.browser.chat import Chat
from tests.browser.conftest import speaks_to
from tests.scripted_model import finish, text
from tests.torture.place import migrate, people_at

pytestmark = [pytest.mark.postgres, pytest.mark.redis]

LEASE_SEEN = 60  # seconds, at most, from a server's death to the page that tells of it


@pytest.fixture
def two(postgres, redis, new_data_dir, tmp_path, django_db_blocker, model):
    """Two servers on one database."""
    given = speaks_to(model) | {
        "DATABASE_URL": postgres.database(),
        "REDIS_URL": redis.url,
        "H2O_TITLES": "no",
    }
    both = [Application(new_data_dir(tmp_path / name), django_db_blocker, **given) for name in "ab"]
    migrate(both[0].settings)
    for server in both:
        server.start()
    yield both
    for server in both:
        server.kill()


def test_when_the_server_of_its_run_dies_the_page_at_another_says_so_and_goes_on(
    two, open_page, model, django_db_blocker, page_errors
):
    page_errors.allow("ERR_(CONNECTION|EMPTY_RESPONSE)|WebSocket connection")
    a, b = two
    with django_db_blocker.unblock():
        (cookie,) = people_at(a.settings["DATABASE_URL"], 1)
    at_b, at_a = (_page(open_page, cookie, server) for server in (b, a))
    model.plays(text("One, two,"), threading.Event())
    Chat(at_b).say("Count to four.")
    Chat(at_b).wait_for_text()
    at_a.goto(a.url + urlsplit(at_b.url).path)
    chat = Chat(at_a)
    assert chat.wait_for_text() == "One,two,"
    chat.wait_for_status("streaming")

    b.kill()
    chat.wait_for_status("interrupted", seconds=LEASE_SEEN)
    assert chat.text() == "One,two,"
    model.plays(text(" three, four."), finish())
    chat.press("Continue")
    chat.wait_for_status("complete")
    assert chat.text() == "One,two,three,four."


def _page(open_page, cookie, server):
    page = open_page("/sign-in/", server=server)
    name, value = cookie(server.url).split("=", 1)
    page.context.add_cookies([{"name": name, "value": value, "url": server.url}])
    page.goto(server.url)
    return page
