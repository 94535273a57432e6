"""A long conversation comes in parts, and the reader keeps their place in it."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from chat.models import Conversation, Message
from tests.browser.chat import Chat
from tests.browser.page.lists import open_list

LONG = 200  # messages


@pytest.fixture
def long_thread(server, alice) -> list[Message]:
    """A conversation of alice's in which every message tells its number."""
    with server.database() as alias:
        conversation = Conversation.objects.using(alias).create(
            id=uuid4(), owner=alice, title="A long one"
        )
        began = timezone.now() - timedelta(days=1)
        messages: list[Message] = []
        for number in range(LONG):
            message = Message(
                id=uuid4(),
                conversation=conversation,
                parent=messages[-1] if messages else None,
                depth=number,
                role="assistant" if number % 2 else "user",
                text=f"Number {number}. " + "Some more words of it. " * (number % 7),
                status="complete",
                created_at=began + timedelta(seconds=number),
            )
            messages.append(message)
        Message.objects.using(alias).bulk_create(messages)
        conversation.leaf = messages[-1]
        conversation.save(using=alias, update_fields=["leaf"])
    return messages


def row(page: Page, number: int):
    return page.locator("[data-message]", has_text=re.compile(rf"\bNumber {number}\."))


def top(page: Page, number: int) -> float:
    box = row(page, number).bounding_box()
    assert box is not None
    return float(box["y"])


def scroll_to_top(page: Page) -> None:
    page.locator(".log").evaluate("log => { log.scrollTop = 0 }")


def numbers(page: Page) -> list[int]:
    texts = page.locator("[data-message]").all_inner_texts()
    return [int(re.search(r"Number (\d+)", text)[1]) for text in texts]


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_older_messages_come_as_the_reader_scrolls_and_nothing_jumps(
    open_page, alice, long_thread, model, size
):
    page = open_page(f"/c/{long_thread[0].conversation_id}/", person=alice, size=size)
    chat = Chat(page)
    expect(row(page, LONG - 1)).to_be_in_viewport()
    first = min(numbers(page))
    assert first > LONG / 2
    scroll_to_top(page)
    expect(row(page, first - 1)).to_be_attached()
    expect(row(page, first)).to_be_in_viewport()  # what was at the top is still in sight
    while not row(page, 0).count():
        oldest = min(numbers(page))
        scroll_to_top(page)
        expect(row(page, max(0, oldest - 1))).to_be_attached()
    assert numbers(page) == list(range(LONG))
    expect(page.locator(".thread[data-older]")).to_have_count(0)
    page.get_by_role("button", name="Scroll to newest").click()
    expect(row(page, LONG - 1)).to_be_in_viewport()
    model.says("That was the last word.")
    chat.say("And the end?")
    chat.wait_for_status("complete")
    assert chat.text() == "Thatwasthelastword."
    expect(chat.answer).to_be_in_viewport()


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_a_link_opens_the_part_that_holds_its_message(open_page, alice, long_thread, model, size):
    asked = long_thread[80]
    address = f"/c/{asked.conversation_id}/?message={asked.id}"
    page = open_page(address, person=alice, size=size)
    expect(row(page, 80)).to_be_in_viewport()
    expect(row(page, 80)).to_be_focused()
    assert len(numbers(page)) < 100
    # What is said from here follows the end of the conversation, not what is in sight.
    model.says("To the end of it.")
    chat = Chat(page)
    chat.say("Go on")
    chat.wait_for_status("complete")
    expect(row(page, LONG - 1)).to_be_attached()
    expect(chat.turns.last).to_have_attribute("data-parent", str(long_thread[-1].id))
    expect(page.locator(".thread[data-newer]")).to_have_count(0)


def test_what_is_said_amid_a_thread_stays_in_its_box_until_the_end_is_there(
    open_page, alice, long_thread, model, page_errors
):
    page_errors.allow("Failed to load resource")
    asked = long_thread[80]
    page = open_page(f"/c/{asked.conversation_id}/?message={asked.id}", person=alice)
    chat = Chat(page)
    asked_for = []
    page.route("**/messages/?through=*", lambda route: asked_for.append(route))
    chat.say("Go on")
    chat.box.press("Enter")
    expect(chat.box).to_have_value("Go on")
    page.get_by_role("button", name="New chat").last.click()
    expect(chat.box).to_have_value("")
    page.go_back()
    expect(chat.box).to_have_value("Go on")
    for route in asked_for:
        route.abort()
    page.unroute("**/messages/?through=*")
    page.context.set_offline(True)
    chat.box.press("Enter")
    again = page.get_by_role("alert").get_by_role("button", name="Try again")
    expect(again).to_be_visible()
    expect(chat.box).to_have_value("Go on")
    page.context.set_offline(False)
    model.says("To the end of it.")
    again.click()
    expect(chat.answer).to_contain_text("To the end of it.")
    expect(chat.turns.last).to_have_attribute("data-parent", str(long_thread[-1].id))
    expect(chat.box).to_have_value("")
    assert [each.request["messages"][-1]["content"] for each in model.answers] == ["Go on"]


