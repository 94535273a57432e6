"""What people with a screen reader, a keyboard or a small screen meet."""

import threading

import pytest
from playwright.sync_api import expect

from tests.browser.chat import Chat
from tests.browser.page.lists import choose_here, open_list, titles
from tests.scripted_model import failure, finish, reasoning, text

MARKDOWN = """Some **words**, `code`, and

```python
print("hello")
```

| a | b |
|---|---|
| 1 | 2 |
"""
LOG = """() => {
  const region = document.querySelector(".announcer");
  window.heard = [];
  new MutationObserver(() => heard.push(region.textContent)).observe(region, {childList: true});
}"""


CONTRAST = """(...colours) => {
  const linear = (value) => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  const lightness = (colour) => {
    const [red, green, blue] = colour.match(/[\\d.]+/g).map((value) => linear(value / 255));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05;
  };
  const [darker, lighter] = colours.map(lightness).sort((a, b) => a - b);
  return lighter / darker;
}"""
OF_SELECTION = f"""() => {{
  const {{ color, backgroundColor }} = getComputedStyle(document.body, "::selection");
  return ({CONTRAST})(color, backgroundColor);
}}"""
# Every button and field with an edge that nobody tells from the ground beside it. What is filled
# has the edge of its fill where it has no other.
FAINT_EDGES = f"""() => {{
  const contrast = {CONTRAST};
  const isClear = (colour) => /^rgba.*, 0\\)$/.test(colour);
  const ground = (element) => {{
    const colour = getComputedStyle(element).backgroundColor;
    return isClear(colour) ? ground(element.parentElement) : colour;
  }};
  const edge = (element) => {{
    const {{ borderBottomWidth, borderBottomColor }} = getComputedStyle(element);
    if (parseFloat(borderBottomWidth) > 0 && !isClear(borderBottomColor)) return borderBottomColor;
    return element.matches(":is(.primary, .round):not(:disabled)") && ground(element);
  }};
  const controls = document.querySelectorAll("button, .button, input, select, textarea, .composer");
  return [...controls]
    .filter((each) => each.checkVisibility() && edge(each))
    .map((each) => [each.outerHTML.slice(0, 120), contrast(edge(each), ground(each.parentElement))])
    .filter(([, found]) => found < 3);
}}"""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_what_is_selected_can_be_read(open_page, alice, theme):
    assert open_page(person=alice, theme=theme).evaluate(OF_SELECTION) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_edges_of_buttons_and_fields_are_seen(open_page, alice, model, theme):
    page = open_page(person=alice, theme=theme)
    chat = Chat(page)
    assert page.evaluate(FAINT_EDGES) == []
    model.plays(text("\n\n".join(["A paragraph."] * 60)), failure("Broken."))
    chat.say("Hello")
    chat.wait_for_status("failed")
    chat.box.fill("More")
    chat.box.press("PageUp")
    expect(page.get_by_role("button", name="Scroll to newest")).to_be_visible()
    assert page.evaluate(FAINT_EDGES) == []
    page.get_by_role("button", name="Rename").click()
    assert page.evaluate(FAINT_EDGES) == []
    page.keyboard.press("Escape")
    page.locator(".composer .set").click()
    expect(page.get_by_role("tab", name="This chat")).to_be_visible()
    assert page.evaluate(FAINT_EDGES) == []


@pytest.mark.parametrize(("size", "theme"), [("desk", "light"), ("phone", "dark")])
def test_every_state_of_a_conversation_is_whole(open_page, look_at, alice, model, size, theme):
    page = open_page(person=alice, size=size, theme=theme)
    chat = Chat(page)
    look_at(page, "an empty page")

    more = threading.Event()
    model.plays(reasoning("Hm."), text(MARKDOWN), more, finish())
    chat.say("Everything, please.")
    chat.wait_for_text()
    chat.say("And this, later.")
    expect(page.get_by_role("button", name="Take back")).to_be_visible()
    look_at(page, "answering")

    model.plays(text("Half"), b'data: {"error": {"message": "Broken."}}\n\n')
    more.set()
    expect(chat.answers).to_have_count(2)
    chat.wait_for_status("failed")
    look_at(page, "failed")

    chat.press("Details")
    expect(page.locator("#details")).to_be_visible()
    look_at(page, "details")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Bad answer").last.click()
    expect(page.get_by_role("checkbox", name="Not correct")).to_be_visible()
    look_at(page, "judging")
    page.keyboard.press("Escape")
    chat.box.fill("/")
    expect(page.get_by_role("listbox", name="Prompts")).to_be_visible()
    look_at(page, "prompts")
    chat.box.fill("")
    chat.press("Edit")
    look_at(page, "editing")


