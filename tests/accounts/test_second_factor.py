"""Codes: of the authenticator's app, each once, and recovery codes."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth
from django.contrib.auth.models import User
from django.test import Client

from tests.accounts.conftest import PASSWORD

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def clock():
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def alice(db) -> User:
    return User.objects.create_user("alice", password=PASSWORD)


def sign_in(client: Client, address: str = "192.0.2.1"):
    data = {"username": "alice", "password": PASSWORD}
    return client.post("/sign-in/", data, REMOTE_ADDR=address)


def code(secret: str) -> str:
    counter = next(auth.yield_hotp_counters_from_time()) + 1
    return str(auth.format_hotp_value(auth.hotp_value(secret, counter)))


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


@pytest.fixture
def secret(alice, clock) -> str:
    """Alice has set up her app; this is what it knows."""
    client = Client()
    sign_in(client)
    page = client.get("/account/two-factor/app/")
    assert page["Location"].startswith("/account/confirm/")  # is it you?
    client.post(page["Location"], {"password": PASSWORD})
    shown = client.get("/account/two-factor/app/").content.decode()
    found: str = re.search(r'<code class="command">([A-Z2-7]+)</code>', shown)[1]
    assert client.post("/account/two-factor/app/", {"code": "000000"}).status_code == 200
    done = client.post("/account/two-factor/app/", {"code": code(found)})
    assert done["Location"] == "/account/two-factor/codes/"
    clock.shift(timedelta(minutes=3))
    return found


def test_the_password_alone_lets_nobody_in_any_more(secret, client):
    assert sign_in(client)["Location"] == "/sign-in/second-factor/"
    assert not is_in(client)
    assert client.get("/").status_code == 302
    assert client.post("/sign-in/second-factor/", {"code": "123456"}).status_code == 200
    assert not is_in(client)
    before = client.session.session_key
    answer = client.post("/sign-in/second-factor/", {"code": code(secret)})
    assert answer["Location"] == "/"
    assert is_in(client)
    assert client.session.session_key != before


def test_a_code_counts_once(secret, client, clock):
    used = code(secret)
    sign_in(client)
    client.post("/sign-in/second-factor/", {"code": used})
    thief = Client()
    for _ in range(3):
        sign_in(thief)
        thief.post("/sign-in/second-factor/", {"code": used})
        assert not is_in(thief)
        clock.shift(timedelta(seconds=15))


def test_guesses_at_codes_become_slow_and_do_not_keep_the_person_out(secret, client, clock):
    thief = Client()
    sign_in(thief)
    said = [thief.post("/sign-in/second-factor/", {"code": f"{n:06}"}) for n in range(8)]
    assert ["Too many tries" in each.content.decode() for each in said] == [False] * 5 + [True] * 3
    sign_in(client, "198.51.100.7")
    client.post("/sign-in/second-factor/", {"code": code(secret)}, REMOTE_ADDR="198.51.100.7")
    assert is_in(client)


def test_a_recovery_code_counts_once(secret, alice, client):
    codes = Authenticator.objects.get(user=alice, type="recovery_codes").wrap()
    one = codes.get_unused_codes()[0]
    for client, expected in ((Client(), True), (Client(), False)):
        sign_in(client)
        client.post("/sign-in/second-factor/", {"code": one})
        assert is_in(client) is expected


def test_secrets_are_stored_encrypted(secret, alice):
    stored = [str(each.data) for each in Authenticator.objects.filter(user=alice)]
    assert len(stored) == 2
    assert not any(secret in each for each in stored)


def test_who_left_their_password_in_the_second_step_may_begin_again(secret, client):
    sign_in(client)
    assert client.get("/sign-in/")["Location"].startswith("/sign-in/second-factor/")
    client.post("/sign-out/")
    assert client.get("/sign-in/").status_code == 200


@pytest.mark.parametrize(
    "credential",
    ["", "{}", "[]", "null", "1", '{"id": 1}', '{"response": []}', '"x"', "{", "9" * 5000],
)
def test_a_made_up_passkey_is_refused_with_a_sentence(db, client, credential):
    client.get("/sign-in/passkey/", headers={"accept": "application/json"})
    answer = client.post("/sign-in/passkey/", {"credential": credential})
    assert answer["Location"] == "/sign-in/"
    assert not is_in(client)


def test_the_administration_opens_with_a_second_factor_where_the_settings_want_one(
    secret, alice, settings
):
    User.objects.update(is_staff=True, is_superuser=True)
    carol = User.objects.create_superuser("carol")
    settings.TWO_FACTOR_FOR_STAFF = True
    without, with_one = Client(), Client()
    without.force_login(carol)
    with_one.force_login(alice)
    for path in ("/admin/", "/admin/auth/user/", "/admin/chat/conversation/"):
        answer = without.get(path, follow=True)
        assert answer.redirect_chain == [("/account/two-factor/", 302)]
        assert "opens with a second factor" in answer.content.decode()
        assert with_one.get(path, follow=True).status_code == 200
    assert without.get("/").status_code == 200
    member = Client()
    member.force_login(User.objects.create_user("mia"))
    assert member.get("/admin/")["Location"].startswith("/admin/login/")


@pytest.mark.parametrize("action", ["sign_out_everywhere", "remove_second_factors"])
def test_the_owner_helps_who_has_lost_something(secret, alice, action):
    olga, hers = Client(), Client()
    olga.force_login(User.objects.create_superuser("olga"))
    hers.force_login(alice)
    olga.post("/admin/auth/user/", {"action": action, "_selected_action": [alice.pk]})
    assert hers.get("/account/").status_code == 302
    fresh = Client()
    sign_in(fresh)
    assert is_in(fresh) is (action == "remove_second_factors")
