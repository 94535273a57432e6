"""What goes by mail: codes for a new password and for an address, told alike to friend and foe."""

from __future__ import annotations

import logging
import re

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import User
from django.core import mail as outgoing
from django.test import Client

from accounts import mail
from tests.accounts.conftest import PASSWORD

NEW = "wholly new and long"


@pytest.fixture(autouse=True)
def mails(db, settings, monkeypatch) -> None:
    """A mail server that takes everything at once."""
    settings.MAIL = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    settings.ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
    settings.ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*", "password2*"]
    monkeypatch.setattr(mail, "send_soon", lambda message: message.send())


@pytest.fixture
def alice() -> User:
    alice = User.objects.create_user("alice", email="alice@example.org", password=PASSWORD)
    EmailAddress.objects.create(user=alice, email=alice.email, verified=True, primary=True)
    return alice


def code() -> str:
    """The code in the last mail."""
    return re.search(r"^\s+([B-Z]{4}-[B-Z]{4})$", str(outgoing.outbox[-1].body), re.MULTILINE)[1]


def forget(client: Client, address: str):
    return client.post("/password/forgotten/", {"email": address})


def sign_in(client: Client, name: str, password: str) -> bool:
    client.post("/sign-in/", {"username": name, "password": password})
    return "_auth_user_id" in client.session


def test_a_forgotten_password_is_replaced_and_everybody_else_signed_out(alice, client, caplog):
    caplog.set_level(logging.DEBUG)
    thief = Client()
    assert sign_in(thief, "alice", PASSWORD)
    assert forget(client, "Alice@example.org")["Location"] == "/password/forgotten/code/"
    secret = code()
    client.post("/password/forgotten/code/", {"code": "BBBB-BBBB"})
    done = client.post("/password/forgotten/code/", {"code": secret.lower().replace("-", " ")})
    assert done["Location"] == "/password/forgotten/new/"
    client.post("/password/forgotten/new/", {"password1": NEW, "password2": NEW})
    assert not sign_in(Client(), "alice", PASSWORD)
    assert sign_in(Client(), "alice", NEW)
    assert sign_in(Client(), "alice@example.org", NEW)
    assert thief.get("/account/").status_code == 302
    assert secret not in caplog.text
    again = Client()
    forget(again, "alice@example.org")
    again.post("/password/forgotten/code/", {"code": secret})
    assert again.get("/password/forgotten/new/").status_code == 302


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example"},
        {"x-forwarded-host": "evil.example", "x-forwarded-proto": "https"},
        {"forwarded": "host=evil.example;proto=https"},
        {"host": "testserver:80@evil.example"},
        {"host": "testserver", "x-forwarded-server": "evil.example"},
    ],
    ids=str,
)
def test_no_request_chooses_the_site_that_a_mail_is_from(alice, client, settings, headers):
    client.post("/password/forgotten/", {"email": "alice@example.org"}, headers=headers)
    for sent in outgoing.outbox:
        assert "evil" not in str(sent.message())
        assert settings.PUBLIC_URL in str(sent.body)
    assert len(outgoing.outbox) == ("evil" not in headers.get("host", ""))


def test_an_address_that_nobody_has_is_answered_alike_and_gets_no_mail(alice, client):
    known, unknown = Client(), Client()
    pages = []
    for browser, address in ((known, "alice@example.org"), (unknown, "nobody@example.org")):
        assert forget(browser, address)["Location"] == "/password/forgotten/code/"
        page = browser.get("/password/forgotten/code/").content.decode()
        pages.append(re.sub(r'value="\w{64}"|nonce="[^"]*"', "", page.replace(address, "ADDRESS")))
        wrong = browser.post("/password/forgotten/code/", {"code": "BBBB-BBBB"})
        assert wrong.status_code == 200
    assert pages[0] == pages[1]
    assert [each.to for each in outgoing.outbox] == [["alice@example.org"]]


def test_a_code_is_guessed_three_times_at_most(alice, client):
    forget(client, "alice@example.org")
    for _ in range(3):
        client.post("/password/forgotten/code/", {"code": "BBBB-BBBB"})
    client.post("/password/forgotten/code/", {"code": code()})
    assert client.get("/password/forgotten/new/").status_code == 302


def test_nobody_is_flooded_with_mails_and_others_may_still_ask(alice):
    said = [forget(Client(), "alice@example.org").status_code for _ in range(6)]
    assert said == [302] * 3 + [429] * 3
    other = forget(Client(REMOTE_ADDR="198.51.100.7"), "alice@example.org")
    assert other.status_code == 302


