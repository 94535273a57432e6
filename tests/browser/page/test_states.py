"""What a person rarely sees is as whole as the rest: what waits, fails, is full or cut off."""

import json
import threading

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chat import Chat
from tests.browser.page.cut import cut_the_line
from tests.browser.page.lists import choose_here, open_list
from tests.scripted_model import MODEL, failure, finish, reasoning, text

CODE = "```python\nprint(1)\n```\n"
MODELS: list[dict[str, object]] = [
    {"name": MODEL, "label": MODEL, "state": "up", "detail": "", "context": 40},
    {"name": "second", "label": "The second", "state": "down", "detail": "", "context": None},
]
LOOKS = pytest.mark.parametrize(("size", "theme"), [("desk", "light"), ("phone", "dark")])


def tell_models(page: Page, *models: dict[str, object]) -> None:
    """What the page hears of the models from now on."""
    body = json.dumps({"models": [{"notice": "", **model} for model in models]})
    page.unroute_all()
    page.route("**/models/", lambda route: route.fulfill(body=body))
    with page.expect_response("**/models/"):
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


@LOOKS
def test_an_answer_is_whole_at_every_moment(open_page, look_at, alice, model, size, theme):
    page = open_page(person=alice, size=size, theme=theme)
    chat = Chat(page)
    gates = [threading.Event() for _ in range(3)]
    model.plays(gates[0], reasoning("Hm, **so**."), gates[1], text(CODE), gates[2], finish())
    chat.say("Line\n" * 60)
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    look_at(page, "waiting")
    gates[0].set()
    page.get_by_text("Thinking…").click()
    expect(page.get_by_text("Hm, so.")).to_be_visible()
    look_at(page, "reasoning")
    gates[1].set()
    chat.wait_for_text()
    chat.press("Stop")
    chat.wait_for_status("stopped")
    page.get_by_role("button", name="Show the whole text").click()
    look_at(page, "stopped, with all open")
    model.plays(text("Half"), finish("length"))
    chat.press("Regenerate")
    chat.wait_for_status("length")
    chat.press("Good answer")
    page.keyboard.press("Escape")
    chat.log.evaluate("log => log.scrollTo(0, 0)")
    expect(page.get_by_role("button", name="Scroll to newest")).to_be_visible()
    look_at(page, "another version, judged")


@LOOKS
def test_what_is_said_of_a_conversation_is_whole(
    open_page, look_at, alice, model, page_errors, size, theme
):
    page_errors.allow("502")
    page = open_page(person=alice, size=size, theme=theme)
    chat = Chat(page)
    open_list(page)
    look_at(page, "a list with nothing in it")
    page.keyboard.press("Escape")
    chat.say("Hello there")
    chat.wait_for_status("complete")
    tell_models(page, *MODELS)
    model.plays(failure("Broken."))
    chat.say("Go on")
    expect(chat.answers).to_have_count(2)
    chat.wait_for_status("failed")
    page.get_by_role("button", name="Choose another model").click()
    expect(page.get_by_role("button", name="The second")).to_be_visible()
    look_at(page, "models to choose from")
    page.keyboard.press("Escape")
    chat.box.fill("Many words that do not fit. " * 20)
    expect(page.locator(".cut-note")).to_be_visible()
    page.get_by_role("button", name="Context: ").click()
    expect(page.get_by_text("This message: ")).to_be_visible()
    look_at(page, "a full context")
    page.keyboard.press("Escape")
    tell_models(page, MODELS[0] | {"state": "down", "detail": "It is gone."}, MODELS[1])
    expect(page.get_by_text("It is gone.")).to_be_visible()
    page.route("**/rename/", lambda route: route.fulfill(status=502))
    choose_here(page, "Rename")
    page.keyboard.type("Another name")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Try again").last).to_be_visible()
    look_at(page, "a model that is down, and a request that failed")
    choose_here(page, "Delete")
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    look_at(page, "deleted, with the way back")
    page.unroute_all()
    cut_the_line(page)
    chat.say("Are you there?")
    expect(chat.turns.last).to_contain_text("Will be sent when the connection is back.")
    look_at(page, "no connection")
