"""Guessing becomes slow, and nobody is kept out by the guesses of others."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client

from accounts.limits import Limit, TooManyTriesError, guessing
from accounts.models import Pace
from tests.accounts.conftest import PASSWORD

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def alice(db) -> User:
    return User.objects.create_user("alice", email="alice@example.org", password=PASSWORD)


@pytest.fixture
def clock():
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


def sign_in(client: Client, password: str, name: str = "alice", address: str = "192.0.2.1"):
    data = {"username": name, "password": password}
    return client.post("/sign-in/", data, REMOTE_ADDR=address)


def guess(address: str, person: int) -> bool:
    """Whether a guess at a person's password would be looked at."""
    try:
        with guessing("password", address, person):
            return True
    except TooManyTriesError:
        return False


def test_an_hour_of_hammering_guesses_little_and_keeps_nobody_out(clock, client):
    """From another address, and from the same one in a browser that was there before."""
    at_home = Client()
    sign_in(at_home, PASSWORD)
    at_home.post("/sign-out/")

    looked_at = 0
    for _ in range(180):
        for name in ("alice", "ALICE@example.org"):
            looked_at += sign_in(Client(), "wrong", name).status_code == 200
        clock.shift(timedelta(seconds=20))
    assert looked_at <= 66
    sign_in(client, "wrong")
    assert sign_in(client, PASSWORD).status_code == 429
    assert "_auth_user_id" not in client.session

    assert sign_in(client, PASSWORD, address="198.51.100.7").status_code == 302
    assert sign_in(at_home, PASSWORD).status_code == 302


def test_a_name_hunted_from_everywhere_is_slow_for_strangers_and_closed_to_nobody(alice, clock):
    everywhere = [f"203.0.113.{number}" for number in range(30)]
    looked_at = []
    for _ in range(24):
        looked_at.append(sum(guess(address, alice.pk) for address in everywhere))
        clock.shift(timedelta(seconds=15))
    assert sum(looked_at[:8]) <= 102 + 2 * len(everywhere)
    assert sum(looked_at[12:]) <= 5
    assert sign_in(Client(), PASSWORD, address="198.51.100.7").status_code == 302


def test_an_address_that_tries_many_names_becomes_slow(clock):
    statuses = [sign_in(Client(), "wrong", f"name{n}").status_code for n in range(60)]
    assert statuses.count(200) == 50
    assert sign_in(Client(), "wrong", "one more", "192.0.2.2").status_code == 200


def test_the_page_says_when_to_come_back_and_means_it(clock, client):
    for _ in range(5):
        sign_in(client, "wrong")
    refused = sign_in(client, PASSWORD)
    assert refused.status_code == 429
    assert "Too many tries. Try again in 1 minute." in refused.content.decode()
    clock.shift(timedelta(seconds=int(refused["Retry-After"]) - 1))
    assert sign_in(client, PASSWORD).status_code == 429
    clock.shift(timedelta(seconds=1))
    assert sign_in(client, PASSWORD).status_code == 302


def test_the_right_password_begins_anew(clock, client):
    for _ in range(3):
        for _ in range(4):
            assert sign_in(client, "wrong").status_code == 200
        assert sign_in(client, PASSWORD).status_code == 302
        client = Client()


def test_an_own_account_buys_no_more_guesses_at_others(clock):
    User.objects.create_user("mallory", password=PASSWORD)
    looked_at = 0
    for _ in range(20):
        sign_in(Client(), PASSWORD, "mallory")
        looked_at += sign_in(Client(), "wrong").status_code == 200
    assert looked_at == 5


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
    ],
)
def test_addresses_of_one_customer_count_together(clock, one, other, same):
    for _ in range(5):
        sign_in(Client(), "wrong", address=one)
    assert (sign_in(Client(), "wrong", address=other).status_code == 429) is same


def test_a_forged_or_foreign_cookie_of_a_known_browser_is_none(clock):
    User.objects.create_user("mallory", password=PASSWORD)
    mallory = Client()
    sign_in(mallory, PASSWORD, "mallory")
    (name,) = [name for name in mallory.cookies if name.startswith("browser-")]
    forger = Client()
    forger.cookies[name] = "WyJ4IixbMV1d:1w:forged"
    for client in (mallory, forger):
        client.post("/sign-out/")
        looked_at = [sign_in(client, "wrong", address="192.0.2.9").status_code for _ in range(6)]
        assert looked_at.count(429) >= 1


def test_what_was_tried_is_stored_in_no_readable_form(clock, client):
    sign_in(client, "wrong", "my password by mistake")
    assert Pace.objects.exists()
    assert not any("password" in pace.key for pace in Pace.objects.all())
    assert all(len(pace.key) == 64 for pace in Pace.objects.all())


def test_counters_that_are_over_are_thrown_away(clock, client):
    for number in range(10):
        sign_in(client, "wrong", f"name{number}")
    clock.shift(timedelta(hours=3))
    sign_in(client, "wrong", "another")
    assert Pace.objects.count() <= 4


@pytest.mark.django_db(transaction=True)
def test_many_guesses_at_once_are_counted_one_by_one(alice):
    limit = Limit("race", 3, MINUTE)

    def take(_: int) -> bool:
        try:
            limit.take("alice")
        except TooManyTriesError:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(take, range(16))) == 3


def test_a_closed_guess_is_not_looked_at(alice, clock):
    assert [guess("192.0.2.1", alice.pk) for _ in range(7)] == [True] * 5 + [False] * 2