def test_an_address_that_many_write_to_gets_a_few_mails_only(alice, caplog):
    for number in range(30):
        forget(Client(REMOTE_ADDR=f"198.51.100.{number}"), "alice@example.org")
    assert len(outgoing.outbox) == 20
    assert "got too many" in caplog.text
    assert "alice@" not in caplog.text


def confirm(client: Client) -> None:
    """Sign Alice in, and say her password again on the way to the page of her address."""
    sign_in(client, "alice", PASSWORD)
    asked = client.get("/account/address/")["Location"]
    assert client.post(asked, {"password": PASSWORD})["Location"] == "/account/address/"


def test_nobody_sends_codes_to_any_number_of_addresses(alice, client):
    confirm(client)
    said = [
        client.post("/account/address/", {"email": f"n{n}@example.org", "action_add": "1"})
        for n in range(5)
    ]
    assert [each.status_code for each in said] == [302] * 3 + [429] * 2


def test_a_password_that_changed_is_told_to_its_person(alice, client):
    sign_in(client, "alice", PASSWORD)
    data = {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW}
    client.post("/password/", data)
    assert "password has been changed" in str(outgoing.outbox[-1].body)


def sign_up(client: Client, name: str, address: str):
    data = {"username": name, "email": address, "password1": PASSWORD, "password2": PASSWORD}
    return client.post("/sign-up/", data)


def test_who_signs_up_shows_that_the_address_is_theirs(alice, client, settings):
    settings.SIGN_UP = "open"
    assert sign_up(client, "nina", "nina@example.org")["Location"] == "/account/address/code/"
    assert "_auth_user_id" not in client.session
    sent = code()
    assert not sign_in(Client(), "nina", PASSWORD)
    client.post("/account/address/code/", {"code": sent})
    assert "_auth_user_id" in client.session
    assert sign_in(Client(), "nina@example.org", PASSWORD)


def test_signing_up_with_the_address_of_someone_tells_only_them(alice, client, settings):
    settings.SIGN_UP = "open"
    assert sign_up(client, "nina", "alice@example.org")["Location"] == "/account/address/code/"
    assert not User.objects.filter(username="nina").exists()
    assert outgoing.outbox[-1].subject == "You have an account already"


@pytest.mark.parametrize(
    "name", ["ALICE", "\uff41lice", "\N{CYRILLIC SMALL LETTER A}lice", "new@example.org"]
)
def test_nobody_signs_up_with_a_name_that_reads_like_anothers(alice, client, settings, name):
    settings.SIGN_UP = "open"
    assert sign_up(client, name, "nina@example.org").context["form"].errors["username"]
    assert User.objects.get() == alice


def test_a_name_that_is_somebodys_address_keeps_nobody_out(alice, client):
    User.objects.create_user("alice@example.org", password=NEW)
    assert sign_in(client, "alice@example.org", PASSWORD)


@pytest.mark.parametrize("setting", ["off", "invitation"])
def test_nobody_signs_up_where_it_is_not_open(client, settings, setting):
    settings.SIGN_UP = setting
    assert "by invitation" in sign_up(client, "nina", "nina@example.org").content.decode()
    assert not User.objects.exists()


def test_sign_ups_from_one_place_become_slow(client, settings):
    settings.SIGN_UP = "open"
    said = [sign_up(Client(), f"n{n}", f"n{n}@example.org").status_code for n in range(12)]
    assert said == [302] * 10 + [429] * 2


def test_an_address_is_changed_by_who_knows_the_password_and_reads_its_mail(alice, client):
    confirm(client)
    client.post("/account/address/", {"email": "new@example.org", "action_add": "1"})
    assert EmailAddress.objects.get().email == "alice@example.org"
    client.post("/account/address/code/", {"code": code()})
    assert EmailAddress.objects.get().email == "new@example.org"
    assert not sign_in(Client(), "alice@example.org", PASSWORD)


def test_who_never_had_an_address_signs_in_all_the_same(client):
    User.objects.create_user("carl", password=PASSWORD)
    assert sign_in(client, "carl", PASSWORD)


def test_a_mail_server_that_fails_is_logged_without_what_was_to_be_sent(settings, caplog):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    mail._send(outgoing.EmailMessage("s", "secret-canary", to=["a@example.org"]))
    assert "could not be sent" in caplog.text
    assert "secret-canary" not in caplog.text