def test_a_link_is_copied_and_newer_messages_come_below(open_page, alice, long_thread):
    asked = long_thread[20]
    page = open_page(f"/c/{asked.conversation_id}/?message={asked.id}", person=alice)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    row(page, 20).hover()
    row(page, 20).get_by_role("button", name="Copy link").click()
    expect(page.locator(".announcer")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == page.url
    for _ in range(30):
        if row(page, LONG - 1).count():
            break
        last = max(numbers(page))
        page.locator(".log").evaluate("log => { log.scrollTop = log.scrollHeight }")
        expect(row(page, min(last + 1, LONG - 1))).to_be_attached()
    assert numbers(page)[-1] == LONG - 1


@pytest.mark.parametrize("way", ["list", "reload", "reload elsewhere"])
def test_the_readers_place_is_kept_on_coming_back(open_page, alice, long_thread, way):
    page = open_page(f"/c/{long_thread[0].conversation_id}/", person=alice)
    first = min(numbers(page))
    scroll_to_top(page)
    expect(row(page, first - 1)).to_be_attached()
    scroll_to_top(page)
    expect(row(page, first - 31)).to_be_attached()
    page.locator(".log").evaluate("log => { log.scrollTop = 900 }")
    page.wait_for_function("() => history.state?.scroll")
    at = next(number for number in numbers(page) if top(page, number) > 100)
    before = top(page, at)
    if way == "reload":
        page.reload()
    elif way == "reload elsewhere":
        page.get_by_role("button", name="New chat").click()
        expect(page.locator("[data-message]")).to_have_count(0)
        page.reload()
        page.go_back()
    else:
        page.get_by_role("button", name="New chat").click()
        expect(page.locator("[data-message]")).to_have_count(0)
        page.go_back()
    expect(row(page, at)).to_be_in_viewport()
    page.wait_for_function(
        "([id, y]) => Math.abs(document.querySelector(`[data-message='${id}']`)"
        ".getBoundingClientRect().top - y) < 3",
        arg=[str(long_thread[at].id), before],
    )


def test_an_edit_in_the_past_begins_a_branch_there(open_page, alice, long_thread, model):
    asked = long_thread[80]
    page = open_page(f"/c/{asked.conversation_id}/?message={asked.id}", person=alice)
    model.says("Another way.")
    row(page, 80).hover()
    row(page, 80).get_by_role("button", name="Edit").click()
    chat = Chat(page)
    chat.rewrite("Number 80. Put in another way")
    chat.wait_for_status("complete")
    assert chat.text() == "Anotherway."
    expect(chat.turns.last).to_have_attribute("data-parent", str(long_thread[79].id))
    expect(chat.turns.last.locator(".place")).to_have_text("2 / 2")
    chat.turns.last.get_by_role("button", name="Previous version").click()
    expect(row(page, 82)).to_be_attached()
    expect(row(page, 80).locator(".place")).to_have_text("1 / 2")
    page.reload()
    expect(row(page, 80).locator(".place")).to_have_text("1 / 2")
    page.get_by_role("button", name="Scroll to newest").click()
    expect(row(page, LONG - 1)).to_be_in_viewport()


# --- search


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_what_was_said_is_found_and_opened_where_it_was_said(
    open_page, server, alice, long_thread, size, page_errors
):
    page_errors.allow("ERR_FAILED")
    page = open_page(person=alice, size=size)
    with server.database() as alias:
        while Message.objects.using(alias).to_be_indexed().exists():
            page.wait_for_timeout(50)
    open_list(page)
    box = page.get_by_role("searchbox", name="Search")
    results = page.get_by_role("region", name="Search results")
    box.press_sequentially("numbers 3")
    expect(results.get_by_role("link").first).to_contain_text("Number 3.")
    expect(results.locator("mark").first).to_have_text("Number")
    box.fill("no such words anywhere")
    expect(results.get_by_role("status")).to_contain_text("Nothing was found for")
    box.fill("numb")
    expect(results.get_by_role("link")).to_have_count(20)
    status = results.get_by_role("status")
    expect(status).to_have_text("The best 20 results")
    page.route("**/search/**", lambda route: route.abort())
    results.get_by_role("button", name="Show more").click()
    expect(status).to_have_text("The server did not answer. Try again in a moment.")
    expect(results.get_by_role("link")).to_have_count(20)
    page.unroute("**/search/**")
    results.get_by_role("button", name="Show more").click()
    expect(results.get_by_role("link")).to_have_count(40)
    expect(status).to_have_text("The best 40 results")
    page.route("**/search/**", lambda route: route.abort())
    box.fill("number")
    again = results.get_by_role("button", name="Try again")
    expect(again).to_be_visible()
    page.unroute("**/search/**")
    again.click()
    expect(results.get_by_role("link")).to_have_count(20)
    expect(again).to_be_hidden()
    expect(box).to_be_focused()
    box.fill("long")
    expect(results.get_by_role("link").first.locator(".title mark")).to_have_text("long")
    box.fill("number 42 ")
    expect(results.get_by_role("link")).to_have_text(re.compile(r"Number 42\."))
    box.press("ArrowDown")
    expect(results.get_by_role("link").first).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(box).to_be_focused()
    box.fill("number 41")
    box.fill("number 42 ")
    box.press("Enter")  # what is typed counts, not what is shown still
    expect(page).to_have_url(re.compile(rf"\?message={long_thread[42].id}$"))
    expect(row(page, 42)).to_be_in_viewport()
    expect(row(page, 42)).to_be_focused()
    page.keyboard.press("Control+Shift+F")
    expect(box).to_be_focused()
    page.keyboard.press("Escape")
    expect(results).to_be_hidden()
    expect(page.locator("nav.conversations .title")).to_be_visible()
