"""Every page, not only the chat, is gone through without a mouse, and shows where one is."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.keys import walk

PAGES = ("/account/", "/account/erase/", "/account/confirm/again/", "/password/", "/readings/")


def test_nothing_on_a_page_is_out_of_reach(open_page, server, alice):
    page = open_page("/sign-in/")
    assert walk(page) == []
    page = open_page("/", person=alice)
    expect(page.get_by_role("button", name="Context: ")).to_be_visible()  # comes with the models
    assert walk(page) == []
    for address in PAGES:
        page.goto(f"{server.url}{address}")
        assert walk(page) == [], address


def test_what_is_out_of_reach_is_found(open_page):
    page = open_page("/sign-in/")
    page.evaluate("""() => {
      const button = document.querySelector("form button");
      button.addEventListener("focus", () => button.blur());
    }""")
    assert len(walk(page)) == 1
