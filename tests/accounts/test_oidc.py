"""Signing in by OpenID Connect, with a provider on this machine that also lies."""

from __future__ import annotations

import html
import logging
import re
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.contrib.auth.models import User
from django.test import Client

from accounts.owner import make_link
from tests.accounts.conftest import PASSWORD
from tests.accounts.oidc_provider import CLIENT, SECRET, Provider

ANNA = {
    "sub": "anna-1",
    "preferred_username": "anna",
    "email": "anna@example.org",
    "email_verified": True,
    "given_name": "Anna",
}
BEGIN = "/sign-in/with/oidc/"


@pytest.fixture(scope="module")
def _provider() -> Iterator[Provider]:
    provider = Provider()
    yield provider
    provider.close()


@pytest.fixture
def provider(db, _provider: Provider, settings) -> Provider:
    """The provider, which knows Anna and tells the truth, and that the settings name."""
    _provider.person, _provider.lie = dict(ANNA), ""
    _provider.asked.clear()
    settings.OIDC_ISSUER, settings.OIDC_SIGN_UP = _provider.issuer, True
    app: dict[str, Any] = {"provider_id": "oidc", "client_id": CLIENT, "secret": SECRET}
    app |= {"name": "Company", "settings": {"server_url": _provider.issuer}}
    own = {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": own}
    return _provider


def begin(client: Client, **fields: str) -> str:
    """Press the button; the address that the browser is sent to."""
    page = client.post(BEGIN, fields).content.decode()
    return html.unescape(re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', page)[1])


def through(client: Client, provider: Provider, **fields: str):
    """There and back."""
    return client.get(f"{BEGIN}back/", provider.visit(begin(client, **fields)))


def signed_in(client: Client) -> str | None:
    person = client.session.get("_auth_user_id")
    return User.objects.get(pk=person).username if person else None


def test_who_the_provider_knows_comes_in_and_is_the_same_the_next_time(provider):
    for client in (Client(), Client()):
        answer = through(client, provider, next="/account/")
        assert answer["Location"] == "/account/"
        assert signed_in(client) == "anna"
    anna = User.objects.get()
    assert (anna.email, anna.first_name) == ("anna@example.org", "Anna")
    assert not anna.has_usable_password()
    assert EmailAddress.objects.get().verified
    assert "connected" in client.get("/account/").content.decode()


@pytest.mark.parametrize(
    "lie",
    [
        "signature",
        "unsigned",
        "no kid",
        "no id_token",
        "token's issuer",
        "audience",
        "expired",
        "userinfo",
    ],
)
def test_a_lie_lets_nobody_in(provider, client, lie):
    provider.lie = lie
    answer = through(client, provider)
    assert answer.status_code >= 400 or "did not say who you are" in answer.content.decode()
    assert signed_in(client) is None
    assert not User.objects.exists()


@pytest.mark.parametrize("lie", ["issuer", "redirect"])
def test_a_provider_that_is_another_is_not_gone_to(provider, client, lie):
    provider.lie = lie
    assert client.post(BEGIN).status_code >= 400
    assert not any("stolen" in path for path in provider.asked)


def test_a_provider_that_is_away_is_told_as_such(provider, client, settings):
    settings.OIDC_ISSUER = "http://127.0.0.1:9/realm"
    own = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]
    own["settings"] = {"server_url": settings.OIDC_ISSUER}
    assert client.post(BEGIN).status_code == 502


def test_what_comes_back_is_taken_in_the_browser_that_asked_and_once(provider, client):
    brought = provider.visit(begin(client))
    stranger = Client()
    stranger.get(f"{BEGIN}back/", brought)
    assert signed_in(stranger) is None
    client.get(f"{BEGIN}back/", brought)
    assert signed_in(client) == "anna"
    again = Client()
    again.cookies = client.cookies
    client.post("/sign-out/")
    client.get(f"{BEGIN}back/", brought)
    assert signed_in(client) is None


@pytest.mark.parametrize("next", ["//evil.example", "https://evil.example", "/\\evil.example"])
def test_s26_it_leads_to_no_other_site(provider, client, next):
    assert through(client, provider, next=next)["Location"] == "/"


def test_who_is_new_stays_out_unless_the_settings_let_them_in(provider, client, settings):
    settings.OIDC_SIGN_UP = False
    assert "by invitation" in through(client, provider).content.decode()
    assert not User.objects.exists()


@pytest.mark.parametrize(
    ("links", "is_confirmed", "comes_in"),
    [(False, True, False), (True, False, False), (True, True, True)],
)
def test_an_address_opens_an_account_only_where_the_settings_trust_it(
    provider, client, settings, links, is_confirmed, comes_in
):
    settings.SOCIALACCOUNT_EMAIL_AUTHENTICATION = links
    settings.SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = links
    provider.person["email_verified"] = is_confirmed
    alice = User.objects.create_user("alice", email="anna@example.org", password=PASSWORD)
    EmailAddress.objects.create(user=alice, email=alice.email, verified=True, primary=True)
    answer = through(client, provider)
    assert signed_in(client) == ("alice" if comes_in else None)
    assert answer.status_code == (302 if comes_in else 409)
    assert User.objects.count() == 1


def test_who_is_signed_in_connects_and_comes_in_by_it_later(provider, client):
    alice = User.objects.create_user("alice", email="anna@example.org", password=PASSWORD)
    client.post("/sign-in/", {"username": "alice", "password": PASSWORD})
    asked = through(client, provider, process="connect")["Location"]
    assert asked == "/account/confirm/"
    assert client.post(asked, {"password": PASSWORD})["Location"] == "/account/"
    later = Client()
    through(later, provider)
    assert signed_in(later) == "alice"
    assert User.objects.get() == alice
    client.post("/account/elsewhere/remove/")
    assert through(Client(), provider).status_code == 409


@pytest.mark.parametrize("process", ["connect", "login"])
def test_what_was_begun_before_the_sign_in_is_not_gone_on_with(provider, client, process):
    """Somebody may have put their own session into the browser of another."""
    alice = User.objects.create_user("alice", email="alice@example.org", password=PASSWORD)
    brought = provider.visit(begin(client, process=process))
    client.post("/sign-in/", {"username": "alice", "password": PASSWORD})
    answer = client.get(f"{BEGIN}back/", brought)
    assert "Location" not in answer
    assert signed_in(client) == "alice"
    assert User.objects.get() == alice


def test_nobody_takes_away_their_only_way_in(provider, client):
    through(client, provider)
    client.post("/account/elsewhere/remove/")
    later = Client()
    through(later, provider)
    assert signed_in(later) == "anna"


DELICATE = [
    "/account/data/",
    "/account/erase/",
    "/password/first/",
    "/account/two-factor/app/",
    "/account/two-factor/passkeys/add/",
]


def again(client: Client, provider: Provider, next: str, auth_time: float | None) -> str:
    """Where the browser is led after the provider was told to ask again."""
    address = begin(client, next=next, again="1")
    query = parse_qs(urlsplit(address).query)
    assert (query["prompt"], query["max_age"]) == (["login"], ["0"])
    told = {} if auth_time is None else {"auth_time": auth_time}
    provider.person |= told
    return str(client.get(f"{BEGIN}back/", provider.visit(address))["Location"])


@pytest.mark.parametrize("path", DELICATE)
def test_what_is_delicate_needs_a_fresh_sign_in_there(provider, client, path):
    through(client, provider)
    asked = client.get(path)["Location"]
    assert asked == f"/account/confirm/again/?{urlencode({'next': path})}"
    assert "where you always do" in client.get(asked).content.decode()
    assert again(client, provider, path, time.time()) == path
    assert client.get(path).status_code == 200
    with time_machine.travel(time.time() + 301):
        assert client.get(path)["Location"] == asked


def test_a_provider_that_tells_no_time_is_believed_and_one_that_did_not_ask_is_not(
    provider, client
):
    through(client, provider)
    long_ago = time.time() - 3600
    refused = again(client, provider, "/account/erase/", long_ago)
    assert refused.startswith("/account/confirm/again/")
    assert "You were not asked there" in client.get(refused).content.decode()
    assert client.get("/account/erase/").status_code == 302
    del provider.person["auth_time"]
    assert again(client, provider, "/account/erase/", None) == "/account/erase/"
    assert client.get("/account/erase/").status_code == 200


def test_neither_a_plain_sign_in_nor_anothers_account_there_will_do(provider, client):
    through(client, provider)
    begin(client, again="1")
    through(client, provider)
    assert client.get("/account/erase/").status_code == 302
    provider.person |= {"sub": "mallory-1", "email": "mallory@example.org"}
    refused = again(client, provider, "/account/erase/", time.time())
    assert refused.startswith("/account/confirm/again/")
    assert signed_in(client) == "anna"
    assert client.get("/account/erase/").status_code == 302
    assert User.objects.count() == 1


def test_who_came_in_by_a_link_alone_comes_in_again_to_erase_the_account(client, db):
    client.force_login(User.objects.create_user("lena"))
    assert client.get("/account/erase/").status_code == 200
    with time_machine.travel(time.time() + 301):
        asked = client.get("/account/erase/")["Location"]
        assert "Sign out" in client.get(asked).content.decode()


def test_where_people_sign_in_elsewhere_only_there_is_no_other_way(provider, client, settings):
    settings.OIDC_ONLY, settings.SIGN_UP, settings.MAIL = True, "open", True
    User.objects.create_superuser("olga", password=PASSWORD)
    page = client.get("/sign-in/").content.decode()
    assert 'name="password"' not in page
    data = {"username": "olga", "password": PASSWORD}
    assert client.post("/sign-in/", data).status_code == 403
    for path in ("/sign-up/", "/password/forgotten/", "/sign-in/passkey/"):
        assert client.post(path, {}).status_code == 404
    assert client.get("/invitation/").status_code == 403
    assert signed_in(client) is None
    token = make_link().partition("#")[2]
    client.post("/owner/", {"token": token, "new_password1": "", "new_password2": ""})
    assert signed_in(client) == "olga"


def test_no_secret_is_logged(provider, client, caplog):
    caplog.set_level(logging.DEBUG)
    through(client, provider)
    provider.lie = "signature"
    through(Client(), provider)
    assert caplog.records
    for secret in (SECRET, "code-canary", "access-canary"):
        assert secret not in caplog.text
