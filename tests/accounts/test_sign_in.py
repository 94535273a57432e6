"""Sign-in, sign-out and passwords."""

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

PASSWORD = "seven swans a-swimming"
SIGN_IN, SIGN_OUT = "/sign-in/", "/sign-out/"
ELSEWHERE = [  # addresses that a browser could take for another site's
    "//evil.example",
    "///evil.example",
    "////evil.example/%2e%2e",
    "/\\evil.example",
    "\\\\evil.example",
    "https://evil.example",
    "https:///evil.example",
    "https:evil.example",
    "http://testserver@evil.example",
    "http://testserver.evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "\x08//evil.example",
    " //evil.example",
    "\t//evil.example",
    "/\t/evil.example",
]


@pytest.fixture
def alice(db) -> User:
    return User.objects.create_user("alice", password=PASSWORD)


def sign_in(client: Client, password: str = PASSWORD, **data: str):
    return client.post(SIGN_IN, {"username": "alice", "password": password, **data})


def is_signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_the_right_password_leads_to_the_chat(alice, client):
    answer = sign_in(client)
    assert (answer.status_code, answer["Location"]) == (302, reverse("chat:new"))
    assert is_signed_in(client)


def test_a_wrong_password_is_told_and_lets_nobody_in(alice, client):
    page = sign_in(client, "wrong").content.decode()
    assert 'role="alert"' in page
    assert not is_signed_in(client)


def test_a_name_that_does_not_exist_is_answered_like_a_wrong_password(alice, client):
    wrong = sign_in(client, "wrong").context["form"].errors
    unknown = client.post(SIGN_IN, {"username": "nobody", "password": "wrong"})
    assert unknown.context["form"].errors == wrong


class Slow(MD5PasswordHasher):
    """Counts how often it is asked, which is what takes the time."""

    asked: list[str] = []

    def encode(self, password: str, salt: str) -> str:
        self.asked.append(password)
        return super().encode(password, salt)


@pytest.mark.parametrize(
    "name",
    [
        "alice",
        "ALICE@example.org",
        "nobody",
        "nobody@example.org",
        "closed",
        "elsewhere",
        "é" * 200,
    ],
)
def test_no_name_is_told_by_how_long_its_refusal_takes(alice, client, settings, name):
    settings.PASSWORD_HASHERS = [f"{__name__}.Slow"]
    User.objects.create_user("closed", password=PASSWORD, is_active=False)
    User.objects.create_user("elsewhere")  # has no password
    User.objects.filter(pk=alice.pk).update(email="alice@example.org")
    Slow.asked.clear()
    client.post(SIGN_IN, {"username": name, "password": "wrong"})
    assert len(Slow.asked) == 1
    assert not is_signed_in(client)


def test_who_is_deactivated_stays_out(alice, client):
    User.objects.update(is_active=False)
    sign_in(client)
    assert not is_signed_in(client)


def test_sign_in_leads_back_to_where_the_person_wanted_to_go(alice, client):
    assert sign_in(client, next="/c/1/?message=2")["Location"] == "/c/1/?message=2"


@pytest.mark.parametrize("address", ELSEWHERE)
def test_s26_sign_in_leads_to_no_other_site(alice, client, address):
    assert sign_in(client, next=address)["Location"] == reverse("chat:new")


@pytest.mark.parametrize("address", ["//evil.example", "/\\evil.example", "https://evil.example"])
def test_s26_who_is_signed_in_already_is_led_to_no_other_site(alice, client, address):
    client.force_login(alice)
    assert client.get(SIGN_IN, {"next": address})["Location"] == reverse("chat:new")


def test_sign_in_changes_the_session_key(alice, client):
    client.session["seen"] = True
    client.session.save()
    before = client.session.session_key
    sign_in(client)
    assert client.session.session_key != before


def test_sign_in_needs_the_token_of_its_own_page(alice):
    browser = Client(enforce_csrf_checks=True)
    answer = sign_in(browser)
    assert answer.status_code == 403
    assert "Please try that again" in answer.content.decode()


def test_sign_out_is_a_post(alice, client):
    client.force_login(alice)
    assert client.get(SIGN_OUT).status_code == 405
    assert is_signed_in(client)
    assert client.post(SIGN_OUT)["Location"] == SIGN_IN
    assert not is_signed_in(client)


def test_the_page_says_how_to_become_owner_while_there_is_none(db, client):
    assert "make owner" in client.get(SIGN_IN).content.decode()
    User.objects.create_superuser("olga", password=PASSWORD)
    assert "make owner" not in client.get(SIGN_IN).content.decode()


def test_a_password_is_changed_by_who_knows_it(alice, client):
    client.force_login(alice)
    data = {"old_password": PASSWORD, "new_password1": "wholly new", "new_password2": "wholly new"}
    assert client.post("/password/", {**data, "old_password": "wrong"}).status_code == 200
    assert client.post("/password/", data)["Location"] == "/password/changed/"
    assert client.get("/password/changed/").status_code == 200
    alice.refresh_from_db()
    assert alice.check_password("wholly new")


def test_a_changed_password_signs_other_browsers_out(alice, client):
    other = Client()
    client.force_login(alice)
    other.force_login(alice)
    data = {"old_password": PASSWORD, "new_password1": "wholly new", "new_password2": "wholly new"}
    client.post("/password/", data)
    assert client.get("/password/").status_code == 200
    assert other.get("/password/")["Location"].startswith(SIGN_IN)


def test_the_password_page_is_for_who_is_signed_in(client):
    assert client.get("/password/")["Location"] == f"{SIGN_IN}?next=/password/"
