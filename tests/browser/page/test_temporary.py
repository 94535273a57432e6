"""A temporary chat, as a person has one."""

import re

import pytest
from playwright.sync_api import expect

from chat.models import Conversation
from tests.browser.chat import Chat
from tests.browser.page.lists import open_list, titles


def test_what_is_written_for_a_temporary_chat_is_there_after_a_look_elsewhere(page, model):
    chat = Chat(page)
    chat.say("Not a secret")
    chat.wait_for_status("complete")
    page.get_by_role("button", name="New chat").last.click()
    switch = page.get_by_role("button", name="Temporary chat", exact=True)
    switch.click()
    chat.box.fill("Between us")
    titles(page).first.click()
    expect(chat.box).to_have_value("")
    page.get_by_role("button", name="New chat").last.click()
    for _ in range(2):
        expect(chat.box).to_have_value("Between us")
        expect(switch).to_have_attribute("aria-pressed", "true")
        expect(page.get_by_role("heading", level=1)).to_have_text("Temporary chat")
        assert "Between us" not in page.evaluate("JSON.stringify(localStorage)")
        page.reload()
    switch.click()
    expect(chat.box).to_have_value("Between us")
    expect(page.get_by_role("heading", level=1)).to_have_text("New chat")
    page.reload()
    expect(chat.box).to_have_value("Between us")
    expect(switch).to_have_attribute("aria-pressed", "false")


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_a_temporary_chat_survives_a_reload_and_ends_when_it_is_left(
    open_page, server, alice, model, size, page_errors, look_at
):
    page_errors.allow("404")
    page = open_page(person=alice, size=size)
    chat = Chat(page)
    switch = page.get_by_role("button", name="Temporary chat", exact=True)
    switch.click()
    expect(switch).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("heading", level=1)).to_have_text("Temporary chat")
    expect(page.get_by_text("It is erased when you leave it")).to_be_visible()
    look_at(page)
    chat.say("Between us")
    chat.wait_for_status("complete")
    expect(page).to_have_url(re.compile("/c/"))
    expect(switch).to_be_hidden()
    expect(page.get_by_role("button", name="Share")).to_be_hidden()
    expect(titles(page)).to_have_count(0)
    chat.box.fill("And a draft")

    page.reload()
    expect(chat.turns).to_contain_text(["Between us"])
    expect(chat.box).to_have_value("And a draft")
    expect(page.get_by_text("It is erased when you leave it")).to_be_visible()
    address = page.url
    assert "draft" not in page.evaluate("JSON.stringify(localStorage)")

    page.get_by_role("button", name="End temporary chat").click()
    expect(chat.turns).to_have_count(0)
    expect(page.get_by_text("It is erased when you leave it")).to_be_hidden()
    expect(page.get_by_role("heading", level=1)).to_have_text("New chat")
    assert "draft" not in page.evaluate("JSON.stringify(sessionStorage)")
    page.wait_for_load_state("networkidle")
    with server.database() as alias:
        assert not Conversation.objects.using(alias).filter(owner=alice).exists()
    chat.say("Not a secret")
    chat.wait_for_status("complete")
    open_list(page)
    expect(titles(page)).to_have_text(["Not a secret"])
    page.goto(address)
    expect(page.get_by_role("heading", name="There is nothing here")).to_be_visible()
