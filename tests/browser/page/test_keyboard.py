"""Everything that a person does here is done without a mouse, and they see where they are."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.chat import Chat
from tests.browser.page.lists import titles
from tests.scripted_model import finish, text

CODE = "Here:\n\n```python\nprint(1)\n```\n"
FAR = 90  # presses of Tab within which everything on the page is reached
# How what has no focus looks is kept, to be told from how it looks with the focus.
REST = """() => {
  globalThis.lookOf ??= (each) => {
    const style = getComputedStyle(each);
    const { outlineStyle, outlineWidth, outlineColor, borderStyle, borderColor } = style;
    const hasRing = outlineStyle !== "none" && parseFloat(outlineWidth) > 0;
    return [hasRing && outlineColor, style.boxShadow, borderStyle, borderColor].join();
  };
  globalThis.atRest ??= new WeakMap();
  for (const each of document.body.querySelectorAll(":not(:focus-within, svg *)"))
    atRest.set(each, lookOf(each));
}"""
# Where the focus is: its element, if nothing is drawn around it; and whether it is there.
STEP = """(wanted) => {
  const focused = document.activeElement;
  const bySelf = [focused, focused.closest("label"), focused.nextElementSibling];
  const around = focused.matches("textarea") ? [...bySelf, focused.form] : bySelf;
  const isSeen = around.some((each) => each && lookOf(each) !== atRest.get(each));
  const isUnseen = focused !== document.body && !isSeen;
  return [isUnseen ? focused.outerHTML.slice(0, 200) : "", focused === wanted];
}"""


def go_to(page: Page, target: Locator, *, key: str = "Tab") -> None:
    """Press Tab until the focus, which is seen wherever it passes, is there."""
    for _ in range(FAR):
        page.evaluate(REST)
        page.keyboard.press(key)
        unseen, is_there = target.evaluate(STEP)
        assert not unseen, unseen
        if is_there:
            return
    raise AssertionError(f"{key} does not reach {target}")


def press(page: Page, name: str, *, back: bool = True) -> Locator:
    """Go to the last button of this name, and press it."""
    button = page.get_by_role("button", name=name, exact=True).last
    go_to(page, button, key="Shift+Tab" if back else "Tab")
    page.keyboard.press("Enter")
    return button


def close(page: Page, opener: Locator) -> None:
    """Leave the dialog; the focus is where it was before."""
    dialog = page.locator("dialog[open]")
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(opener).to_be_focused()


def type_over(page: Page, words: str) -> None:
    """Write in place of all that stands in the field."""
    page.keyboard.press("Control+A")
    page.keyboard.type(words)


def choose_from_list(page: Page, title: str, choice: str) -> None:
    """Open the menu of a conversation of the list, and choose from it."""
    options = page.get_by_role("button", name=f"Options for “{title}”")
    go_to(page, options)
    page.keyboard.press("Enter")
    expect(page.locator("#options :focus")).to_have_count(1)
    go_to(page, page.locator("#options").get_by_role("button", name=choice, exact=True))
    page.keyboard.press("Enter")


def test_a_conversation_is_had_without_a_mouse(open_page, alice, model):
    page = open_page(person=alice, permissions=["clipboard-read", "clipboard-write"])
    chat = Chat(page)
    expect(chat.box).to_be_focused()
    model.says(CODE)
    page.keyboard.type("First words")
    page.keyboard.press("Enter")
    chat.wait_for_status("complete")
    press(page, "Copy")
    copied(chat, CODE.strip())
    press(page, "Copy code")
    copied(chat, "print(1)")

    page.keyboard.press("Shift+Escape")
    model.plays(text("Half an "), threading.Event(), finish())
    press(page, "Regenerate")
    expect(chat.answer).to_contain_text("Half an")
    page.keyboard.press("Shift+Escape")
    press(page, "Stop", back=False)
    chat.wait_for_status("stopped")
    expect(chat.box).to_be_focused()
    model.says("another.")
    press(page, "Continue")
    chat.wait_for_status("complete")
    expect(chat.answer).to_contain_text("Half an another.")
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
    close(page, press(page, "Details", back=False))
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


def test_where_the_focus_is_in_the_composer_is_seen(page):
    chat = Chat(page)
    go_to(page, page.get_by_role("button", name="New chat"), key="Shift+Tab")
    chat.box.press_sequentially("Words")
    go_to(page, page.get_by_role("button", name="New chat"), key="Shift+Tab")
    go_to(page, page.get_by_role("button", name="Send"))
    go_to(page, chat.box, key="Shift+Tab")


@pytest.mark.parametrize(
    ("rule", "name"),
    [
        (".composer { border-color: gray !important; box-shadow: none !important }", "<textarea"),
        (".composer button { outline: 0 !important }", "<button"),
    ],
)
def test_a_focus_that_is_not_seen_is_found(page, rule, name):
    go_to(page, page.get_by_role("button", name="New chat"), key="Shift+Tab")
    page.evaluate(
        """(rule) => {
            const sheet = new CSSStyleSheet();
            sheet.replaceSync(rule);
            document.adoptedStyleSheets.push(sheet);
        }""",
        rule,
    )
    with pytest.raises(AssertionError, match=name):
        go_to(page, page.get_by_role("button", name="Send"))


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


def test_conversations_are_kept_in_order_without_a_mouse(open_page, alice, several):
    page = open_page(person=alice)
    choose_from_list(page, "Cheese", "Pin")
    expect(titles(page).first).to_have_text("Cheese")
    expect(page.get_by_role("link", name="Dates")).to_be_focused()  # which was the next one
    choose_from_list(page, "Bread", "Rename")
    expect(page.get_by_role("dialog").get_by_role("textbox")).to_be_focused()
    type_over(page, "Rolls")
    page.keyboard.press("Enter")
    expect(titles(page).nth(2)).to_have_text("Rolls")
    choose_from_list(page, "Rolls", "Archive")
    expect(titles(page)).to_have_text(["Cheese", "Apples", "Dates"])
    archived = press(page, "Archived", back=False)
    expect(titles(page)).to_have_text(["Rolls"])
    choose_from_list(page, "Rolls", "Bring back")
    expect(titles(page)).to_have_count(0)
    go_to(page, archived)
    page.keyboard.press("Enter")
    choose_from_list(page, "Dates", "Delete")
    expect(page.get_by_role("alert")).to_contain_text("“Dates” is deleted.")
    expect(titles(page)).to_have_text(["Cheese", "Apples", "Rolls"])
    press(page, "Undo", back=False)
    expect(titles(page)).to_have_count(4)

    press(page, "Select", back=False)
    expect(page.get_by_role("checkbox", name="Select “Cheese”")).to_be_focused()
    press(page, "Select all", back=False)
    press(page, "Delete selected", back=False)
    expect(page.get_by_role("alert")).to_contain_text("4 conversations are deleted.")
    expect(titles(page)).to_have_count(0)
    press(page, "Undo", back=False)
    expect(titles(page)).to_have_count(4)

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


def test_how_answers_are_made_is_set_without_a_mouse(open_page, alice, server):
    page = open_page(person=alice)
    chat = Chat(page)
    opener = press(page, "Settings", back=False)
    dialog = page.get_by_role("dialog", name="Settings")
    expect(dialog).to_be_visible()
    panel = dialog.get_by_role("tabpanel")
    go_to(page, panel.get_by_label("Temperature", exact=True))
    page.keyboard.type("0.5")
    go_to(page, dialog.get_by_role("tab", selected=True), key="Shift+Tab")
    expect(panel.get_by_text("Saved", exact=True)).to_be_visible()
    for _ in ("New chats", "Presets"):
        page.keyboard.press("ArrowRight")
    go_to(page, panel.get_by_label("Name", exact=True))
    page.keyboard.type("Careful")
    page.keyboard.press("Enter")
    expect(panel.get_by_role("listitem")).to_contain_text("Temperature 0.5")
    press(page, "Delete “Careful”", back=False)
    expect(panel.get_by_role("button", name="Undo")).to_be_focused()
    page.keyboard.press("Enter")
    expect(panel.get_by_role("listitem")).to_have_count(1)

    go_to(page, dialog.get_by_role("tab", selected=True), key="Shift+Tab")
    page.keyboard.press("ArrowRight")
    press(page, "New prompt", back=False)
    page.keyboard.type("Shorten")
    go_to(page, panel.get_by_label("Text", exact=True))
    page.keyboard.type("Shorten {{what}}.")
    press(page, "Save prompt", back=False)
    expect(panel.get_by_role("listitem")).to_contain_text("Shorten")
    go_to(page, dialog.get_by_role("tab", selected=True), key="Shift+Tab")
    page.keyboard.press("ArrowRight")
    go_to(page, panel.get_by_role("radio", name="sends the message, and"))
    page.keyboard.press("ArrowDown")
    expect(panel.get_by_text("Saved", exact=True)).to_be_visible()
    close(page, opener)

    page.keyboard.press("Shift+Escape")
    page.keyboard.type("/sho")
    expect(page.get_by_role("option", name="Shorten")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Shorten").get_by_label("what")).to_be_focused()
    page.keyboard.type("this")
    page.keyboard.press("Enter")
    expect(chat.box).to_have_value("Shorten this.")
    expect(chat.box).to_be_focused()
    page.keyboard.press("Shift+Enter")
    expect(chat.turns.last).to_contain_text("Shorten this.")
    chat.wait_for_status("complete")


def test_conversations_are_taken_along_without_a_mouse(open_page, alice, several, server, tmp_path):
    page = open_page(person=alice)
    chat = Chat(page)
    go_to(page, page.get_by_role("link", name="Apples"), key="Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Apples")
    opener = press(page, "Share")
    expect(page.get_by_role("dialog")).to_be_visible()
    press(page, "Create link", back=False)
    expect(page.get_by_role("textbox", name="Link")).to_be_focused()
    close(page, opener)
    press(page, "Export", back=False)
    expect(page.get_by_role("radio", name="Markdown")).to_be_focused()
    page.keyboard.press("ArrowDown")
    with page.expect_download() as coming:
        page.keyboard.press("Enter")
    file = tmp_path / "apples.json"
    coming.value.save_as(file)

    account = press(page, f"Account of {alice.username}")
    press(page, "Your data", back=False)
    expect(page.get_by_role("dialog")).to_be_visible()
    with page.expect_file_chooser() as choosing:
        go_to(page, page.get_by_label("Files"))
        page.keyboard.press("Enter")
    choosing.value.set_files(file)
    expect(page.get_by_role("dialog").get_by_role("status")).to_contain_text("1 was here already.")
    press(page, "End the link to “Apples”", back=False)
    expect(page.get_by_role("dialog")).to_contain_text("You share nothing.")
    close(page, account)

    press(page, "New chat")
    expect(chat.box).to_be_focused()
    switch = press(page, "Temporary chat")
    expect(switch).to_have_attribute("aria-pressed", "true")
    expect(chat.box).to_be_focused()
    page.keyboard.type("Between us")
    page.keyboard.press("Enter")
    chat.wait_for_status("complete")
    press(page, "End temporary chat")
    expect(chat.turns).to_have_count(0)

    page.keyboard.press("Control+Shift+S")
    expect(page.get_by_role("complementary")).to_be_hidden()
    page.keyboard.press("Enter")  # on the button that shows it again
    expect(page.get_by_role("complementary")).to_be_visible()
    press(page, f"Account of {alice.username}")
    go_to(page, page.get_by_role("radio", name="System"))
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    press(page, "Sign out", back=False)
    expect(page).to_have_url(re.compile("/sign-in/"))


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
