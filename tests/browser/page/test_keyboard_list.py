"""The list of conversations is kept in order without a mouse."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from django.utils import timezone
from playwright.sync_api import Page, expect

from chat.models import Conversation, Message
from tests.browser.chat import Chat
from tests.browser.keys import close, go_to, is_open, press, type_over
from tests.browser.page.cut import cut_the_line, mend_the_line
from tests.browser.page.lists import TITLES, titles


def choose_from_list(page: Page, title: str, choice: str) -> None:
    """Open the menu of a conversation of the list, and choose from it."""
    options = page.get_by_role("button", name=f"Options for “{title}”")
    go_to(page, options)
    page.keyboard.press("Enter")
    expect(page.locator("#options :focus")).to_have_count(1)
    go_to(page, page.locator("#options").get_by_role("button", name=choice, exact=True))
    page.keyboard.press("Enter")


def test_conversations_are_kept_in_order_without_a_mouse(open_page, alice, several):
    page = open_page(person=alice)
    choose_from_list(page, "Cheese", "Pin")
    expect(titles(page).first).to_have_text("Cheese")
    expect(page.get_by_role("link", name="Dates")).to_be_focused()  # which was the next one
    choose_from_list(page, "Cheese", "Unpin")
    expect(titles(page)).to_have_text(TITLES)
    choose_from_list(page, "Bread", "Rename")
    expect(page.get_by_role("dialog").get_by_role("textbox")).to_be_focused()
    type_over(page, "Rolls")
    press(page, "Save", back=False)
    expect(titles(page).nth(1)).to_have_text("Rolls")
    choose_from_list(page, "Rolls", "Archive")
    expect(titles(page)).to_have_text(["Apples", "Cheese", "Dates"])
    archived = press(page, "Archived", back=False)
    expect(titles(page)).to_have_text(["Rolls"])
    choose_from_list(page, "Rolls", "Bring back")
    expect(titles(page)).to_have_count(0)
    go_to(page, archived)
    page.keyboard.press("Enter")
    choose_from_list(page, "Dates", "Delete")
    expect(page.get_by_role("alert")).to_contain_text("“Dates” is deleted.")
    expect(titles(page)).to_have_text(["Apples", "Rolls", "Cheese"])
    press(page, "Undo", back=False)
    expect(titles(page)).to_have_count(4)

    press(page, "Select", back=False)
    expect(page.get_by_role("checkbox", name="Select “Apples”")).to_be_focused()
    press(page, "Select all", back=False)
    press(page, "Delete selected", back=False)
    expect(page.get_by_role("alert")).to_contain_text("4 conversations are deleted.")
    expect(titles(page)).to_have_count(0)
    press(page, "Undo", back=False)
    expect(titles(page)).to_have_count(4)

    choose_from_list(page, "Cheese", "Select")
    expect(page.get_by_role("checkbox", name="Select “Cheese”")).to_be_focused()
    press(page, "Archive selected", back=False)
    expect(titles(page)).to_have_count(3)
    archived = press(page, "Archived")
    expect(titles(page)).to_have_text(["Cheese"])
    press(page, "Select", back=False)
    page.keyboard.press("Space")
    press(page, "Bring selected back", back=False)
    expect(titles(page)).to_have_count(0)
    go_to(page, archived, key="Shift+Tab")
    page.keyboard.press("Enter")
    expect(titles(page)).to_have_count(4)
    select = press(page, "Select", back=False)
    page.keyboard.press("Space")
    press(page, "Export selected", back=False)
    close(page, select)
    page.keyboard.press("Enter")
    press(page, "Stop selecting", back=False)
    expect(select).to_be_focused()

    go_to(page, page.get_by_role("link", name="Apples"), key="Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Apples")
    page.keyboard.press("Control+Shift+F")
    expect(page.get_by_role("searchbox", name="Search")).to_be_focused()
    page.keyboard.insert_text("dat")
    expect(page.get_by_role("region", name="Search results")).to_contain_text("Dates")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Dates")
    page.keyboard.press("Control+Shift+F")
    page.keyboard.press("Escape")
    expect(titles(page).first).to_be_visible()

    page.keyboard.press("Shift+Escape")
    rename = press(page, "Rename")
    is_open(page, "Rename conversation")
    press(page, "Cancel", back=False)
    expect(rename).to_be_focused()
    press(page, "Delete", back=False)
    expect(page.get_by_role("alert")).to_contain_text("“Dates” is deleted.")
    expect(Chat(page).box).to_be_focused()


def test_more_of_what_is_listed_or_found_is_shown_without_a_mouse(open_page, alice, server):
    with server.database() as alias:
        for number in range(60):
            at = timezone.now() - timedelta(minutes=number)
            conversation = Conversation(id=uuid4(), owner=alice, title=f"{number}", active_at=at)
            conversation.save(using=alias)
            Message.objects.using(alias).create(
                id=uuid4(), conversation=conversation, role="user", text="tides", status="complete"
            )
    page = open_page(person=alice)
    press(page, "Show more")
    expect(titles(page)).to_have_count(60)
    expect(page.get_by_role("link", name="50", exact=True)).to_be_focused()
    page.keyboard.press("Control+K")
    page.keyboard.type("tides")
    found = page.get_by_role("region", name="Search results").get_by_role("listitem")
    expect(found).to_have_count(20)
    press(page, "Show more", back=False)
    expect(found).to_have_count(40)
    expect(found.nth(20).get_by_role("link")).to_be_focused()


def test_what_went_wrong_is_put_right_without_a_mouse(open_page, alice, several, page_errors):
    page_errors.allow("502")
    page = open_page(person=alice)
    box = Chat(page).box
    page.route("**/delete/", lambda route: route.fulfill(status=502), times=1)
    choose_from_list(page, "Bread", "Delete")
    press(page, "Try again", back=False)
    expect(titles(page)).to_have_count(3)
    expect(box).to_be_focused()
    press(page, "Dismiss")
    expect(page.get_by_role("alert")).to_be_empty()
    expect(box).to_be_focused()

    cut_the_line(page)
    go_to(page, page.get_by_role("button", name="Try now"), key="Shift+Tab")
    mend_the_line(page)
    page.keyboard.press("Enter")
    page.clock.fast_forward(20_000)
    expect(page.get_by_text("No connection to the server.")).to_be_hidden()
    expect(box).to_be_focused()
