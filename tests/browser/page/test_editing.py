"""A message is changed where it stands, and nothing of what is written there is lost."""

from __future__ import annotations

import re
import threading

import pytest
from playwright.sync_api import expect

from chat.models import Charge, Limit, Message, Preferences
from tests.browser.chat import Chat
from tests.browser.page.lists import open_list, titles
from tests.scripted_model import finish, text


@pytest.fixture
def chat(page) -> Chat:
    """Alice's page, where one thing has been said and answered."""
    return answered(page)


def answered(page) -> Chat:
    chat = Chat(page)
    chat.say("Good morning")
    chat.wait_for_status("complete")
    return chat


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_an_edit_is_kept_beside_the_draft_until_it_is_sent(open_page, alice, look_at, size):
    page = open_page(person=alice, size=size)
    chat = answered(page)
    chat.box.fill("for later")
    chat.press("Edit")
    expect(chat.editor).to_be_focused()
    expect(chat.editor).to_be_in_viewport(ratio=1)
    expect(chat.turns.last.locator("message-text")).to_be_hidden()
    chat.editor.fill("Good evening\nand good night")
    look_at(page, "an edit")

    page.reload()
    expect(chat.editor).to_have_value("Good evening\nand good night")
    expect(chat.box).to_have_value("for later")
    page.get_by_role("button", name="New chat").last.click()
    expect(chat.editor).to_have_count(0)
    open_list(page)
    titles(page).first.click()
    expect(chat.editor).to_have_value("Good evening\nand good night")
    expect(chat.box).to_have_value("for later")

    chat.log.get_by_role("button", name="Send", exact=True).click()
    expect(chat.editor).to_have_count(0)
    expect(chat.turns.last).to_contain_text("and good night")
    expect(chat.turns.last.locator(".place")).to_have_text("2 / 2")
    chat.wait_for_status("complete")
    expect(chat.box).to_have_value("for later")
    page.reload()
    expect(chat.turns.last).to_contain_text("and good night")
    expect(chat.editor).to_have_count(0)


def test_what_is_written_in_one_message_waits_while_another_is_changed(chat):
    page = chat.page
    chat.say("And good night")
    expect(chat.answers).to_have_count(2)
    chat.wait_for_status("complete")
    first, last = chat.turns.all()
    first.hover()
    first.get_by_role("button", name="Edit").click()
    chat.editor.fill("Half a thought")
    last.hover()
    last.get_by_role("button", name="Edit").click()
    expect(chat.editor).to_have_value("And good night")
    chat.editor.fill("And sleep well")
    chat.editor.press("Escape")
    page.reload()
    chat.turns.first.hover()
    chat.turns.first.get_by_role("button", name="Edit").click()
    expect(chat.editor).to_have_value("Half a thought")
    chat.editor.press("Escape")
    chat.turns.first.get_by_role("button", name="Edit").click()
    expect(chat.editor).to_have_value("Good morning")
    chat.turns.last.hover()
    chat.turns.last.get_by_role("button", name="Edit").click()
    expect(chat.editor).to_have_value("And good night")


def test_a_turn_that_may_have_arrived_is_changed_and_not_said_twice(page, model, server, alice):
    held, sides = [], []

    def late(line):
        sides.append((line, line.connect_to_server()))
        sides[-1][1].on_message(lambda frame: held.append(frame))

    page.route_web_socket(re.compile("/ws/chat/"), late)
    page.reload()
    chat = Chat(page)
    chat.say("Good mornin")
    chat.press("Edit")
    chat.rewrite("Good morning")
    line, arrived = sides[-1]
    page.wait_for_timeout(500)
    arrived.on_message(line.send)
    for frame in held:
        line.send(frame)
    expect(chat.turns.first.locator(".place")).to_have_text("2 / 2")
    expect(chat.turns.first).to_contain_text("Good morning")
    chat.wait_for_status("complete")
    expect(chat.box).to_have_value("")
    with server.database() as alias:
        said = Message.objects.using(alias).filter(conversation__owner=alice, role="user")
        assert sorted(said.values_list("text", flat=True)) == ["Good mornin", "Good morning"]


