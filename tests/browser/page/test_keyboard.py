"""Everything that a person does here is done without a mouse, and they see where they are."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.chat import Chat
from tests.browser.keys import go_to, press

# The names of all that is pressed on the page, also of what it has in its templates.
NAMES = """() => {
  const isSilent = (each) => each.closest("[aria-hidden], kbd, [hidden]:not(button)");
  const wordsOf = (each) =>
    [...each.childNodes]
      .filter((node) => node.nodeType === Node.TEXT_NODE || !isSilent(node))
      .map((node) => (node.nodeType === Node.TEXT_NODE ? node.data : wordsOf(node)))
      .join("");
  const nameOf = (each) => each.ariaLabel ?? wordsOf(each).trim();
  const pressed = "button:not([role=tab], .starter, .unfold), .unfold > span, a[href]";
  const inside = (root) => [
    ...[...root.querySelectorAll(pressed)].map(nameOf),
    ...[...root.querySelectorAll("template")].flatMap(({ content }) => inside(content)),
  ];
  return [...new Set(inside(document))].filter(Boolean);
}"""


def test_whatever_is_pressed_has_a_story_without_a_mouse(page, alice):
    stories = sorted(Path(__file__).parent.glob("test_keyboard*.py"))
    told = "".join(each.read_text() for each in stories)
    told = told.replace("{alice.username}", alice.username)
    assert [name for name in page.evaluate(NAMES) if f'"{name}"' not in told] == []


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


def test_the_drawer_of_a_narrow_window_holds_the_focus_while_it_is_open(open_page, alice, several):
    page = open_page(person=alice)
    page.set_viewport_size({"width": 640, "height": 600})  # a desk of 1280 at 200 %
    go_to(page, page.get_by_role("link", name="Write a message"), key="Shift+Tab")
    page.keyboard.press("Enter")
    expect(Chat(page).box).to_be_focused()
    show = press(page, "Show sidebar")
    expect(page.get_by_role("button", name="Hide sidebar")).to_be_focused()
    for _ in range(30):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.closest('main') === null")
    page.keyboard.press("Escape")
    expect(show).to_be_focused()
    page.keyboard.press("Enter")
    go_to(page, page.get_by_role("link", name="Bread"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Bread")
    expect(Chat(page).box).to_be_focused()
    options = press(page, "Options")
    expect(page.locator("#options :focus")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(options).to_be_focused()
