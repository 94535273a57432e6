"""What is done from the keyboard."""

from __future__ import annotations

import threading
from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.chat import Chat
from tests.scripted_model import finish, text

CODE = "Here:\n\n```python\nprint(1)\n```\n"

Proof = Callable[[Chat], None]
SHORTCUTS: dict[str, Proof] = {
    "New chat": lambda chat: expect(chat.turns).to_have_count(0),
    "Search": lambda chat: expect(chat.page.get_by_role("searchbox")).to_be_focused(),
    "Write a message": lambda chat: expect(chat.box).to_be_focused(),
    "Send": lambda chat: expect(chat.turns.last).to_contain_text("By key"),
    "New line": lambda chat: expect(chat.box).to_have_value("By key\n"),
    "Choose a prompt": lambda chat: expect(chat.page.get_by_role("listbox")).to_be_visible(),
    "Edit the last message": lambda chat: expect(chat.box).to_have_value("Print it"),
    "Stop the answer": lambda chat: chat.wait_for_status("stopped"),
    "Copy the last answer": lambda chat: copied(chat, CODE.strip()),
    "Copy the last code": lambda chat: copied(chat, "print(1)"),
    "Show or hide the sidebar": lambda chat: expect(
        chat.page.get_by_role("complementary")
    ).to_be_hidden(),
    "Settings": lambda chat: expect(
        chat.page.get_by_role("dialog", name="Settings")
    ).to_be_visible(),
    "This list": lambda chat: expect(chat.page.get_by_role("dialog")).to_contain_text("Keyboard"),
}
KEYS = {"⇧": "Shift", "Esc": "Escape", "Ctrl": "Control", "↑": "ArrowUp"}
WRITTEN = {"Send": "By key", "New line": "By key"}
SHOWN = """(row) => [...row.querySelectorAll("kbd")]
  .filter((key) => getComputedStyle(key).display !== "none")
  .map((key) => key.textContent)"""


def copied(chat: Chat, words: str) -> None:
    """The clipboard holds these."""
    reading = "async (words) => (await navigator.clipboard.readText()).trim() === words"
    chat.page.wait_for_function(reading, arg=words)


def test_each_listed_shortcut_does_what_the_list_says(open_page, alice, model):
    page = open_page(person=alice, permissions=["clipboard-read", "clipboard-write"])
    chat = Chat(page)
    model.says(CODE)
    chat.say("Print it")
    chat.wait_for_status("complete")
    address = page.url
    listed = {
        each.locator("dt").inner_text() or each.locator("dt").text_content(): each.evaluate(SHOWN)
        for each in page.locator("#help .shortcuts > div").all()
    }
    assert set(listed) == set(SHORTCUTS)
    for name in sorted(listed, key=lambda name: name in ("Send", "Stop the answer")):
        page.goto(address)
        expect(page.locator("form[data-ready]")).to_be_visible()
        if name == "Stop the answer":
            model.plays(text("One"), threading.Event(), finish())
            chat.say("Go on")
            chat.wait_for_text()
        elif name in ("Send", "New line", "Choose a prompt", "Edit the last message"):
            chat.box.fill(WRITTEN.get(name, ""))
        else:
            chat.log.focus()
        page.keyboard.press("+".join(KEYS.get(key, key) for key in listed[name]))
        SHORTCUTS[name](chat)
        if name == "Send":  # its answer shall not take the script of the next
            expect(chat.answer).to_contain_text("Hello from the scripted model.")
            chat.wait_for_status("complete")
