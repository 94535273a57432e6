"""Around the turns: drafts, the list of conversations, tabs in step, the connection, the theme."""

import json
import re
import threading
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chat import Chat
from tests.browser.conftest import sign_in
from tests.browser.page.lists import choose
from tests.scripted_model import finish, text

CONVERSATION = re.compile(r"/c/[0-9a-f-]{36}/$")


@pytest.fixture
def chat(page, model) -> Chat:
    """Alice's page with one finished turn."""
    chat = Chat(page)
    chat.say("Good morning")
    chat.wait_for_status("complete")
    expect(page).to_have_url(CONVERSATION)
    expect(page.get_by_role("heading", level=1)).to_have_text("Good morning")
    return chat


def listed(page: Page):
    return page.get_by_role("navigation", name="Conversations").get_by_role("link")


def marked(page: Page):
    """The marks of conversations with an answer that nobody has seen, in the list or its button."""
    return page.locator("[data-unread]:not([data-answering]) .news")


def hide(page: Page, is_hidden: bool) -> None:
    """Let the page believe that it is behind another one, or that it is not any more."""
    page.evaluate(
        """(is) => {
            Object.defineProperty(document, "hidden", { configurable: true, get: () => is });
            document.dispatchEvent(new Event("visibilitychange"));
        }""",
        is_hidden,
    )


def another_tab(page: Page) -> Chat:
    tab = page.context.new_page()
    tab.goto(page.url)
    return Chat(tab)


# --- drafts and moving about


def test_each_conversation_keeps_its_own_draft_across_a_reload(chat):
    page = chat.page
    chat.box.fill("half a thought")
    page.get_by_role("button", name="New chat").click()
    expect(chat.box).to_have_value("")
    expect(chat.turns).to_have_count(0)
    chat.box.fill("another one")
    page.go_back()
    expect(chat.box).to_have_value("half a thought")
    expect(chat.turns).to_have_count(1)
    page.reload()
    expect(chat.box).to_have_value("half a thought")
    page.go_forward()
    expect(chat.box).to_have_value("another one")


def test_moving_between_conversations_loads_no_new_page(chat):
    page = chat.page
    page.evaluate("document.body.dataset.mark = 'the same page'")
    page.get_by_role("button", name="New chat").click()
    chat.say("Good evening")
    chat.wait_for_status("complete")
    expect(listed(page).first).to_have_text("Good evening")
    listed(page).nth(1).click()
    expect(chat.turns).to_contain_text("Good morning")
    expect(page.get_by_role("heading", level=1)).to_have_text("Good morning")
    expect(page).to_have_title("Good morning – H2O Chat")
    expect(listed(page).nth(1)).to_have_attribute("aria-current", "page")
    assert page.evaluate("document.body.dataset.mark") == "the same page"


def left_amid_an_answer(page, model) -> tuple[Chat, threading.Event]:
    """A chat whose page shows another one by now, and what lets its answer go on."""
    more = threading.Event()
    model.plays(text("Once"), more, text(" upon a time."), finish())
    chat = Chat(page)
    chat.say("A story")
    chat.wait_for_text()
    page.get_by_role("button", name="New chat").click()
    return chat, more


def test_an_answer_goes_on_while_its_reader_is_elsewhere(page, model):
    chat, more = left_amid_an_answer(page, model)
    expect(page.get_by_role("navigation").get_by_role("img", name="Answering")).to_be_visible()
    more.set()
    expect(page.get_by_role("navigation").get_by_role("img", name="Answering")).to_be_hidden()
    page.go_back()
    chat.wait_for_status("complete")
    assert chat.text() == "Onceuponatime."


# --- the list


