"""The account of a person in a real browser: passkeys, browsers, codes, and its end."""

from __future__ import annotations

import threading

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from chat.models import Conversation
from tests.browser.application import Application
from tests.browser.chat import Chat
from tests.browser.conftest import LookAt, OpenPage
from tests.browser.keys import go_to, press
from tests.scripted_model import finish, text


def password_of(person: User) -> str:
    return f"{person.username} likes long walks"


@pytest.fixture
def alice(server: Application) -> User:
    """Someone whose password is stored as the application itself would."""
    person = server.person()
    person.password = PBKDF2PasswordHasher().encode(password_of(person), "salt", iterations=1000)
    with server.database() as alias:
        person.save(using=alias)
    return person


def sign_in(page: Page, person: User) -> None:
    page.get_by_label("Name or mail address").fill(person.username)
    page.get_by_label("Password").fill(password_of(person))
    page.get_by_role("button", name="Sign in", exact=True).click()


def confirm(page: Page, person: User) -> None:
    expect(page.get_by_role("heading", name="Is it you?")).to_be_visible()
    page.get_by_label("Password").fill(password_of(person))
    page.get_by_role("button", name="Go on").click()


def with_authenticator(page: Page) -> None:
    """A device that holds passkeys and always finds that it is the right finger."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def test_a_passkey_is_added_and_signs_in_with_and_without_a_password(
    open_page: OpenPage, server: Application, alice: User
):
    site = f"http://localhost:{server.port}"  # passkeys are for names, not for numbers
    page = open_page("/sign-in/")
    with_authenticator(page)
    page.goto(f"{site}/sign-in/?next=/account/two-factor/passkeys/add/")
    sign_in(page, alice)
    confirm(page, alice)
    page.get_by_label("Name").fill("My laptop")
    page.get_by_label("Sign in with this passkey alone").check()
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    codes = page.locator(".codes li").all_inner_texts()
    assert len(codes) == 10
    page.goto(f"{site}/account/two-factor/")
    expect(page.get_by_text("My laptop")).to_be_visible()

    def sign_out() -> None:
        page.goto(f"{site}/account/")
        page.get_by_role("button", name="Sign out here").click()
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()

    sign_out()
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("textbox", name="Message")).to_be_visible()

    sign_out()
    sign_in(page, alice)
    expect(page.get_by_role("heading", name="One more step")).to_be_visible()
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("textbox", name="Message")).to_be_visible()

    sign_out()
    sign_in(page, alice)
    page.get_by_label("Code").fill(codes[0])
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("textbox", name="Message")).to_be_visible()


def test_whoever_has_no_mouse_signs_in(open_page: OpenPage, alice: User):
    page = open_page("/sign-in/?next=/account/")
    expect(page.get_by_label("Name or mail address")).to_be_focused()
    page.keyboard.type(alice.username)
    go_to(page, page.get_by_label("Password"))
    page.keyboard.type(password_of(alice))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Where you are signed in")).to_be_visible()
    page.keyboard.press("Tab")
    go_to(page, page.get_by_label("First name"))
    page.keyboard.type("Alice")
    press(page, "Save", back=False)
    expect(page.get_by_role("status")).to_have_text("Saved.")


@pytest.mark.parametrize(("size", "theme"), [("desk", "light"), ("phone", "dark")])
def test_the_pages_of_an_account_are_whole(
    open_page: OpenPage, look_at: LookAt, server: Application, alice: User, size, theme
):
    site = f"http://localhost:{server.port}"
    page = open_page("/sign-in/", size=size, theme=theme)
    with_authenticator(page)
    page.goto(f"{site}/sign-in/?next=/account/")
    sign_in(page, alice)
    expect(page.get_by_role("heading", name="Where you are signed in")).to_be_visible()
    look_at(page)
    page.get_by_label("First name").fill("Alice")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_have_text("Saved.")
    look_at(page, "saved")
    page.get_by_role("link", name="Change password").click()
    look_at(page)
    page.get_by_role("main").get_by_role("button").first.click()
    look_at(page, "nothing filled in")
    page.goto(f"{site}/account/two-factor/app/")
    look_at(page, "is it you?")
    confirm(page, alice)
    expect(page.get_by_role("img")).to_be_visible()
    look_at(page)
    page.goto(f"{site}/account/two-factor/passkeys/add/")
    look_at(page)
    page.get_by_label("Name").fill("My laptop")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    look_at(page)
    page.goto(f"{site}/account/two-factor/")
    expect(page.get_by_text("My laptop")).to_be_visible()
    look_at(page)
    page.get_by_role("link", name="Remove My laptop").click()
    look_at(page)
    for place in ("/account/erase/", "/account/two-factor/codes/", "/readings/"):
        page.goto(f"{site}{place}")
        look_at(page)


def test_an_account_is_erased_while_an_answer_is_being_written(
    open_page: OpenPage, server: Application, model, alice: User, page_errors
):
    never = threading.Event()
    model.plays(text("Once upon a time"), never, finish())
    chat = Chat(open_page(person=alice))
    chat.say("Tell me a story")
    chat.wait_for_text()
    page = chat.page.context.new_page()
    page.goto(f"{server.url}/account/erase/")
    confirm(page, alice)
    expect(page.get_by_role("heading", name="Erase your account")).to_be_visible()
    page.get_by_label("Erase my account and everything in it").check()
    page.get_by_role("button", name="Erase").click()
    expect(page.get_by_role("heading", name="It is gone")).to_be_visible(timeout=20_000)
    never.set()
    expect(chat.page.get_by_role("heading", name="Sign in")).to_be_visible(timeout=15_000)
    with server.database() as alias:
        assert not User.objects.using(alias).filter(pk=alice.pk).exists()
        assert not Conversation.objects.using(alias).filter(owner_id=alice.pk).exists()
