"""A conversation is had without a mouse, from the first words to whatever went wrong."""

from __future__ import annotations

import json
import re
import threading

from playwright.sync_api import expect

from tests.browser.chat import Chat
from tests.browser.keys import close, go_to, press, type_over
from tests.scripted_model import MODEL, failure, finish, reasoning, text

CODE = "Here:\n\n```python\nprint(1)\n```\n"


def test_a_conversation_is_had_without_a_mouse(open_page, alice, model):
    page = open_page(person=alice, permissions=["clipboard-read", "clipboard-write"])
    chat = Chat(page)
    expect(chat.box).to_be_focused()
    model.says(CODE)
    page.keyboard.type("First words")
    page.keyboard.press("Enter")
    chat.wait_for_status("complete")
    press(page, "Copy")
    chat.wait_for_copied(CODE.strip())
    press(page, "Copy code")
    chat.wait_for_copied("print(1)")

    page.keyboard.press("Shift+Escape")
    model.plays(text("Half an "), threading.Event(), finish())
    press(page, "Regenerate")
    expect(chat.answer).to_contain_text("Half an")
    press(page, "Stop", back=False)
    chat.wait_for_status("stopped")
    expect(chat.box).to_be_focused()
    model.says("another.")
    press(page, "Continue")
    chat.wait_for_status("complete")
    expect(chat.answer).to_contain_text("Half an another.")
    press(page, "Copy link")
    page.wait_for_function(
        "async () => (await navigator.clipboard.readText()).includes('message=')"
    )
    press(page, "Previous version")
    expect(chat.answer.locator(".place")).to_have_text("1 / 2")
    expect(page.get_by_role("button", name="Next version")).to_be_focused()
    page.keyboard.press("Enter")
    expect(chat.answer.locator(".place")).to_have_text("2 / 2")

    page.keyboard.press("Shift+Escape")
    bad = press(page, "Bad answer")
    go_to(page, page.get_by_role("checkbox", name="Not correct"))
    page.keyboard.press("Space")
    go_to(page, page.get_by_role("textbox", name="In your own words"))
    page.keyboard.type("It stops.")
    press(page, "Done", back=False)
    expect(bad).to_be_focused()
    expect(bad).to_have_attribute("aria-pressed", "true")
    press(page, "Bad answer")
    press(page, "Take it back", back=False)
    expect(bad).to_be_focused()
    expect(bad).to_have_attribute("aria-pressed", "false")
    press(page, "Good answer")
    page.keyboard.press("Escape")
    close(page, press(page, "Details", back=False))
    go_to(page, page.get_by_role("log"), key="Shift+Tab")
    edit = press(page, "Edit", back=False)
    press(page, "Cancel", back=False)
    expect(edit).to_be_focused()
    page.keyboard.press("Shift+Escape")
    page.keyboard.press("ArrowUp")
    expect(chat.editor).to_be_focused()
    expect(chat.editor).to_have_value("First words")
    type_over(page, "Second words")
    page.keyboard.press("Enter")
    expect(chat.turns.last).to_contain_text("Second words")
    expect(chat.answer).to_contain_text("Hello from the scripted model.")
    chat.wait_for_status("complete")
    expect(chat.turns.last.locator(".place")).to_have_text("2 / 2")


def test_answers_are_taken_further_without_a_mouse(new_server, open_page, model):
    models = [{"name": MODEL}, {"name": "second", "label": "The second"}]
    server = new_server(H2O_TITLES="no", H2O_MODELS=json.dumps(models))
    page = open_page(person=server.person(), server=server)
    chat = Chat(page)
    go_to(page, page.locator(".starter").first, key="Shift+Tab")
    page.keyboard.press("Enter")
    expect(chat.box).to_be_focused()
    chat.wait_for_status("complete")

    model.plays(reasoning("Waves."), text(CODE), threading.Event(), finish())
    page.keyboard.type("Tides")
    page.keyboard.press("Enter")
    chat.wait_for_text()
    page.keyboard.type("And the moon?")
    page.keyboard.press("Enter")
    press(page, "Take back")
    expect(chat.box).to_have_value("And the moon?")
    expect(chat.box).to_be_focused()
    page.keyboard.press("Enter")
    press(page, "Answer now")
    expect(chat.box).to_be_focused()
    expect(chat.answers).to_have_count(3)
    chat.wait_for_status("complete")

    tides = chat.answers.nth(1)
    with page.expect_download() as coming:
        press(page, "Download code")
    assert coming.value.suggested_filename == "code.py"
    go_to(page, tides.locator("summary"), key="Shift+Tab")
    page.keyboard.press("Enter")
    expect(tides.get_by_text("Waves.")).to_be_visible()

    page.keyboard.press("Shift+Escape")
    other = press(page, "Regenerate with another model")
    page.keyboard.press("Escape")
    expect(other).to_be_focused()
    page.keyboard.press("Enter")
    model.plays(failure("Broken."))
    press(page, "The second", back=False)
    expect(chat.box).to_be_focused()
    chat.wait_for_status("failed")
    model.plays(failure("Broken."))
    press(page, "Try again")
    expect(chat.box).to_be_focused()
    expect(chat.answer.locator(".place")).to_have_text("3 / 3")
    chat.wait_for_status("failed")
    press(page, "Choose another model")
    model.plays(text("Half"), finish("length"))
    press(page, "The second", back=False)
    chat.wait_for_status("length")
    assert [each.request["model"] for each in model.answers[-3:]] == ["second", MODEL, "second"]
    close(page, press(page, "Allow longer answers"))

    model.says("\n\n".join(f"Paragraph {number}." for number in range(80)), piece=200)
    page.keyboard.press("Shift+Escape")
    page.keyboard.insert_text("Line\n" * 60)
    page.keyboard.press("Enter")
    expect(chat.answers).to_have_count(4)
    chat.wait_for_status("complete")
    folded = press(page, "Show the whole text")
    expect(folded).to_be_hidden()
    press(page, "Show less")
    expect(folded).to_be_visible()
    page.keyboard.press("Shift+Escape")
    page.keyboard.press("PageUp")
    press(page, "Scroll to newest")
    expect(chat.box).to_be_focused()

    meter = page.get_by_role("button", name=re.compile("^Context: "))
    go_to(page, meter)
    page.keyboard.press("Enter")
    expect(page.get_by_text("This message: 0 of at most")).to_be_visible()
    page.keyboard.press("Escape")
    expect(meter).to_be_focused()
    picker = page.get_by_role("combobox", name="Model")
    go_to(page, picker, key="Shift+Tab")
    page.keyboard.press("ArrowDown")
    expect(picker).to_have_value("second")


def test_a_conversation_is_leafed_through_from_the_box(page, model):
    chat = Chat(page)
    model.says("\n\n".join(f"Paragraph {number}." for number in range(80)), piece=200)
    page.keyboard.type("Many")
    page.keyboard.press("Enter")
    chat.wait_for_status("complete")
    newest = page.get_by_role("button", name="Scroll to newest")
    page.keyboard.press("PageUp")
    expect(newest).to_be_visible()
    page.keyboard.press("PageDown")
    expect(newest).to_be_hidden()
    expect(chat.box).to_be_focused()
