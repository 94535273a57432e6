"""How long people stay signed in, and where: each browser is seen and can be signed out."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.test import Client

from accounts.models import Browser
from accounts.sessions import browsers_of, end_all
from tests.accounts.conftest import PASSWORD

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def alice(db) -> User:
    return User.objects.create_user("alice", password=PASSWORD)


def signed_in(address: str = "192.0.2.1", agent: str = FIREFOX) -> Client:
    client = Client(headers={"user-agent": agent}, REMOTE_ADDR=address)
    answer = client.post("/sign-in/", {"username": "alice", "password": PASSWORD})
    assert answer.status_code == 302
    return client


def is_in(client: Client) -> bool:
    return bool(client.get("/account/").status_code == 200)


def test_who_is_idle_is_signed_out_and_who_is_not_stays_in_until_the_end(alice, settings):
    settings.SESSION_IDLE_HOURS, settings.SESSION_LIFE_HOURS = 2, 7
    with time_machine.travel(NOW, tick=False) as clock:
        busy, idle = signed_in(), signed_in()
        for hours in range(6):
            clock.move_to(NOW + HOUR * (hours + 1))
            assert is_in(busy)
        assert not is_in(idle)
        clock.move_to(NOW + HOUR * 7)
        assert not is_in(busy)


def test_the_session_ends_in_the_database_where_sockets_look_too(alice, settings):
    settings.SESSION_IDLE_HOURS = 2
    with time_machine.travel(NOW, tick=False) as clock:
        client = signed_in()
        clock.move_to(NOW + HOUR)
        client.get("/account/")
        ends = Session.objects.get(pk=client.session.session_key).expire_date
        assert abs(ends - (NOW + 3 * HOUR)) < timedelta(seconds=5)
        before = Browser.objects.get().seen_at
        clock.move_to(NOW + HOUR + timedelta(seconds=30))
        client.get("/account/")
        assert Browser.objects.get().seen_at == before  # not a write for each request


def test_a_person_sees_where_they_are_signed_in(alice):
    here, there = signed_in(), signed_in("198.51.100.7", "curl/8")
    page = here.get("/account/").content.decode()
    for words in ("Firefox on Linux", "this browser", "192.0.2.1", "198.51.100.7"):
        assert words in page
    assert here.session.session_key not in page
    assert there.session.session_key not in page


def test_one_browser_is_signed_out(alice, told, django_capture_on_commit_callbacks):
    here, there = signed_in(), signed_in()
    (other,) = Browser.objects.exclude(session_id=here.session.session_key)
    with django_capture_on_commit_callbacks(execute=True):
        here.post(f"/account/browsers/{other.number}/")
    assert (is_in(here), is_in(there)) == (True, False)
    assert told == [alice.pk]


def test_nobody_signs_out_a_browser_of_someone_else(alice, client):
    hers = signed_in()
    client.force_login(User.objects.create_user("bob"))
    number = Browser.objects.get(person=alice).number
    assert client.post(f"/account/browsers/{number}/").status_code == 404
    assert is_in(hers)


@pytest.mark.parametrize(("path", "stays"), [("others/", True), ("../../sign-out/everywhere/", 0)])
def test_all_are_signed_out(alice, told, django_capture_on_commit_callbacks, path, stays):
    here, there, bob = signed_in(), signed_in(), Client()
    bob.force_login(User.objects.create_user("bob"))
    address = "/account/browsers/others/" if stays else "/sign-out/everywhere/"
    with django_capture_on_commit_callbacks(execute=True):
        here.post(address)
    assert (is_in(here), is_in(there), is_in(bob)) == (bool(stays), False, True)
    assert alice.pk in told


def test_a_session_from_before_browsers_were_noted_is_ended_too(alice):
    client = signed_in()
    Browser.objects.all().delete()
    assert Session.objects.count() == 1
    end_all(alice)
    assert not is_in(client)


def test_a_session_of_an_older_password_is_not_shown(alice):
    signed_in()
    alice.set_password("wholly new")
    alice.save()
    assert browsers_of(alice) == []


def test_sessions_that_are_over_leave_nothing_behind(alice):
    client = signed_in()
    client.post("/sign-out/")
    assert Browser.objects.count() == 0


@pytest.mark.parametrize(("https", "flag"), [(True, True), (False, "")])
def test_cookies_are_for_https_where_there_is_https(alice, settings, https, flag):
    settings.SESSION_COOKIE_SECURE = https
    cookies = signed_in().cookies
    ours = {name: cookies[name] for name in cookies if name.startswith(("session-", "browser-"))}
    assert len(ours) == 2
    for cookie in ours.values():
        assert (cookie["secure"], cookie["httponly"]) == (flag, True)
        assert cookie["samesite"] == "Lax"
