"""A day's use in a hand: what the stories at a desk tell in detail, once through on a phone."""

import threading

import pytest
from playwright.sync_api import expect

from tests.browser.chat import Chat
from tests.browser.page.lists import open_list, titles
from tests.scripted_model import finish, reasoning, text

ANSWER = "Like **this**:\n\n```python\nprint('tides')\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"


def test_a_conversation_is_had_on_a_phone(open_page, alice, model, page_errors, look_at):
    page_errors.allow("ERR_INTERNET_DISCONNECTED")
    page = open_page(person=alice, size="phone", permissions=["clipboard-read", "clipboard-write"])
    chat = Chat(page)
    page.locator(".starter").first.tap()
    expect(chat.log).to_be_focused()  # and no keyboard comes up
    chat.wait_for_status("complete")

    more = threading.Event()
    model.plays(reasoning("Waves."), text(ANSWER), more, finish())
    chat.box.fill("Tides")
    page.get_by_role("button", name="Send", exact=True).tap()
    expect(chat.answer.locator("code-block")).to_contain_text("print('tides')")
    chat.box.fill("And the moon?")
    page.get_by_role("button", name="Send", exact=True).tap()
    expect(page.get_by_role("button", name="Take back")).to_be_visible()
    more.set()
    expect(chat.answers).to_have_count(3)
    chat.wait_for_status("complete")
    chat.answers.nth(1).locator("summary").tap()
    expect(page.get_by_text("Waves.")).to_be_visible()
    chat.answers.nth(1).get_by_role("button", name="Copy", exact=True).first.tap()

    chat.press("Edit")
    chat.editor.fill("And the sun?")
    chat.log.get_by_role("button", name="Send", exact=True).tap()
    expect(chat.turns.last).to_contain_text("2 / 2")
    chat.wait_for_status("complete")
    page.get_by_role("button", name="Previous version").first.tap()
    expect(chat.turns.last).to_contain_text("And the moon?")

    chat.box.fill("A thought for later")
    page.context.set_offline(True)
    expect(page.get_by_text("No connection to the server.")).to_be_visible(timeout=20_000)
    page.get_by_role("button", name="Send", exact=True).tap()
    expect(page.get_by_text("Will be sent when the connection is back.")).to_be_visible()
    look_at(page, "without a connection")
    page.context.set_offline(False)
    expect(chat.answers).to_have_count(4, timeout=20_000)
    chat.wait_for_status("complete")

    page.reload()
    expect(chat.turns.last).to_contain_text("A thought for later")
    open_list(page)
    page.get_by_role("button", name="New chat").first.tap()
    expect(chat.turns).to_have_count(0)
    page.go_back()
    expect(chat.turns.last).to_contain_text("A thought for later")
    open_list(page)
    expect(titles(page)).to_have_count(1)


@pytest.mark.parametrize("locale", ["en-US", "ru-RU"])
def test_a_phone_has_room_for_all_tabs_of_the_settings(open_page, alice, locale):
    page = open_page(person=alice, size="phone", locale=locale)
    page.locator(".composer .set").tap()
    tabs = page.get_by_role("tab")
    expect(tabs).to_have_count(5)
    for tab in tabs.all():
        expect(tab).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("locale", ["en-US", "ru-RU"])
def test_what_stands_beneath_the_composer_of_a_phone_is_one_row(open_page, alice, locale):
    page = open_page(person=alice, size="phone", locale=locale)
    fine = page.locator(".dock .fine").filter(visible=True)
    assert_one_row(fine)
    page.locator(".top .temporary").tap()
    page.locator(".composer textarea").fill("Hello")
    page.locator(".composer .send").tap()
    expect(page.locator(".welcome")).to_be_hidden()
    assert_one_row(fine)


def assert_one_row(words):
    expect(words).to_have_count(1)
    line = words.evaluate("each => parseFloat(getComputedStyle(each).lineHeight)")
    assert words.bounding_box()["height"] < 1.5 * line


def test_a_browser_finds_nothing_against_installing_it(page):
    devtools = page.context.new_cdp_session(page)
    found = devtools.send("Page.getInstallabilityErrors")["installabilityErrors"]
    assert {each["errorId"] for each in found} <= {"in-incognito"}, "as every context here is"
    assert devtools.send("Page.getAppManifest")["errors"] == []