def test_that_an_answer_was_seen_is_told_once_though_a_list_does_not_know_it_yet(page, model):
    told = []
    page.route("**/seen/", lambda route: told.append(route))  # the server does not hear of it
    chat = Chat(page)
    chat.say("Hello")
    chat.wait_for_status("complete")
    with page.expect_response(re.compile(r"/conversations/(\?|$)")) as listed_again:
        choose(page, "Hello", "Pin")
    assert "data-unread" in listed_again.value.text()
    expect(page.get_by_role("heading", name="Pinned")).to_be_visible()
    expect(marked(page)).to_have_count(0)
    assert len(told) == 1
    told[0].continue_()


def test_an_answer_that_nobody_saw_is_marked_until_somebody_looks(
    page, model, open_page, alice, look_at
):
    chat, more = left_amid_an_answer(page, model)
    other = open_page(person=alice, size="phone")
    more.set()
    for tab in (page, other):
        expect(marked(tab)).to_have_attribute("aria-label", "New answer")
    expect(listed(page)).to_have_accessible_name("A story New answer")
    look_at(page)
    page.reload()
    expect(marked(page)).to_be_visible()
    listed(page).click()
    chat.wait_for_status("complete")
    for tab in (page, other):
        expect(marked(tab)).to_have_count(0)
    with page.expect_response(re.compile("/seen/$")):
        chat.press("Regenerate")
        chat.wait_for_status("complete")
    page.reload()
    expect(listed(page)).to_have_text("A story")
    expect(marked(page)).to_have_count(0)


def test_a_page_that_is_hidden_has_not_shown_its_answer(page, model, open_page, alice):
    more = threading.Event()
    model.plays(text("Once"), more, finish())
    chat = Chat(page)
    chat.say("A story")
    chat.wait_for_text()
    other = open_page(person=alice)
    hide(page, True)
    more.set()
    chat.wait_for_status("complete")
    expect(marked(other)).to_be_visible()
    hide(page, False)
    expect(marked(other)).to_have_count(0)


def test_an_answer_that_ends_before_a_page_has_its_line_is_marked(page, model, open_page, alice):
    _, more = left_amid_an_answer(page, model)

    def late(line):
        expect(other.get_by_role("img", name="Answering")).to_be_visible()
        more.set()
        expect(marked(page)).to_be_visible()
        line.connect_to_server()

    other = open_page(person=alice)
    other.route_web_socket(re.compile("/ws/chat/"), late)
    other.goto(page.url)
    expect(marked(other)).to_be_visible()


def test_a_page_that_waited_long_for_its_line_asks_what_changed(chat, open_page, alice):
    def late(line):
        page.get_by_role("button", name="Rename").click()
        page.get_by_role("textbox", name="Title").fill("Mornings")
        page.keyboard.press("Enter")
        expect(listed(page).first).to_have_text("Mornings")
        other.wait_for_timeout(2_000)
        assert listed(other).first.inner_text() == "Good morning"
        line.connect_to_server()

    page = chat.page
    other = open_page(person=alice)
    other.route_web_socket(re.compile("/ws/chat/"), late)
    other.goto(page.url)
    expect(listed(other).first).to_have_text("Mornings")


def test_a_conversation_that_is_put_away_leaves_the_page(chat):
    page = chat.page
    address = page.url
    choose(page, "Good morning", "Archive")
    expect(page).to_have_url(re.compile(r":\d+/$"))
    expect(chat.turns).to_have_count(0)
    page.get_by_role("alert").get_by_role("button", name="Undo").click()
    expect(page).to_have_url(address)
    expect(chat.turns).to_contain_text("Good morning")


def test_a_conversation_is_renamed_here_and_in_the_other_tab(chat):
    page, other = chat.page, another_tab(chat.page)
    page.get_by_role("button", name="Rename").click()
    page.get_by_role("textbox", name="Title").fill("Mornings")
    page.keyboard.press("Enter")
    for tab in (page, other.page):
        expect(tab.get_by_role("heading", level=1)).to_have_text("Mornings")
        expect(listed(tab).first).to_have_text("Mornings")
        expect(tab).to_have_title("Mornings – H2O Chat")


