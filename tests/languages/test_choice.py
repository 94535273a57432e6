"""Which language a person gets: their own choice, then this browser's, then what it asks for."""

import re
import struct
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.staticfiles import finders
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from chat.models import Preferences
from tests.accounts.test_sign_in import ELSEWHERE

RUSSIAN = {"accept-language": "ru-RU,ru;q=0.9,en;q=0.5"}
ENGLISH = {"accept-language": "en-GB"}


def language_of(response: HttpResponse) -> str:
    found = re.search(r'<html lang="([^"]+)"', response.text)
    assert found
    assert response["content-language"] == found[1]
    return found[1]


def cookie(client: Client) -> str:
    kept = client.cookies.get(settings.LANGUAGE_COOKIE_NAME)
    return kept.value if kept else ""


@pytest.mark.parametrize(
    ("asked", "language"),
    [("ru-RU,ru;q=0.9", "ru"), ("de,ru;q=0.5", "ru"), ("en", "en"), ("de", "en"), ("", "en")],
)
def test_the_browser_asks(client, db, asked, language):
    response = client.get(reverse("accounts:sign-in"), headers={"accept-language": asked})
    assert language_of(response) == language
    assert ("Войти" in response.text) == (language == "ru")


def test_a_choice_on_the_sign_in_page_is_kept_by_the_browser(client, db):
    page = reverse("accounts:sign-in")
    assert 'lang="ru"' in client.get(page, headers=ENGLISH).text  # the button that offers it
    answer = client.post(reverse("language"), {"language": "ru", "next": page})
    assert answer.status_code == 302
    assert language_of(client.get(page, headers=ENGLISH)) == "ru"


@pytest.mark.parametrize("address", ELSEWHERE)
@pytest.mark.parametrize("where", ["next", "Referer"])
def test_s26_a_choice_of_language_leads_to_no_other_site(client, db, address, where):
    chosen = {"language": "ru"} | ({"next": address} if where == "next" else {})
    headers = {"Referer": address} if where == "Referer" else {}
    answer = client.post(reverse("language"), chosen, headers=headers)
    assert (answer.status_code, answer["Location"]) == (302, "/")


def test_each_language_is_offered_under_the_name_that_its_speakers_know(client, alice):
    pages = [client.get(reverse("accounts:sign-in"), headers=RUSSIAN).text]
    client.force_login(alice)
    pages.append(client.get(reverse("chat:new"), headers=RUSSIAN).text)
    for page in pages:
        assert 'lang="en">English<' in page
        assert re.search('lang="ru"[^>]*>Русский<', page)


def test_what_a_person_has_set_wins_and_stays_after_they_have_signed_out(client, alice):
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    client.force_login(alice)
    Preferences.objects.change(alice, language="ru")
    assert language_of(client.get(reverse("chat:new"), headers=ENGLISH)) == "ru"
    assert cookie(client) == "ru"
    client.post(reverse("accounts:sign-out"))
    assert language_of(client.get(reverse("accounts:sign-in"), headers=ENGLISH)) == "ru"


def test_leaving_it_to_the_browser_takes_the_choice_back(client, alice):
    client.force_login(alice)
    for language in ("ru", ""):
        client.post(
            reverse("chat:preferences"), {"language": language}, content_type="application/json"
        )
    assert language_of(client.get(reverse("chat:new"), headers=ENGLISH)) == "en"
    assert language_of(client.get(reverse("chat:new"), headers=RUSSIAN)) == "ru"


def test_an_error_page_speaks_the_language_too(client, db):
    response = client.get("/nothing-here/", headers=RUSSIAN)
    assert response.status_code == 404
    assert "Здесь ничего нет" in response.text


def test_the_manifest_speaks_it_too_and_names_only_what_is_there(client, db):
    manifest = client.get(reverse("chat:manifest"), headers=RUSSIAN).json()
    assert manifest["lang"] == "ru"
    assert manifest["shortcuts"][0]["name"] == "Новый чат"
    assert manifest["start_url"] == manifest["scope"] == reverse("chat:new")
    for icon in manifest["icons"]:
        path = finders.find(icon["src"].removeprefix(settings.STATIC_URL))
        if icon["type"] == "image/png":
            width, height = struct.unpack(">II", Path(str(path)).read_bytes()[16:24])
            assert icon["sizes"] == f"{width}x{height}"


def test_the_button_changes_what_a_person_has_set_for_themselves(db, client):
    person = User.objects.create_user("nina")
    Preferences.objects.change(person, language="en")
    client.force_login(person)
    client.post(reverse("language"), {"language": "ru", "next": "/account/"}, headers=ENGLISH)
    assert language_of(client.get("/account/", headers=ENGLISH)) == "ru"
    client.post(reverse("language"), {"language": "tlh"})
    assert Preferences.objects.of(person).language == "ru"
