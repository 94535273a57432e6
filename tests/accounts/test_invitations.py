"""Invitations: one person comes in, once, until the end; who may make them is a role's."""

import logging
import re
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts import roles
from accounts.models import Invitation
from accounts.roles import Role
from tests.accounts.conftest import PASSWORD


@pytest.fixture
def mails(settings) -> None:
    settings.MAIL = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


@pytest.fixture
def lead(db) -> Client:
    person = User.objects.create_user("lena")
    roles.give(person, Role.LEAD)
    client = Client()
    client.force_login(person)
    return client


def invite(client: Client, **fields: str):
    ends = timezone.now() + timedelta(days=1)
    usual = {"ends_at": f"{ends:%Y-%m-%dT%H:%M:%S}"}
    return client.post("/admin/accounts/invitation/add/", usual | fields)


def token_in(page: str) -> str:
    return re.search(r"/invitation/#([\w-]{43})", page)[1]


def accept(token: str, name: str = "nina", client: Client | None = None):
    data = {"token": token, "username": name, "password1": PASSWORD, "password2": PASSWORD}
    return (client or Client()).post("/invitation/", data)


def test_a_lead_invites_and_the_link_lets_one_person_in_once(lead, client):
    token = token_in(invite(lead, note="Nina").content.decode())
    assert token not in lead.get("/admin/accounts/invitation/").content.decode()
    assert not Invitation.objects.filter(token_hash__contains=token).exists()

    assert accept(token, client=client)["Location"] == "/"
    nina = User.objects.get(username="nina")
    assert client.session["_auth_user_id"] == str(nina.pk)
    assert (nina.is_staff, nina.is_superuser, nina.groups.count()) == (False, False, 0)
    assert Invitation.objects.get().used_by == nina

    assert accept(token, "oskar").status_code == 410
    assert not User.objects.filter(username="oskar").exists()


@pytest.mark.parametrize("why", ["over", "taken back", "made up", "closed"])
def test_a_dead_invitation_lets_nobody_in(lead, settings, why):
    token = token_in(invite(lead).content.decode())
    if why == "over":
        Invitation.objects.update(ends_at=timezone.now())
    elif why == "taken back":
        number = Invitation.objects.get().pk
        lead.post(f"/admin/accounts/invitation/{number}/delete/", {"post": "yes"})
    elif why == "closed":
        settings.SIGN_UP = "off"
    answer = accept("x" * 43 if why == "made up" else token)
    assert answer.status_code == (403 if why == "closed" else 410)
    assert not User.objects.filter(username="nina").exists()


@pytest.mark.parametrize(
    "name",
    ["lena", "LENA", "", "a b", "nina@example.org", "\N{CYRILLIC SMALL LETTER A}nna", "\uff4cena"],
)
def test_a_refused_name_uses_nothing_up(lead, name):
    token = token_in(invite(lead).content.decode())
    assert accept(token, name).status_code == 200
    assert accept(token).status_code == 302


@pytest.mark.usefixtures("mails")
def test_a_mailed_invitation_makes_the_address_the_persons_own(lead):
    page = invite(lead, email="Nina@example.org").content.decode()
    assert "was sent to Nina@example.org" in page
    (sent,) = mail.outbox
    assert sent.to == ["Nina@example.org"]
    accept(token_in(str(sent.body)))
    address = EmailAddress.objects.get(user__username="nina")
    assert (address.email, address.verified) == ("nina@example.org", True)
    answer = Client().post("/sign-in/", {"username": "nina@example.org", "password": PASSWORD})
    assert answer.status_code == 302


def test_without_a_mail_server_the_page_says_so(lead):
    assert "pass this link on yourself" in invite(lead, email="n@example.org").content.decode()


@pytest.mark.parametrize("role", [None, Role.REVIEWER, Role.AUDITOR])
def test_who_does_not_lead_invites_nobody(db, client, role):
    person = User.objects.create_user("rita")
    if role:
        roles.give(person, role)
    client.force_login(person)
    assert invite(client).status_code in (302, 403)
    assert Invitation.objects.count() == 0


def test_the_token_is_in_no_log_and_in_no_cache(lead, caplog):
    caplog.set_level(logging.DEBUG)
    made = invite(lead)
    assert "no-store" in made["Cache-Control"]
    token = token_in(made.content.decode())
    accept(token, "a b", Client(enforce_csrf_checks=True))
    for _ in range(2):
        accept(token)
    assert caplog.records
    assert token not in caplog.text


def test_guesses_at_links_become_slow(db):
    said = [accept("x" * 43).status_code for _ in range(32)]
    assert said == [410] * 30 + [429] * 2