def test_a_conversation_is_deleted_and_brought_back_here_and_in_the_other_tab(chat):
    page, other = chat.page, another_tab(chat.page)
    address = page.url
    page.get_by_role("button", name="Delete").click()
    for tab in (page, other.page):
        expect(tab).to_have_url(re.compile(r":\d+/$"))
        expect(listed(tab)).to_have_count(0)
    expect(other.page.get_by_role("alert")).to_contain_text("was deleted")
    expect(page.get_by_role("alert")).to_contain_text("“Good morning” is deleted.")
    page.get_by_role("button", name="Undo").click()
    for tab in (page, other.page):
        expect(listed(tab)).to_have_text(["Good morning"])
    expect(page).to_have_url(address)
    expect(chat.turns).to_contain_text("Good morning")
    expect(page.get_by_role("alert")).to_be_empty()


def test_the_menu_of_a_conversation_works_from_the_keyboard(chat):
    page = chat.page
    listed(page).first.focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#options").get_by_role("button", name="Rename")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.type("By hand")
    page.keyboard.press("Enter")
    expect(listed(page).first).to_have_text("By hand")


def test_what_the_server_did_not_answer_is_asked_again_by_a_button(chat, page_errors):
    page_errors.allow("ERR_FAILED")
    page = chat.page
    alert = page.get_by_role("alert")
    again = alert.get_by_role("button", name="Try again")
    page.get_by_role("button", name="New chat").click()
    page.route("**/c/*/", lambda route: route.abort(), times=1)
    listed(page).click()
    again.click()
    expect(chat.turns).to_contain_text("Good morning")
    expect(alert).to_be_empty()
    page.route("**/rename/", lambda route: route.abort(), times=1)
    page.get_by_role("button", name="Rename").click()
    page.get_by_role("textbox", name="Title").fill("Mornings")
    page.keyboard.press("Enter")
    again.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Mornings")
    expect(listed(page)).to_have_text("Mornings")
    page.route("**/archive/", lambda route: route.abort(), times=1)
    choose(page, "Mornings", "Archive")
    again.click()
    expect(alert).to_contain_text("“Mornings” is archived.")
    page.route("**/bring-back/", lambda route: route.abort(), times=1)
    alert.get_by_role("button", name="Undo").click()
    again.click()
    expect(listed(page)).to_have_text("Mornings")


# --- two tabs


def test_two_tabs_stay_in_step(chat, model):
    other = another_tab(chat.page)
    more = threading.Event()
    model.plays(text("One, two,"), more, text(" three."), finish())
    other.say("Count")
    expect(chat.turns).to_have_count(2)
    chat.wait_for_text()
    more.set()
    for tab in (chat, other):
        tab.wait_for_status("complete")
        assert tab.text() == "One,two,three."
    chat.press("Regenerate")
    chat.wait_for_status("complete")
    for tab in (chat, other):
        expect(tab.answer).to_contain_text("2 / 2")


def test_a_tab_that_could_not_fetch_what_another_said_tries_again(chat, model, page_errors):
    page_errors.allow("502")
    model.says("Hello.")
    other = another_tab(chat.page)
    refused = []

    def refuse_twice(route):
        if len(refused) < 2:
            refused.append(route)
            route.fulfill(status=502)
        else:
            route.continue_()

    chat.page.route(chat.page.url, refuse_twice)
    chat.page.route("**/conversations/**", lambda route: route.fulfill(status=502), times=1)
    other.say("Where are you?")
    other.wait_for_status("complete")
    expect(chat.turns).to_have_count(2, timeout=20_000)
    assert len(refused) == 2


# --- the connection


def test_only_after_five_seconds_a_person_is_told_that_there_is_no_connection(page):
    banner = page.get_by_text("No connection to the server.")
    page.add_init_script("window.WebSocket = class { readyState = 0; close() {} }")  # never opens
    page.clock.install()
    page.clock.pause_at(page.evaluate("Date.now() + 60_000"))
    page.reload()
    expect(Chat(page).box).to_be_focused()  # all that is done at the beginning is done
    page.clock.run_for(4_000)
    expect(banner).to_be_hidden()
    page.clock.run_for(1_000)
    expect(banner).to_be_visible()


