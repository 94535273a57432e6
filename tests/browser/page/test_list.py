"""The list of conversations: pinned, put away, brought back, several at once."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from chat.models import Conversation, Hold
from tests.browser.chat import Chat
from tests.browser.page.lists import TITLES, choose, open_list, titles
from tests.clocks import zone_at
from tests.scripted_model import failure


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_conversations_are_pinned_and_put_away_and_brought_back(
    open_page, alice, several, size, look_at
):
    page = open_page(person=alice, size=size)
    open_list(page)
    expect(titles(page)).to_have_text(TITLES)
    choose(page, "Dates", "Pin")
    expect(titles(page)).to_have_text(["Dates", "Apples", "Bread", "Cheese"])
    expect(page.get_by_role("heading", name="Pinned")).to_be_visible()
    choose(page, "Dates", "Unpin")
    expect(titles(page)).to_have_text(TITLES)

    choose(page, "Bread", "Archive")
    expect(page.get_by_role("alert")).to_contain_text("“Bread” is archived.")
    open_list(page)
    expect(titles(page)).to_have_text(["Apples", "Cheese", "Dates"])
    page.get_by_role("button", name="Archived").click()
    expect(titles(page)).to_have_text(["Bread"])
    look_at(page)
    choose(page, "Bread", "Bring back")
    expect(titles(page)).to_have_count(0)
    expect(page.get_by_text("What you archive will be listed here.")).to_be_visible()
    page.get_by_role("button", name="Archived").click()
    expect(titles(page)).to_have_text(TITLES)


def test_what_comes_late_of_one_list_is_not_put_into_another(
    open_page, server, alice, several, page_errors
):
    page_errors.allow("ERR_FAILED")
    with server.database() as alias:
        Conversation.objects.using(alias).filter(owner=alice).update(archived_at=timezone.now())
        Conversation.objects.using(alias).bulk_create(
            Conversation(id=uuid4(), owner=alice, title=f"Number {number}") for number in range(60)
        )
    page = open_page(person=alice)
    expect(titles(page)).to_have_count(50)
    late = []
    page.route("**/conversations/?after=*", lambda route: late.append(route))
    more = page.get_by_role("button", name="Show more")
    archived = page.get_by_role("button", name="Archived")
    with page.expect_request("**/conversations/?after=*"):
        more.click()
    page.route("**/conversations/?archived=1", lambda route: route.abort())
    archived.click()
    expect(page.get_by_role("alert")).to_contain_text("The server did not answer.")
    expect(archived).to_have_attribute("aria-pressed", "false")
    page.unroute("**/conversations/?archived=1")
    archived.click()
    expect(titles(page)).to_have_text(TITLES)
    with page.expect_response("**/conversations/?after=*"):
        late[0].continue_()
    page.wait_for_timeout(300)
    expect(titles(page)).to_have_text(TITLES)
    archived.click()
    expect(titles(page)).to_have_count(50)
    page.unroute("**/conversations/?after=*")
    more.click()
    expect(titles(page)).to_have_count(60)


def test_escape_closes_what_lies_on_top(open_page, alice, several):
    page = open_page(person=alice, size="phone")
    open_list(page)
    page.get_by_role("button", name="Options for “Bread”").click()
    page.keyboard.press("Escape")
    expect(page.locator("#options")).to_be_hidden()
    expect(page.locator("#app")).to_have_attribute("data-drawer", "open")
    page.keyboard.press("Escape")
    expect(page.locator("#app")).to_have_attribute("data-drawer", "closed")


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_several_are_deleted_at_once_and_come_back_in_every_tab(
    open_page, alice, several, size, look_at
):
    page = open_page(person=alice, size=size)
    other = open_page(person=alice)
    open_list(page)
    page.get_by_role("button", name="Select", exact=True).click()
    boxes = page.get_by_role("navigation", name="Conversations").get_by_role("checkbox")
    expect(boxes.first).to_be_focused()
    page.keyboard.press("Space")
    titles(page).nth(2).click()
    expect(page.get_by_role("toolbar")).to_contain_text("2 selected")
    look_at(page)
    page.get_by_role("button", name="Delete selected").click()
    for tab in (page, other):
        expect(titles(tab)).to_have_text(["Bread", "Dates"])
    expect(page.get_by_role("alert")).to_contain_text("2 conversations are deleted.")
    page.get_by_role("button", name="Undo").click()
    for tab in (page, other):
        expect(titles(tab)).to_have_text(TITLES)

    open_list(page)
    choose(page, "Apples", "Select")
    page.get_by_role("button", name="Select all").click()
    page.get_by_role("button", name="Archive selected").click()
    for tab in (page, other):
        expect(titles(tab)).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    for tab in (page, other):
        expect(titles(tab)).to_have_text(TITLES)


def test_the_way_back_outlasts_the_next_message(open_page, server, alice, several, model):
    page = open_page(person=alice)
    expect(titles(page)).to_have_text(TITLES)
    with server.database() as alias:
        held = Conversation.objects.using(alias).get(owner=alice, title="Bread")
        Hold.objects.using(alias).create(conversation=held, subject="it", reason="a test")
    choose(page, "Bread", "Delete")
    expect(titles(page)).to_have_count(3)
    expect(page.get_by_role("alert")).to_contain_text("A legal hold keeps it from being erased.")
    chat = Chat(page)
    model.plays(failure("Broken."))
    chat.say("Hello")
    chat.wait_for_status("failed")
    page.get_by_role("alert").get_by_role("button", name="Undo").click()
    expect(titles(page)).to_have_text(["Hello", *TITLES])
    expect(page.get_by_role("button", name="Undo")).to_have_count(0)


def test_the_list_tells_days_by_the_readers_clock(open_page, server, alice, several):
    with server.database() as alias:
        late = Conversation.objects.using(alias).filter(owner=alice, title="Apples")
        late.update(active_at=timezone.now() - timedelta(minutes=65))
    page = open_page(person=alice, timezone_id=zone_at(hour=0))
    days = page.locator("nav.conversations h2")
    expect(days.first).to_have_text("Yesterday")
    page.reload()
    expect(days.first).to_have_text("Yesterday")
    found = page.get_by_role("region", name="Search results").get_by_role("time")
    page.get_by_role("searchbox", name="Search").fill("apples")
    expect(found.first).to_have_text("Yesterday")
    noon = open_page(person=alice, timezone_id=zone_at(hour=12))
    expect(noon.locator("nav.conversations h2").first).to_have_text("Today")
    noon.get_by_role("searchbox", name="Search").fill("apples")
    found = noon.get_by_role("region", name="Search results").get_by_role("time")
    expect(found.first).to_have_text(re.compile(r"^1[01]:\d\d$"))
