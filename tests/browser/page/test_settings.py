"""How answers are made, set by hand: one chat, all new ones, presets, prompts, habits."""

from __future__ import annotations

import re
import threading
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from chat.models import Preferences, Prompt
from tests.browser.chat import Chat
from tests.scripted_model import MODEL, finish, text


class Settings:
    """The dialog, by the names that people read."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.dialog = page.get_by_role("dialog", name="Settings", exact=True)

    def open(self, tab: str = "This chat") -> Locator:
        """Opens it; returns the panel of this tab."""
        self.page.get_by_role("button", name="Settings", exact=True).click()
        self.dialog.get_by_role("tab", name=tab).click()
        return self.panel(tab)

    def panel(self, tab: str) -> Locator:
        return self.dialog.get_by_role("tabpanel", name=tab)

    def close(self) -> None:
        self.dialog.get_by_role("button", name="Close").click()
        expect(self.dialog).to_be_hidden()


def fill(panel: Locator, label: str, value: str) -> None:
    """Write into a field and leave it, as a person who goes on to the next one."""
    field = panel.get_by_label(label, exact=True)
    field.fill(value)
    field.blur()


def paste(field: Locator, words: str) -> None:
    """Write as a person does, whom a field may let write only so much."""
    field.focus()
    field.page.keyboard.insert_text(words)


def saved(panel: Locator) -> None:
    expect(panel.get_by_text("Saved", exact=True)).to_be_visible()


def asked(model: Any) -> dict[str, Any]:
    """The last request that the model server got."""
    request: dict[str, Any] = model.answers[-1].request
    return request


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_a_chats_settings_are_kept_bounded_sent_and_shown_everywhere(
    open_page, alice, model, look_at, size
):
    page = open_page(person=alice, size=size)
    settings, chat = Settings(page), Chat(page)
    panel = settings.open()
    prompt = panel.get_by_label("System prompt")
    paste(prompt, "x" * 20_001)
    prompt.blur()
    expect(panel.get_by_text("A system prompt can have at most 20,000 characters.")).to_be_visible()
    expect(prompt).to_have_value("x" * 20_001)
    prompt.fill("Be brief.")
    prompt.blur()
    fill(panel, "Temperature", "3")
    expect(panel.get_by_text("“Temperature” is a number from 0 to 2.")).to_be_visible()
    look_at(page, "a value out of bounds")
    fill(panel, "Temperature", "0.3")
    fill(panel, "Seed", "7")
    saved(panel)
    page.reload()  # nothing has been said yet
    panel = settings.open()
    expect(panel.get_by_label("Temperature", exact=True)).to_have_value("0.3")
    settings.close()

    chat.say("Hello")
    chat.wait_for_status("complete")
    request = asked(model)
    assert (request["temperature"], request["seed"]) == (0.3, 7)
    assert request["messages"][0] == {"role": "system", "content": "Be brief."}

    other = open_page(page.url.removeprefix(page.url.split("/c/")[0]), person=alice, size=size)
    elsewhere = Settings(other).open()
    expect(elsewhere.get_by_label("System prompt")).to_have_value("Be brief.")
    fill(elsewhere, "Answer length", "100")
    fill(elsewhere, "Temperature", "")
    saved(elsewhere)
    panel = settings.open()
    expect(panel.get_by_label("Answer length", exact=True)).to_have_value("100")
    settings.close()
    chat.say("Again")
    expect(chat.answers).to_have_count(2)
    chat.wait_for_status("complete")
    request = asked(model)
    assert (request["max_tokens"], request["seed"]) == (100, 7)
    assert "temperature" not in request

    panel = settings.open()
    panel.get_by_role("button", name="Back to my defaults").click()
    expect(panel.get_by_label("Seed", exact=True)).to_have_value("")
    expect(panel.get_by_label("System prompt")).to_have_value("")


def test_settings_changed_without_a_connection_go_with_the_next_turn(page, model, page_errors):
    page_errors.allow("ERR_INTERNET_DISCONNECTED|WebSocket")
    chat, settings = Chat(page), Settings(page)
    chat.say("Hello")
    chat.wait_for_status("complete")
    expect(page.locator("#settings")).to_have_attribute("data-ready", "", timeout=30_000)
    page.context.set_offline(True)
    panel = settings.open()
    fill(panel, "Seed", "11")
    page.context.set_offline(False)
    page.reload()
    expect(settings.open().get_by_label("Seed", exact=True)).to_have_value("11")
    settings.close()
    chat.say("Again")
    expect(chat.answers).to_have_count(2)
    chat.wait_for_status("complete")
    assert asked(model)["seed"] == 11


def test_a_dialog_that_could_not_be_fetched_is_fetched_again(page, page_errors):
    page_errors.allow("ERR_FAILED")
    settings = Settings(page)
    page.route("**/settings-dialog*", lambda route: route.abort())
    page.get_by_role("button", name="Settings", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("The server did not answer.")
    page.unroute("**/settings-dialog*")
    expect(settings.open("Habits")).to_be_visible()


def test_new_chats_begin_with_the_persons_defaults(page, model, server, alice):
    settings, chat = Settings(page), Chat(page)
    panel = settings.open("New chats")
    fill(panel, "System prompt", "Speak like a pirate.")
    fill(panel, "Top-p", "0.5")
    saved(panel)
    settings.close()
    chat.say("Hello")
    chat.wait_for_status("complete")
    request = asked(model)
    assert request["messages"][0]["content"] == "Speak like a pirate."
    assert request["top_p"] == 0.5
    with server.database() as alias:
        assert Preferences.objects.using(alias).get(person=alice).parameters == {"top_p": 0.5}


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_presets_are_made_applied_renamed_and_deleted(
    open_page, alice, model, look_at, size, page_errors
):
    page_errors.allow("400")  # a preset that is refused
    page = open_page(person=alice, size=size)
    settings, chat = Settings(page), Chat(page)
    fill(settings.open(), "Temperature", "0.1")
    settings.dialog.get_by_role("tab", name="Presets").click()
    panel = settings.panel("Presets")
    panel.get_by_label("Name", exact=True).fill("Careful")
    panel.get_by_role("button", name="Keep this chat’s settings").click()
    expect(panel.get_by_role("listitem")).to_have_count(1)
    expect(panel.get_by_role("listitem")).to_contain_text("Temperature 0.1")
    fill(panel, "Name of the preset “Careful”", "Sober")
    saved(panel)
    look_at(page, "presets")
    settings.close()

    page.keyboard.press("Control+Shift+O")
    page.reload()
    panel = settings.open()
    panel.get_by_role("button", name="Back to my defaults").click()
    panel.get_by_label("Preset", exact=True).select_option("Sober")
    expect(panel.get_by_label("Temperature", exact=True)).to_have_value("0.1")
    settings.close()
    chat.say("Hello")
    chat.wait_for_status("complete")
    assert asked(model)["temperature"] == 0.1

    panel = settings.open("Presets")
    refused = {"detail": "Not these.", "field": "temperature"}
    page.route("**/settings/", lambda route: route.fulfill(status=400, json=refused))
    panel.get_by_role("button", name="Apply “Sober” to this chat").click()
    expect(panel.get_by_text("Not these.")).to_be_visible()
    expect(panel.get_by_text("is used in this chat")).to_have_count(0)
    panel.get_by_role("button", name="Delete “Sober”").click()
    expect(panel.get_by_text("You have no presets yet.")).to_be_visible()
    panel.get_by_role("button", name="Undo").click()
    expect(panel.get_by_role("listitem")).to_have_count(1)


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_a_slash_offers_the_prompts_and_asks_for_what_they_leave_open(
    open_page, alice, server, page_errors, look_at, size
):
    page_errors.allow("400")  # a text that is too long, a name that is taken
    page = open_page(person=alice, size=size)
    settings, chat = Settings(page), Chat(page)
    chat.box.fill("/")
    listbox = page.get_by_role("listbox", name="Prompts")
    expect(listbox.get_by_role("option")).to_have_text(["Manage prompts…"])
    chat.box.press("Enter")
    panel = settings.panel("Prompts")
    for name, words in (
        ("Translate", "Translate “{{text}}” into {{ language }}, only {{language}}."),
        ("Summarise", "Summarise what I send in three points."),
    ):
        panel.get_by_role("button", name="New prompt").click()
        panel.get_by_label("Name", exact=True).fill(name)
        paste(panel.get_by_label("Text", exact=True), "x" * 20_001)
        panel.get_by_role("button", name="Save prompt").click()
        expect(panel.get_by_text("A prompt can have at most 20,000 characters.")).to_be_visible()
        panel.get_by_label("Text", exact=True).fill(words)
        panel.get_by_role("button", name="Save prompt").click()
        saved(panel)
    panel.get_by_role("button", name="Edit “Summarise”").click()
    panel.get_by_label("Name", exact=True).fill("Translate")
    panel.get_by_role("button", name="Save prompt").click()
    expect(panel.get_by_text("You have “Translate” already.")).to_be_visible()
    look_at(page, "a name that is taken")
    panel.get_by_label("Name", exact=True).fill("Sum up")
    panel.get_by_role("button", name="Save prompt").click()
    panel.get_by_role("button", name="Delete “Sum up”").click()
    expect(panel.get_by_role("listitem")).to_have_count(1)
    look_at(page, "a prompt that was deleted, with the way back")
    panel.get_by_role("button", name="Undo").click()
    expect(panel.get_by_role("listitem")).to_have_count(2)
    settings.close()

    chat.box.press_sequentially("/")
    expect(listbox.get_by_role("option")).to_have_count(3)
    chat.box.press("ArrowDown")
    expect(chat.box).to_have_attribute("aria-controls", "prompts-list")
    active = chat.box.get_attribute("aria-activedescendant")
    assert listbox.get_by_role("option", selected=True).get_attribute("id") == active
    chat.box.press("Escape")
    expect(listbox).to_be_hidden()
    expect(chat.box).to_have_value("/")
    expect(chat.box).not_to_have_attribute("aria-activedescendant", "prompt-manage")
    chat.box.fill("")
    chat.box.press_sequentially("/trans")
    expect(listbox.get_by_role("option")).to_have_count(1)
    chat.box.press("Enter")
    form = page.get_by_role("dialog", name="Translate")
    expect(form).to_be_visible()
    look_at(page, "what a prompt leaves open")
    form.get_by_label("text", exact=True).fill("Guten Tag")
    form.get_by_label("language", exact=True).fill("English")
    form.get_by_role("button", name="Insert").click()
    expect(chat.box).to_have_value("Translate “Guten Tag” into English, only English.")
    expect(chat.box).to_be_focused()
    chat.box.fill("/trans")
    expect(listbox.get_by_role("option")).to_have_count(1)
    chat.box.press("Enter")
    paste(form.get_by_label("text", exact=True), "x" * 20_001)
    form.get_by_label("language", exact=True).fill("English")
    form.get_by_role("button", name="Insert").click()
    expect(chat.box).to_have_value(f"Translate “{'x' * 20_001}” into English, only English.")
    with server.database() as alias:
        names = Prompt.objects.using(alias).filter(person=alice).values_list("name", flat=True)
        assert sorted(names) == ["Sum up", "Translate"]


def test_habits_say_what_enter_does_and_what_a_second_message_does(page, model):
    settings, chat = Settings(page), Chat(page)
    panel = settings.open("Habits")
    panel.get_by_label("begins a new line, and Shift+Enter sends the message").check()
    saved(panel)
    panel.get_by_label("stops the answer and is sent at once").check()
    saved(panel)
    settings.close()
    page.reload()
    chat.box.press_sequentially("One")
    chat.box.press("Enter")
    chat.box.press_sequentially("two?")
    expect(chat.turns).to_have_count(0)
    first = model.plays(text("The first"), threading.Event(), finish())
    chat.box.press("Shift+Enter")
    expect(chat.turns.locator("message-text")).to_have_text(["One\ntwo?"], use_inner_text=True)
    chat.wait_for_text()
    chat.say("Another")
    expect(chat.answers.first).to_have_attribute("data-status", "stopped")
    assert first.left.wait(5)
    expect(chat.answers).to_have_count(2)
    chat.wait_for_status("complete")


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_a_meter_tells_how_full_the_context_is_and_what_will_be_left_out(
    open_page, alice, model, size
):
    """The scripted model reads 8,192 tokens, and its answer has 1,024 of them."""
    page = open_page(person=alice, size=size)
    chat = Chat(page)
    expect(page.get_by_text("This is H2O Web Chat on")).to_be_visible()
    expect(page.get_by_role("combobox", name="Model")).to_have_value(MODEL)
    expect(page.get_by_role("button", name="Context: 0 % full")).to_be_visible()
    more = threading.Event()
    model.plays(text("Hello"), more, finish())
    chat.box.fill("word " * 3000)
    expect(page.get_by_role("button", name="Context: 60 % full")).to_be_visible()
    chat.box.press("ControlOrMeta+Enter")  # Enter alone breaks the line on a phone
    more.set()
    chat.wait_for_status("complete")
    meter = page.get_by_role("button", name="Context: 60 % full")
    meter.click()
    expect(page.get_by_text("of at most 7,168 tokens")).to_be_visible()
    expect(page.get_by_text("This message: 0 of at most 200,000 characters")).to_be_visible()
    page.keyboard.press("Escape")
    chat.box.fill("more " * 3000)
    left_out = page.get_by_text("The 2 oldest messages will not be read")
    expect(left_out).to_be_visible()
    page.get_by_role("button", name="Send", exact=True).click()
    expect(chat.answers).to_have_count(2)
    chat.wait_for_status("complete")
    chat.press("Details")
    details = page.get_by_role("dialog", name="How this answer was made")
    expect(details).to_contain_text("the 2 oldest messages, which did not fit")


def test_the_meter_counts_what_is_stored_once_the_line_is_there(page, open_page, alice):
    chat = Chat(page)
    chat.say("word " * 3000)
    chat.wait_for_status("complete")

    def late(line):
        other.wait_for_timeout(1_000)
        line.connect_to_server()

    other = open_page(person=alice)
    other.route_web_socket(re.compile("/ws/chat/"), late)
    other.goto(page.url)
    expect(other.get_by_role("button", name="Context: 60 % full")).to_be_visible()