def test_what_is_said_without_a_connection_is_queued_and_sent_once(
    new_server, open_page, model, page_errors
):
    page_errors.allow("ERR_CONNECTION|WebSocket connection|ERR_EMPTY_RESPONSE")
    server = new_server(H2O_TITLES="no")
    page = open_page(person=server.person(), server=server)
    chat = Chat(page)
    chat.say("Hello")
    chat.wait_for_status("complete")
    server.kill()
    banner = page.get_by_text("No connection to the server.")
    expect(banner).to_be_visible(timeout=20_000)
    chat.say("Are you there?")
    expect(chat.turns.last).to_contain_text("Will be sent when the connection is back.")
    server.start()
    expect(banner).to_be_hidden(timeout=30_000)
    expect(chat.answers).to_have_count(2)
    chat.wait_for_status("complete")
    expect(chat.turns.last).not_to_contain_text("Will be sent")
    asked = [answer.request["messages"][-1]["content"] for answer in model.answers]
    assert asked == ["Hello", "Are you there?"]


def test_whoever_is_signed_out_elsewhere_signs_in_and_loses_nothing(chat, alice, server):
    page, address = chat.page, chat.page.url
    chat.box.fill("Not lost")
    other = another_tab(page)
    other.page.get_by_role("button", name="Account of").click()
    other.page.get_by_role("button", name="Sign out").click()
    expect(other.page).to_have_url(re.compile("/sign-in/"))
    expect(page).to_have_url(re.compile("/sign-in/"), timeout=30_000)
    assert parse_qs(urlsplit(page.url).query)["next"] == [urlsplit(address).path]
    sign_in(page.context, server, alice)
    page.goto(address)
    expect(chat.box).to_have_value("Not lost")
    chat.box.press("Enter")
    expect(chat.turns.last).to_contain_text("Not lost")
    chat.wait_for_status("complete")


# --- models


def test_a_model_that_gets_ready_is_told_of_until_it_is(page):
    model = {"name": "m", "label": "Tiny", "server": "Built-in", "context": None}
    states = [
        {"state": "loading", "detail": "Fetching the built-in model: 340 of 491 MB."},
        {"state": "loading", "detail": ""},
        {"state": "up", "detail": ""},
    ]

    def tell(route):
        now = states.pop(0) if len(states) > 1 else states[0]
        told = {**model, "notice": "A very small model.", **now}
        route.fulfill(content_type="application/json", body=json.dumps({"models": [told]}))

    page.route("**/models/", tell)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.get_by_text("340 of 491 MB")).to_be_visible()
    expect(page.get_by_text("Tiny is getting ready.")).to_be_visible()
    expect(page.get_by_text("Tiny is ready.")).to_be_visible()
    expect(page.get_by_text("Tiny is ready.")).to_be_hidden()
    notice, caution = page.get_by_text("A very small model."), page.get_by_text("can be wrong")
    expect(notice.filter(visible=True)).to_have_count(1)
    expect(caution).to_be_visible()
    expect(page.get_by_text("Tiny", exact=True)).to_have_count(1)
    Chat(page).say("Hello")
    expect(page.locator(".welcome")).to_be_hidden()
    expect(notice.filter(visible=True)).to_have_count(1)
    expect(caution).to_be_hidden()


# --- how it looks


def test_a_chosen_theme_stands_before_the_page_is_painted(page, page_errors):
    page_errors.allow("ERR_FAILED")  # the modules, which this test keeps away
    page.get_by_role("button", name="Account of").click()
    page.get_by_role("radio", name="Dark").check()
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.route("**/main.*.js", lambda route: route.abort())
    page.goto(page.url, wait_until="domcontentloaded")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == dark


