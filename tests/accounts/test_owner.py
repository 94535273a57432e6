"""The owner's link: the only way to become the owner, once, within the hour, and for one."""

import logging
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from io import StringIO
from threading import Barrier

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.models import LIFE, OwnerLink
from accounts.owner import make_link, needs_owner

PASSWORD = "seven swans a-swimming"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def token_of(link: str) -> str:
    return link.partition("#")[2]


def post(client: Client, token: str, name: str = "olga", password: str = PASSWORD, again=None):
    """What the page sends when there is no owner yet."""
    return client.post(
        reverse("accounts:owner"),
        {
            "token": token,
            "username": name,
            "password1": password,
            "password2": password if again is None else again,
        },
    )


def come_back(client: Client, token: str, password: str = "", again: str | None = None):
    """What the page sends when there is an owner."""
    again = password if again is None else again
    data = {"token": token, "new_password1": password, "new_password2": again}
    return client.post(reverse("accounts:owner"), data)


@pytest.fixture
def olga(db) -> User:
    return User.objects.create_superuser("olga", password=PASSWORD)


def signed_in(client: Client) -> str | None:
    person = client.session.get("_auth_user_id")
    return User.objects.get(pk=person).username if person else None


def test_the_link_leads_to_this_server_and_its_token_is_never_sent_by_itself(db, settings):
    settings.PUBLIC_URL = "https://chat.example"
    link = make_link()
    assert re.fullmatch(r"https://chat\.example/owner/#[\w-]{43}", link)


def test_the_link_works_below_a_path(db, settings):
    settings.PUBLIC_URL, settings.FORCE_SCRIPT_NAME = "https://chat.example/h2o", "/h2o"
    assert make_link().startswith("https://chat.example/h2o/owner/#")


def test_the_command_prints_a_link_and_nothing_else(db, client):
    out = StringIO()
    call_command("owner_link", stdout=out)
    post(client, token_of(out.getvalue().strip()))
    assert signed_in(client) == "olga"


def test_only_a_hash_of_the_token_is_stored(db):
    token = token_of(make_link())
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM accounts_ownerlink")
        stored = str(cursor.fetchall())
    assert token not in stored


def test_the_first_owner_chooses_a_name_and_may_do_everything(db, client):
    assert needs_owner()
    answer = post(client, token_of(make_link()))
    owner = User.objects.get()
    assert (owner.username, owner.is_superuser, owner.is_staff) == ("olga", True, True)
    assert owner.check_password(PASSWORD)
    assert (answer.status_code, answer["Location"]) == (302, reverse("chat:new"))
    assert signed_in(client) == "olga"
    assert not needs_owner()


def test_looking_at_the_page_uses_nothing_up(db, client):
    token = token_of(make_link())
    for method in (client.get, client.head, client.options):
        method(reverse("accounts:owner"))
    post(client, token)
    assert signed_in(client) == "olga"


@pytest.mark.parametrize("token", ["", "x", "ü" * 20, "a" * 5000, "\x00", "../..", "' OR 1=1 --"])
def test_s29_nobody_becomes_owner_without_the_token(db, client, token):
    make_link()
    answer = post(client, token)
    assert answer.status_code in (200, 410)
    assert needs_owner()
    assert signed_in(client) is None


def test_nobody_becomes_owner_when_no_link_is_out(db, client):
    assert post(client, "a" * 43).status_code == 410
    assert needs_owner()


def test_a_link_dies_at_its_first_use(db, client):
    token = token_of(make_link())
    post(client, token)
    stranger = Client()
    answer = come_back(stranger, token, "another password here")
    assert answer.status_code == 410
    assert "make owner" in answer.content.decode()
    assert signed_in(stranger) is None
    assert User.objects.get().check_password(PASSWORD)


@pytest.mark.parametrize(("age", "alive"), [(LIFE - timedelta(seconds=1), True), (LIFE, False)])
def test_a_link_dies_after_an_hour(db, client, age, alive):
    with time_machine.travel(NOW, tick=False):
        token = token_of(make_link())
    with time_machine.travel(NOW + age, tick=False):
        answer = post(client, token)
    assert (answer.status_code == 302) is alive
    assert needs_owner() is not alive


