"""Every page outside the chat and the administration is whole and usable for everybody."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import expect

from tests.browser.application import Application
from tests.browser.conftest import LookAt, OpenPage
from tests.browser.looking import findings

LOOKS = pytest.mark.parametrize(("size", "theme"), [("desk", "light"), ("phone", "dark")])
# Pages that nobody needs to be signed in for, on a server with mail and open sign-up.
STRANGERS = (
    "/sign-up/",
    "/password/forgotten/",
    "/password/forgotten/done/",
    "/sign-in/inactive/",
    "/sign-in/not/",
    "/owner/",
    "/invitation/",
)

FORGED = """() => {
  const form = document.createElement("form");
  Object.assign(form, { method: "post", action: "/sign-out/" });
  document.body.append(form);
  form.submit();
}"""


@pytest.fixture
def open_house(new_server: Callable[..., Application]) -> Application:
    """The application with everything that a server can offer a stranger."""
    return new_server(SIGN_UP="open", EMAIL_URL="console:")


@LOOKS
def test_the_pages_of_strangers(open_page, look_at: LookAt, open_house, page_errors, size, theme):
    page_errors.allow("404|410|403|400")
    page = open_page("/sign-in/", server=open_house, size=size, theme=theme)
    look_at(page)
    page.get_by_label("Name or mail address").fill("nobody")
    page.get_by_label("Password").fill("nothing")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("alert")).to_be_visible()
    look_at(page, "a wrong password")
    for address in STRANGERS:
        page.goto(f"{open_house.url}{address}")
        look_at(page)
    page.goto(f"{open_house.url}/password/forgotten/")
    page.get_by_role("textbox").first.fill("alice@example.org")
    page.get_by_role("main").get_by_role("button").first.click()
    expect(page).to_have_url(re.compile("/code/"))
    look_at(page)


@LOOKS
def test_the_pages_of_errors(open_page, look_at: LookAt, server, page_errors, alice, size, theme):
    page_errors.allow("404|403")
    page = open_page("/nothing/here/", person=alice, size=size, theme=theme)
    look_at(page, "nothing there")
    page.goto(f"{server.url}/readings/")
    look_at(page)
    page.evaluate(FORGED)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    look_at(page, "a form of another page")


@LOOKS
def test_the_page_that_asks_to_sign_in_once_more(open_page, look_at: LookAt, server, size, theme):
    """Whoever has neither a password nor a second factor has nothing else to show."""
    person = server.person()
    with server.database() as alias:
        person = User.objects.using(alias).get(pk=person.pk)
        person.set_unusable_password()
        person.save()
    page = open_page("/account/confirm/again/", person=person, size=size, theme=theme)
    expect(page.get_by_role("heading", name="Is it you?")).to_be_visible()
    look_at(page)


def test_axe_is_at_work(open_page: OpenPage):
    page = open_page("/")
    assert findings(page) == []
    page.evaluate("document.body.append(new Image())")
    page.evaluate("document.body.style.width = '200vw'")
    found = findings(page)
    assert any("image-alt" in complaint for complaint in found)
    assert any("sideways" in complaint for complaint in found)