def test_the_sidebar_is_left_as_it_was_put(page):
    sidebar = page.get_by_role("complementary")
    page.keyboard.press("Control+Shift+S")
    expect(sidebar).to_be_hidden()
    page.reload()
    expect(sidebar).to_be_hidden()
    page.get_by_role("button", name="Show sidebar").click()
    expect(sidebar).to_be_visible()


def test_on_a_phone_the_list_is_a_drawer(open_page, alice, model):
    page = open_page(person=alice, size="phone")
    chat = Chat(page)
    chat.say("Hello from the bus")
    chat.wait_for_status("complete")
    page.get_by_role("button", name="New chat").click()
    expect(chat.turns).to_have_count(0)
    page.get_by_role("button", name="Show sidebar").click()
    expect(page.get_by_role("button", name="Hide sidebar")).to_be_focused()
    listed(page).first.click()
    expect(chat.turns).to_contain_text("Hello from the bus")
    expect(page.get_by_role("complementary")).to_be_hidden()
    page.get_by_role("button", name="Show sidebar").click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("complementary")).to_be_hidden()
    expect(page.get_by_role("button", name="Show sidebar")).to_be_focused()


def test_the_shortcuts_are_listed_and_work(chat):
    page = chat.page
    page.get_by_role("heading", level=1).click()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("Keyboard shortcuts")
    page.keyboard.press("Escape")
    page.keyboard.press("Shift+Escape")
    expect(chat.box).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(chat.editor).to_have_value("Good morning")
    page.keyboard.press("Escape")
    expect(chat.editor).to_have_count(0)
    expect(chat.box).to_be_focused()
    page.keyboard.press("Control+Shift+O")
    expect(chat.turns).to_have_count(0)
    expect(chat.box).to_be_focused()


def test_the_tab_says_that_an_answer_is_written(page, model):
    more = threading.Event()
    model.plays(text("One"), more, finish())
    chat = Chat(page)
    chat.say("Count")
    chat.wait_for_text()
    expect(page).to_have_title(re.compile("Answering: .* – H2O Chat"))
    more.set()
    chat.wait_for_status("complete")
    expect(page).to_have_title("Count – H2O Chat")


def test_a_hidden_tab_says_that_the_answer_is_done(page, model):
    more = threading.Event()
    model.plays(text("One"), more, finish())
    chat = Chat(page)
    chat.say("Count")
    chat.wait_for_text()
    hide(page, True)
    more.set()
    expect(page).to_have_title("✓ Done: Count – H2O Chat")
    hide(page, False)
    expect(page).to_have_title("Count – H2O Chat")


def test_a_hidden_tab_says_that_an_answer_is_done_in_a_conversation_that_was_left(page, model):
    chat, more = left_amid_an_answer(page, model)
    expect(page.get_by_role("navigation").get_by_role("img", name="Answering")).to_be_visible()
    still = threading.Event()
    model.plays(text("Here"), still, finish())
    chat.say("And here?")
    chat.wait_for_text()
    hide(page, True)
    more.set()
    expect(page).to_have_title("✓ Done: A story – H2O Chat")
    hide(page, False)
    expect(page).to_have_title("… Answering: And here? – H2O Chat")
    still.set()
    chat.wait_for_status("complete")
    expect(page).to_have_title("And here? – H2O Chat")


def test_a_hidden_tab_says_that_a_turn_is_answered_that_was_sent_after_it_was_left(page, model):
    first, second = threading.Event(), threading.Event()
    model.plays(text("Once"), first, finish())
    answer = model.plays(text("Then"), second, finish())
    chat = Chat(page)
    chat.say("A story")
    chat.wait_for_text()
    chat.say("And then?")
    expect(page).to_have_url(CONVERSATION)
    page.get_by_role("button", name="New chat").click()
    expect(chat.turns).to_have_count(0)
    first.set()
    assert answer.asked.wait(20)
    hide(page, True)
    second.set()
    expect(page).to_have_title("✓ Done: A story – H2O Chat")