def test_a_new_link_replaces_the_one_before(db, client):
    old, new = token_of(make_link()), token_of(make_link())
    assert OwnerLink.objects.count() == 1
    assert post(client, old).status_code == 410
    assert post(client, new).status_code == 302


@pytest.mark.parametrize(
    ("name", "password", "again"),
    [
        ("olga", "short", "short"),
        ("olga", "password1234", "password1234"),
        ("olga", "3141592653589", "3141592653589"),
        ("olgaolgaolga", "olgaolgaolga", "olgaolgaolga"),
        ("olga", PASSWORD, PASSWORD + "!"),
        ("olga", "", ""),
        ("", PASSWORD, PASSWORD),
        ("a b", PASSWORD, PASSWORD),
    ],
)
def test_a_refused_name_or_password_uses_nothing_up(db, client, name, password, again):
    token = token_of(make_link())
    answer = post(client, token, name, password, again)
    assert answer.status_code == 200
    assert 'aria-invalid="true"' in answer.content.decode()
    assert needs_owner()
    assert post(client, token).status_code == 302


def test_the_name_of_someone_else_cannot_be_taken(db, client):
    User.objects.create_user("olga", password="her own password")
    answer = post(client, token_of(make_link()))
    assert "already exists" in answer.content.decode()
    assert not User.objects.get().is_superuser


def test_an_owner_who_lost_the_password_comes_in_and_keeps_it(olga, client):
    come_back(client, token_of(make_link()))
    assert signed_in(client) == "olga"
    olga.refresh_from_db()
    assert olga.check_password(PASSWORD)


def test_an_owner_who_lost_the_password_may_set_another(olga, client):
    come_back(client, token_of(make_link()), "a wholly new one")
    assert signed_in(client) == "olga"
    olga.refresh_from_db()
    assert olga.check_password("a wholly new one")


@pytest.mark.parametrize(
    ("password", "again"), [("a wholly new one", ""), ("", "a wholly new one"), ("olga", "olga")]
)
def test_a_refused_new_password_uses_nothing_up(olga, client, password, again):
    token = token_of(make_link())
    assert come_back(client, token, password, again).status_code == 200
    assert signed_in(client) is None
    assert come_back(client, token).status_code == 302


def test_the_link_signs_the_first_owner_in_and_nobody_else(olga, client):
    User.objects.create_user("anna", is_staff=True)
    User.objects.create_superuser("zoe", password=PASSWORD)
    come_back(client, token_of(make_link()))
    assert signed_in(client) == "olga"


def test_an_owner_who_was_locked_out_is_no_owner(olga, client):
    User.objects.filter(pk=olga.pk).update(is_active=False)
    assert needs_owner()
    post(client, token_of(make_link()), "rosa")
    assert signed_in(client) == "rosa"


def test_the_page_tells_a_stranger_no_name(olga, client):
    assert "olga" not in client.get(reverse("accounts:owner")).content.decode()


def test_the_page_is_kept_in_no_cache(db, client):
    answer = client.get(reverse("accounts:owner"))
    assert "no-store" in answer["Cache-Control"]


def test_another_site_cannot_use_the_page(db):
    browser = Client(enforce_csrf_checks=True)
    assert post(browser, token_of(make_link())).status_code == 403
    assert needs_owner()


def test_the_token_is_in_no_log_whatever_happens(db, client, caplog):
    caplog.set_level(logging.DEBUG)
    token = token_of(make_link())
    Client(enforce_csrf_checks=True).post(reverse("accounts:owner"), {"token": token})
    client.get(reverse("accounts:owner"), headers={"host": "elsewhere.example"})
    post(client, token, password="short")
    post(client, token)
    post(client, token)
    assert caplog.records
    assert token not in caplog.text


@pytest.mark.django_db(transaction=True)
def test_s29_of_many_at_once_one_becomes_owner():
    token = token_of(make_link())
    together = Barrier(6)

    def race(name: str) -> int:
        client = Client()
        together.wait()
        try:
            return int(post(client, token, name).status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(race, ["ann", "ben", "cho", "dai", "eve", "fay"]))
    assert sorted(answers).count(302) == 1
    assert User.objects.count() == 1