def test_an_edit_is_sent_and_broken_by_the_keys_of_the_composer(chat, server, alice):
    page = chat.page
    chat.press("Edit")
    chat.editor.press("End")
    chat.editor.press("Shift+Enter")
    page.keyboard.type("everybody")
    expect(chat.editor).to_have_value("Good morning\neverybody")
    chat.editor.press("Enter")
    expect(chat.turns.last.locator(".place")).to_have_text("2 / 2")
    expect(chat.box).to_be_focused()
    chat.wait_for_status("complete")

    with server.database() as alias:
        Preferences.objects.using(alias).update_or_create(
            person=alice, defaults={"enter_sends": False}
        )
    page.reload()
    page.keyboard.press("ArrowUp")
    chat.editor.press("End")
    chat.editor.press("Enter")
    expect(chat.editor).to_have_value("Good morning\neverybody\n")
    chat.editor.press("Control+Enter")
    expect(chat.turns.last.locator(".place")).to_have_text("3 / 3")


def test_an_edit_that_is_left_stops_no_answer(chat, model):
    more = threading.Event()
    model.plays(text("One"), more, finish())
    chat.say("Count")
    chat.wait_for_text()
    chat.press("Edit")
    chat.editor.fill("Count to ten")
    chat.log.get_by_role("button", name="Cancel").click()
    expect(chat.turns.last).to_contain_text("Count")
    chat.press("Edit")
    chat.editor.press("Escape")
    expect(chat.editor).to_have_count(0)
    more.set()
    chat.wait_for_status("complete")


def test_an_edit_that_is_too_long_is_not_sent_and_says_why(chat):
    sent: list[str] = []

    def note(frame: str | bytes) -> None:
        sent.append(str(frame)[:40])

    chat.page.on("websocket", lambda socket: socket.on("framesent", note))
    chat.page.reload()
    chat.press("Edit")
    chat.editor.fill("x" * 200_001)
    expect(chat.log.get_by_role("button", name="Send", exact=True)).to_be_disabled()
    expect(chat.log).to_contain_text("200,001 of at most 200,000 characters")
    chat.editor.press("Enter")
    expect(chat.editor).to_have_value("x" * 200_001)
    chat.rewrite("x")
    expect(chat.turns.last.locator(".place")).to_have_text("2 / 2")
    chat.wait_for_status("complete")
    assert len([frame for frame in sent if '"say"' in frame]) == 1


def test_an_edit_that_is_refused_is_where_it_was_written_with_the_reason(chat, server, alice):
    with server.database() as alias:
        Limit.objects.using(alias).create(person=alice, messages_a_day=1)
        assert Charge.objects.using(alias).filter(person=alice).count() == 1
    chat.box.fill("for later")
    chat.press("Edit")
    chat.rewrite("Good evening")
    expect(chat.page.get_by_role("alert")).to_contain_text("You can go on in")
    expect(chat.editor).to_have_value("Good evening")
    expect(chat.turns).to_have_count(1)
    expect(chat.answers).to_have_count(1)
    expect(chat.box).to_have_value("for later")


def test_an_edit_is_not_left_behind_by_a_temporary_chat(page):
    page.get_by_role("button", name="Temporary chat", exact=True).click()
    chat = answered(page)
    chat.press("Edit")
    chat.editor.fill("Between us")
    page.reload()
    expect(chat.editor).to_have_value("Between us")
    assert "Between us" not in page.evaluate("JSON.stringify(localStorage)")
    page.get_by_role("button", name="End temporary chat").click()
    expect(chat.editor).to_have_count(0)
    assert "Between us" not in page.evaluate("JSON.stringify(sessionStorage)")
