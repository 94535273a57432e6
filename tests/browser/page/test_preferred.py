"""Pages keep to what a system says of the person before it: colours, motion, a finger."""

from __future__ import annotations

import threading

import pytest
from playwright.sync_api import expect

from tests.browser.chat import Chat
from tests.browser.looking import ground
from tests.browser.page.lists import titles
from tests.scripted_model import finish, reasoning, text

RINGED = "element => getComputedStyle(element).outlineStyle"
MOVES = """() => document.getAnimations().some(({ playState }) => playState === "running")"""
SLIDES = "drawer => getComputedStyle(drawer).transitionDuration !== '0s'"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_without_colours_of_its_own_a_page_still_tells_what_is_on(
    open_page, alice, several, model, theme
):
    page = open_page(person=alice, theme=theme, forced_colors="active")
    chat = Chat(page)
    chat.say("Hello")
    chat.wait_for_status("complete")
    page.get_by_role("button", name="Good answer").click()
    page.keyboard.press("Escape")
    judged = [chat.answer.get_by_role("button", name=f"{each} answer") for each in ("Good", "Bad")]
    expect(judged[0]).to_have_attribute("aria-pressed", "true")
    links = page.get_by_role("navigation", name="Conversations").get_by_role("link")
    expect(titles(page)).to_have_count(5)
    for on, off in (judged, (links.nth(0), links.nth(1))):
        assert ground(on) != ground(off)
    for edged in (chat.turns.last.locator(".bubble"), page.get_by_role("button", name="Send")):
        expect(edged).to_have_css("border-top-style", "solid")
        expect(edged).to_have_css("border-top-width", "1px")
    chat.box.focus()
    assert page.locator(".composer").evaluate(RINGED) == "solid"


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_nothing_moves_for_whoever_wants_that(open_page, alice, several, model, motion):
    page = open_page(person=alice, size="phone", reduced_motion=motion)
    chat = Chat(page)
    begin, go_on = threading.Event(), threading.Event()
    model.plays(begin, reasoning("Hm."), go_on, text("Well."), finish())
    chat.say("Hello")
    expect(chat.answer.locator(".waiting")).to_be_visible()
    moves = [page.evaluate(MOVES)]
    begin.set()
    expect(chat.answer.locator(".thinking")).to_be_visible()
    moves.append(page.evaluate(MOVES))
    go_on.set()
    chat.wait_for_status("complete")
    moves.append(page.locator(".sidebar").evaluate(SLIDES))
    assert moves == [motion == "no-preference"] * 3


def test_the_box_waits_for_words_at_a_desk_and_keeps_a_phones_keyboard_down(
    open_page, alice, several
):
    for size, is_focused in (("desk", True), ("phone", False)):
        page = open_page(person=alice, size=size)
        box = Chat(page).box
        expect(page.locator(".composer[data-ready]")).to_be_attached()
        assert box.evaluate("box => box === document.activeElement") == is_focused
        titles(page).first.evaluate("title => title.closest('a').click()")
        expect(page.get_by_role("heading", level=1)).to_have_text("Apples")
        assert box.evaluate("box => box === document.activeElement") == is_focused
