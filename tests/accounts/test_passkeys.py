"""Passkeys at their edges: each shows once, here, now, and for its own person only."""

from __future__ import annotations

import json

import pytest
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import User
from django.test import Client
from fido2.utils import websafe_decode

from tests.accounts.conftest import PASSWORD
from tests.security.passkeys import FLAGS, Device

ADD = "/account/two-factor/passkeys/add/"
SECOND = "/sign-in/second-factor/"
ALONE = "/sign-in/passkey/"


def challenge(client: Client, at: str) -> bytes:
    """What the page asks the device to sign."""
    client.get(at, secure=True, headers={"accept": "application/json"})
    return websafe_decode(client.session["mfa.webauthn.state"]["challenge"])


def send(client: Client, at: str, credential: object, **fields: str):
    return client.post(at, {"credential": json.dumps(credential), **fields}, secure=True)


def browser_of(person: User) -> Client:
    """Where this person has just shown the password, for the second time if that is enough."""
    client = Client()
    client.post("/sign-in/", {"username": person.username, "password": PASSWORD}, secure=True)
    client.post("/account/confirm/", {"password": PASSWORD}, secure=True)
    return client


def register(person: User) -> Device:
    client, device = browser_of(person), Device()
    made = device.registered(challenge(client, ADD))
    assert send(client, ADD, made, name="Mine", passwordless="on").status_code == 302
    return device


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def handle(person: User) -> str:
    return str(user_pk_to_url_str(person))


@pytest.fixture
def alice(db) -> User:
    return User.objects.create_user("alice", password=PASSWORD)


@pytest.fixture
def bob(db) -> User:
    return User.objects.create_user("bob", password=PASSWORD)


@pytest.fixture
def device(alice: User) -> Device:
    return register(alice)


def test_a_passkey_signs_its_person_in_once(alice, device):
    client = Client()
    signed = device.signed(challenge(client, ALONE), handle(alice))
    send(client, ALONE, signed)
    assert client.session["_auth_user_id"] == str(alice.pk)
    client.post("/sign-out/", secure=True)
    send(client, ALONE, signed)
    assert not is_in(client)
    challenge(client, ALONE)
    send(client, ALONE, signed)
    assert not is_in(client)


@pytest.mark.parametrize(
    "lie",
    [
        {"flags": FLAGS.UP},  # it was there, but nobody showed that it was them
        {"flags": FLAGS.UV},
        {"kind": "webauthn.create"},
        {"origin": "https://evil.example"},
        {"origin": "http://testserver"},
        {"identity": b"another's identity"},
        {"challenge": b"of another session"},
    ],
    ids=lambda lie: "-".join(map(str, lie)),
)
def test_what_was_signed_for_something_else_lets_nobody_in(alice, device, lie):
    client = Client()
    asked = {"challenge": challenge(client, ALONE)} | lie
    send(client, ALONE, device.signed(person=handle(alice), **asked))
    assert not is_in(client)


def test_a_passkey_opens_nobody_elses_account(alice, bob, device):
    theirs = register(bob)
    for person, identity in ((alice, device.identity), (alice, b""), (bob, device.identity)):
        client = Client()
        asked = challenge(client, ALONE)
        send(client, ALONE, theirs.signed(asked, handle(person), identity=identity))
        assert not is_in(client)
    # After Alice's password, Bob's passkey is no second factor, whatever it says.
    client = browser_of(alice)
    for told in (handle(alice), handle(bob), ""):
        for identity in (device.identity, b""):
            signed = theirs.signed(challenge(client, SECOND), told, identity=identity)
            assert send(client, SECOND, signed).status_code == 200
            assert not is_in(client)
    send(client, SECOND, device.signed(challenge(client, SECOND)))
    assert is_in(client)


@pytest.mark.parametrize(
    "lie",
    [
        {"challenge": b"of another session"},
        {"kind": "webauthn.get"},
        {"origin": "https://evil.example"},
    ],
    ids=lambda lie: "-".join(lie),
)
def test_what_was_made_for_something_else_is_not_kept(alice, lie):
    client = browser_of(alice)
    send(client, ADD, Device().registered(**{"challenge": challenge(client, ADD)} | lie))
    send(client, ADD, Device("evil.example").registered(challenge(client, ADD)))
    assert not Authenticator.objects.exists()


@pytest.mark.parametrize(
    "credential",
    [1, {}, {"id": 1}, {"response": []}, {"id": "x", "rawId": "x", "response": {}}, None],
    ids=str,
)
def test_a_made_up_passkey_is_not_kept(alice, credential):
    client = browser_of(alice)
    challenge(client, ADD)
    assert send(client, ADD, credential, name="x").status_code == 200
    made = Device().registered(challenge(client, ADD))
    for part in ("clientDataJSON", "attestationObject"):
        for broken in ("", "AA", 7, None, made["response"][part][:-8]):
            told = made | {"response": made["response"] | {part: broken}}
            assert send(client, ADD, told).status_code == 200
    assert not Authenticator.objects.exists()
