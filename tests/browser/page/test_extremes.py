"""What is too much, too long or written otherwise: right, or refused with a sentence."""

from __future__ import annotations

import re
import threading

import pytest
from playwright.sync_api import Locator, expect

from chat.wire.commands import MAX_TEXT
from tests.browser.chat import Chat
from tests.browser.model_server import ModelServer
from tests.scripted_model import finish, reasoning, text

FAMILY = "👩\u200d👩\u200d👧\u200d👦"
PAINTED = """() => {
    window.painted = new Set();
    const look = () => {
        const said = document.querySelector(".answer:last-child .said");
        if (said) painted.add(said.innerText.trim());
        requestAnimationFrame(look);
    };
    look();
}"""
# Who asks for the height of all has all laid out that has changed until then.
LAYOUTS_OF_MANY = """(count) => {
    const asked = Object.getOwnPropertyDescriptor(Element.prototype, "scrollHeight").get;
    let layouts = 0;
    Object.defineProperty(Element.prototype, "scrollHeight", {
        configurable: true,
        get() { layouts++; return asked.call(this); },
    });
    const box = document.getElementById("message");
    for (let at = 1; at <= count; at++) {
        box.value = `Message ${at}`;
        box.dispatchEvent(new Event("input", { bubbles: true }));
        box.form.requestSubmit();
    }
    return layouts;
}"""


@pytest.fixture
def chat(page) -> Chat:
    """Alice's page, with nothing said."""
    return Chat(page)


def height(element: Locator) -> float:
    """Of what is shown, in pixels."""
    shown: float = element.evaluate("(element) => element.getBoundingClientRect().height")
    return shown


def paste(chat: Chat, words: str) -> None:
    """Paste with the keyboard, as a person does."""
    page = chat.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate("(words) => navigator.clipboard.writeText(words)", words)
    chat.box.focus()
    page.keyboard.press("Control+V")


