"""A request that cannot be understood gets a page, not a crash."""

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from accounts import roles
from accounts.roles import Role

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("charset", ["utf-7", "utf-16"])
def test_a_form_in_a_charset_of_its_own_is_a_bad_request(charset):
    client = Client(enforce_csrf_checks=True)
    client.cookies[settings.CSRF_COOKIE_NAME] = "x" * 32
    kind = f"application/x-www-form-urlencoded; charset={charset}"
    answer = client.post(reverse("accounts:sign-in"), b"username=a", content_type=kind)
    assert answer.status_code == 400
    assert b"<main" in answer.content


def test_a_fault_of_ours_gets_our_page(client, monkeypatch):
    client.raise_request_exception = False
    monkeypatch.setattr("accounts.views.sign_in.SignIn.get", _fails)
    answer = client.get(reverse("accounts:sign-in"))
    assert answer.status_code == 500
    assert b"<main" in answer.content


def _fails(*args, **kwargs):
    raise RuntimeError("on purpose")


def test_a_column_of_no_name_is_a_bad_request(alice, client):
    roles.give(alice, Role.LEAD)
    client.force_login(alice)
    assert client.get("/admin/auth/user/1/change/", {"_to_field": ""}).status_code == 400


def test_a_number_that_no_row_can_have_is_a_bad_request(alice, client, monkeypatch):
    def overflow(*_):
        raise OverflowError("Python int too large to convert to SQLite INTEGER")

    monkeypatch.setattr("chat.views.pages._chat_page", overflow)
    client.force_login(alice)
    assert client.get("/").status_code == 400
