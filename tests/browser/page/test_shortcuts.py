"""The shortcuts: each does what the list of them says, and is at hand wherever it is wanted."""

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
    "Edit the last message": lambda chat: expect(chat.editor).to_have_value("Print it"),
    "Stop the answer": lambda chat: chat.wait_for_status("stopped"),
    "Copy the last answer": lambda chat: chat.wait_for_copied(CODE.strip()),
    "Copy the last code": lambda chat: chat.wait_for_copied("print(1)"),
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


def test_search_is_at_hand_amid_a_message_and_gives_the_message_back(page, model):
    chat = Chat(page)
    more = threading.Event()
    model.plays(text("One"), more, finish())
    chat.say("Go on")
    chat.wait_for_text()
    chat.box.fill("Half a thought")
    search = page.get_by_role("searchbox", name="Search")
    page.keyboard.press("Control+K")
    expect(search).to_be_focused()
    page.keyboard.type("one")
    page.keyboard.press("Escape")
    expect(search).to_be_focused()
    expect(search).to_have_value("")
    page.keyboard.press("Escape")
    expect(chat.box).to_be_focused()
    expect(chat.box).to_have_value("Half a thought")
    more.set()
    chat.wait_for_status("complete")  # and not stopped by Escape


def test_a_mac_has_its_own_keys(page):
    page.add_init_script("Object.defineProperty(navigator, 'platform', { value: 'MacIntel' })")
    page.reload()
    chat = Chat(page)
    chat.box.fill("One two")
    expect(page.locator(".search kbd")).to_have_text("⌘ K")
    expect(page.locator("#help")).not_to_contain_text("Ctrl")
    page.keyboard.press("Control+K")  # deletes to the end of the line
    expect(chat.box).to_be_focused()
    page.keyboard.press("Meta+K")
    expect(page.get_by_role("searchbox", name="Search")).to_be_focused()


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