def test_a_megabyte_is_refused_with_a_sentence_and_nothing_of_it_is_lost(chat, model: ModelServer):
    page = chat.page
    book = "All work and no play. " * (1_000_000 // 22)
    paste(chat, book)
    send = page.get_by_role("button", name="Send", exact=True)
    expect(page.locator("#limit")).to_contain_text("too long")
    expect(page.locator("#limit")).to_contain_text(f"{MAX_TEXT:,}")
    expect(send).to_be_disabled()
    chat.box.press("Enter")
    assert page.evaluate("document.getElementById('message').value.length") == len(book)
    assert model.answers == []
    page.wait_for_timeout(400)  # a draft is kept a moment after the last key
    page.reload()
    expect(page.locator(".composer[data-ready]")).to_be_attached()
    assert page.evaluate("document.getElementById('message').value") == book

    page.evaluate(
        """(most) => {
            const box = document.getElementById("message");
            box.value = box.value.slice(0, most);
            box.dispatchEvent(new Event("input", { bubbles: true }));
        }""",
        MAX_TEXT,
    )
    send.click()
    # The server takes it; what this model can read is less, and the answer says so.
    chat.wait_for_status("failed")
    expect(chat.answer.locator(".note")).to_contain_text("Please shorten it")
    assert (
        chat.turns.last.locator("message-text").evaluate("(e) => e.textContent.length") == MAX_TEXT
    )


def test_a_long_message_is_folded_until_it_is_wanted(chat, model: ModelServer):
    page, lines = chat.page, [f"Line {number}" for number in range(200)]
    chat.say("\n".join(lines))
    chat.wait_for_status("complete")
    shown, answer = chat.turns.last.locator("message-text"), chat.answer
    whole = page.get_by_role("button", name="Show the whole text")
    less = page.get_by_role("button", name="Show less")
    assert height(shown) < 500
    expect(answer).to_be_in_viewport()
    whole.focus()
    page.keyboard.press("Enter")
    expect(less).to_be_focused()
    assert height(shown) > 4000
    expect(answer).not_to_be_in_viewport()  # the reader is left where the text begins
    page.keyboard.press("Enter")
    expect(whole).to_be_focused()
    assert height(shown) < 500
    expect(chat.turns.last).to_be_in_viewport()

    link = f"{page.url}?message={chat.turns.last.get_attribute('data-message')}"
    page.goto(link)  # and whoever is sent here looks for something in it
    expect(less).to_be_visible()
    chat.say("Short.")
    chat.wait_for_status("complete")
    expect(chat.turns.last.get_by_role("button", name="Show the whole text")).to_have_count(0)


def test_what_is_opened_at_the_end_is_read_from_its_beginning(chat, model: ModelServer):
    model.plays(reasoning("One thought.\n\n" * 100), text("Four."), finish())
    chat.say("How many?")
    chat.wait_for_status("complete")
    summary = chat.answer.locator("summary")
    summary.click()
    expect(chat.answer.get_by_text("One thought.").last).to_be_attached()
    expect(chat.answer.locator(".think")).to_have_attribute("open", "")
    expect(summary).to_be_in_viewport()
    expect(chat.answer.locator(".said")).not_to_be_in_viewport()


def test_ten_thousand_lines_of_code_are_whole_and_scroll_in_their_box(chat, model: ModelServer):
    code = "\n".join(f"line {number:05} = {{'a': {number}}}  # and on" for number in range(10_000))
    model.says(f"```python\n{code}\n```\n\nThat is all.", piece=20_000)
    chat.say("All of it")
    chat.wait_for_status("complete", seconds=40)
    block = chat.answer.locator("code-block")
    assert block.evaluate("(block) => block.querySelector('code').textContent") == code
    expect(chat.answer.locator("message-text.said > p")).to_have_text("That is all.")
    took = chat.page.evaluate(
        """async () => {
            const log = document.querySelector(".log");
            const started = performance.now();
            for (const share of [0.1, 0.5, 0.9]) {
                log.scrollTop = share * log.scrollHeight;
                await new Promise(requestAnimationFrame);
                await new Promise((done) => setTimeout(done));
            }
            return performance.now() - started;
        }"""
    )
    assert took < 3_000
    expect(block.get_by_role("button", name="Copy code")).to_be_in_viewport(ratio=1)


def test_right_to_left_words_stand_right_wherever_they_are_shown(chat, model: ModelServer):
    page = chat.page
    model.says(
        "مرحبا بالعالم **هذا** نص\n\nHello\n\n- عنصر أول\n\n| עברית | ב |\n|---|---|\n| א | ב |"
    )
    chat.box.fill("שלום עולם")
    direction = "(element) => getComputedStyle(element).direction"
    assert chat.box.evaluate(direction) == "rtl"
    page.get_by_role("button", name="Send", exact=True).click()
    chat.wait_for_status("complete")
    shown = {
        "turn": chat.turns.last.locator("message-text"),
        "title": page.get_by_role("heading", level=1),
        "listed": page.locator(".conversations .title").first,
        "paragraph": chat.answer.locator(".said > p").first,
        "list": chat.answer.locator(".said > ul"),
        "table": chat.answer.locator(".said table"),
    }
    assert {name: element.evaluate(direction) for name, element in shown.items()} == dict.fromkeys(
        shown, "rtl"
    )
    assert chat.answer.locator(".said > p").last.evaluate(direction) == "ltr"


def test_marks_piled_on_letters_stay_in_their_message(chat, model: ModelServer):
    tower = "Z" + "\u0300\u0316" * 200
    model.says(f"{tower}algo\n\n{tower}")
    chat.say(f"{tower} says {tower}")
    chat.wait_for_status("complete")
    expect(chat.turns.last.locator("message-text")).to_have_text(f"{tower} says {tower}")
    for shown in chat.log.locator("message-text:not(.think *)").all():
        assert shown.evaluate("(element) => getComputedStyle(element).overflowY") in (
            "clip",
            "auto",
        )
    expect(chat.page.get_by_role("heading", level=1)).to_have_css("overflow", "hidden")


def test_a_family_is_never_seen_in_parts(chat, model: ModelServer):
    parts = [*"We are ", *FAMILY, *" from ", *"🇫🇷", *" 👍🏽."]
    steps = [step for part in parts for step in (text(part), 0.03)]
    model.plays(*steps, finish())
    chat.page.evaluate(PAINTED)
    chat.say("Who?")
    chat.wait_for_status("complete")
    whole = f"We are {FAMILY} from 🇫🇷 👍🏽."
    expect(chat.answer.locator(".said")).to_have_text(whole)
    painted = chat.page.evaluate("[...painted]")
    torn = [
        seen
        for seen in painted
        if re.search(
            "[\ud800-\udfff]|👩(?!\u200d👩\u200d👧\u200d👦|\u200d👧\u200d👦)|🇫(?!🇷)|👍(?!🏽)", seen
        )
    ]
    assert len(painted) > 5
    assert torn == []


def test_two_hundred_quick_messages_wait_for_their_turn_and_outlive_the_page(
    chat, model: ModelServer
):
    go_on = threading.Event()
    model.plays(text("First"), go_on, finish())
    chat.say("Message 0")
    chat.wait_for_text()
    assert chat.page.evaluate(LAYOUTS_OF_MANY, 199) < 5 * 199
    waiting = chat.page.get_by_text("Will be sent after the answer above.")
    expect(waiting).to_have_count(199)
    chat.page.reload()
    expect(waiting).to_have_count(199, timeout=30_000)
    said = chat.turns.locator("message-text").all_inner_texts()
    assert said == [f"Message {at}" for at in range(200)]
    go_on.set()
    complete = chat.log.locator("[data-role=assistant][data-status=complete]")
    expect(complete.nth(9)).to_be_attached(timeout=60_000)
    asked = [answer.request["messages"][-1]["content"] for answer in model.answers]
    assert asked[:9] == said[:9]