@pytest.mark.parametrize(("size", "theme"), [("desk", "light"), ("phone", "dark")])
def test_every_dialog_and_the_list_are_whole(open_page, look_at, alice, several, size, theme):
    page = open_page(person=alice, size=size, theme=theme)
    open_list(page)
    titles(page).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Apples")
    for name in ("Rename", "Export", "Share"):
        choose_here(page, name)
        expect(page.get_by_role("dialog")).to_be_visible()
        look_at(page, name)
        page.keyboard.press("Escape")
    page.get_by_role("button", name="Settings", exact=True).click()
    expect(page.get_by_role("tab").first).to_be_visible()
    for tab in page.get_by_role("tab").all():
        tab.click()
        look_at(page, f"settings: {tab.inner_text()}")
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    look_at(page, "shortcuts")
    page.keyboard.press("Escape")

    open_list(page)
    look_at(page, "the list")
    page.get_by_role("button", name="Options for “Apples”").click()
    look_at(page, "the menu of a conversation")
    page.keyboard.press("Escape")
    open_list(page)
    box = page.get_by_role("searchbox", name="Search")
    for words, state in (("bread", "found"), ("xyzzy", "not found")):
        box.fill(words)
        expect(page.get_by_role("region", name="Search results")).to_contain_text(
            "1 " if state == "found" else "xyzzy"
        )
        look_at(page, state)
    box.fill("")
    page.get_by_role("button", name="Select", exact=True).click()
    page.get_by_role("button", name="Select all").click()
    look_at(page, "selecting")
    page.get_by_role("button", name="Stop selecting").click()
    page.get_by_role("button", name="Account of").click()
    expect(page.get_by_role("radio", name="Dark")).to_be_visible()
    look_at(page, "the account")
    page.get_by_role("button", name="Your data").click()
    look_at(page, "your data")


def test_a_screen_reader_hears_the_beginning_and_the_whole_answer_once(page, model):
    page.evaluate(LOG)
    model.says("A **bold** answer, in\n\n```\nseven pieces\n```", piece=6, pause=0.05)
    chat = Chat(page)
    chat.say("Hello")
    chat.wait_for_status("complete")
    heard = page.evaluate("heard")
    assert heard[0] == "Answering"
    assert [" ".join(words.split()) for words in heard[1:]] == ["A bold answer, in seven pieces"]
    expect(page.get_by_role("log", name="Conversation")).to_have_attribute("aria-live", "off")


def test_a_screen_reader_hears_of_progress_now_and_then(page, model):
    page.clock.install()
    page.evaluate(LOG)
    more = threading.Event()
    model.plays(text("one two three"), more, finish())
    chat = Chat(page)
    chat.say("Count")
    page.clock.run_for(500)
    chat.wait_for_text()
    page.clock.run_for(14_100)
    assert page.evaluate("heard")[1:] == ["Answering, 3 words so far"] * 2
    chat.say("And then?")  # waits for this answer, which goes on
    told = page.evaluate("heard.length")
    page.clock.run_for(7_000)
    assert set(page.evaluate("heard")[told:]) == {"Answering, 3 words so far"}
    chat.press("Take back")
    more.set()
    chat.wait_for_status("complete")
    assert page.evaluate("heard")[-1] == "one two three"


def test_a_screen_reader_hears_nothing_of_an_answer_in_another_branch(page, model):
    page.clock.install()
    chat = Chat(page)
    chat.say("Hello")
    chat.wait_for_status("complete")
    chat.press("Regenerate")
    expect(chat.answer).to_contain_text("2 / 2")
    chat.wait_for_status("complete")
    more = threading.Event()
    model.plays(text("one two three"), more, finish())
    chat.say("Count")
    expect(chat.answers).to_have_count(2)
    chat.wait_for_text()
    page.get_by_role("button", name="Previous version", exact=True).first.click()
    expect(chat.answers).to_have_count(1)
    page.evaluate(LOG)
    page.clock.run_for(14_100)
    assert page.evaluate("heard") == []
    more.set()


def test_a_screen_reader_hears_how_each_answer_ends_in_order(open_page, alice, model):
    page = open_page(person=alice, permissions=["clipboard-read", "clipboard-write"])
    page.evaluate(LOG)
    chat = Chat(page)
    model.says("The whole.")
    chat.say("One")
    chat.wait_for_status("complete")
    model.plays(text("A half"), threading.Event(), finish())
    chat.say("Two")
    expect(chat.answers).to_have_count(2)
    chat.wait_for_text()
    chat.press("Stop")
    chat.wait_for_status("stopped")
    model.plays(text("A part"), failure("Broken."))
    chat.say("Three")
    expect(chat.answers).to_have_count(3)
    chat.wait_for_status("failed")
    chat.press("Copy")
    page.wait_for_function("() => heard.at(-1) === 'Copied'")
    assert page.evaluate("heard") == [
        *("Answering", "The whole."),
        *("Answering", "A half\nStopped. Everything up to here is kept."),
        *("Answering", "A part\nThe model server reported an error: Broken.", "Copied"),
    ]


def test_every_button_of_a_turn_is_reached_from_the_keyboard(page, model):
    chat = Chat(page)
    chat.say("Hello")
    chat.wait_for_status("complete")
    chat.log.focus()
    reached = []
    for _ in range(9):
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        expect(focused).to_have_css("opacity", "1")
        reached.append(focused.get_attribute("aria-label"))
    assert reached == [
        *("Copy", "Copy link", "Edit"),
        *("Copy", "Copy link", "Regenerate", "Good answer", "Bad answer", "Details"),
    ]


@pytest.mark.parametrize("width", [320, 640])  # 640: a desk of 1280 at 200 %
def test_a_narrow_window_loses_nothing(open_page, alice, model, width):
    page = open_page(person=alice)
    page.set_viewport_size({"width": width, "height": 600})
    model.says(MARKDOWN + "\n" + "averyveryverylongword" * 20)
    chat = Chat(page)
    chat.say("w" * 300)
    chat.wait_for_status("complete")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert chat.log.evaluate("log => log.scrollWidth - log.clientWidth") == 0
    for button in ("Send", "Share", "Options", "New chat", "Show sidebar"):
        expect(page.get_by_role("button", name=button)).to_be_in_viewport(ratio=1)
