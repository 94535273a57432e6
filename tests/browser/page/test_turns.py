"""What a person does with turns on the page: send, queue, stop, edit, step through versions."""

import re
import threading

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from chat.models import Conversation
from tests.browser.chat import Chat
from tests.scripted_model import finish, reasoning, text


def conversation_of(page: Page) -> str:
    expect(page).to_have_url(re.compile(r"/c/[0-9a-f-]{36}/"))
    return page.url.rstrip("/").rsplit("/", 1)[1]


def questions(model) -> list[str]:
    return [answer.request["messages"][-1]["content"] for answer in model.answers]


def test_a_starter_is_a_turn_at_one_press(page, model):
    chat = Chat(page)
    starter = page.locator(".starter").first
    words = " ".join(starter.inner_text().split())
    starter.click()
    chat.wait_for_status("complete")
    assert " ".join(chat.turns.inner_text().split()).endswith(words)
    assert questions(model) == [words]


def test_what_is_sent_before_the_page_is_ready_is_sent_once(open_page, alice, server, model):
    page = open_page(person=alice)
    ready = threading.Event()
    page.route("**/main.*.js", lambda route: (ready.wait(10), route.continue_()))
    page.goto(server.url, wait_until="commit")
    chat = Chat(page)
    chat.box.fill("Quick as the wind")
    chat.box.press("Enter")
    ready.set()
    chat.wait_for_status("complete")
    expect(chat.turns).to_have_count(1)
    assert questions(model) == ["Quick as the wind"]


def test_enter_sends_and_shift_enter_breaks_the_line(page, model):
    chat = Chat(page)
    chat.box.press_sequentially("one")
    chat.box.press("Shift+Enter")
    chat.box.press_sequentially("two")
    chat.box.press("Enter")
    chat.wait_for_status("complete")
    expect(chat.box).to_have_value("")
    assert questions(model) == ["one\ntwo"]


def test_a_turn_said_while_answering_waits_for_the_answer(page, model):
    more = threading.Event()
    model.plays(text("First."), more, finish())
    model.says("Second.")
    chat = Chat(page)
    chat.say("One?")
    chat.wait_for_text()
    chat.say("Two?")
    expect(chat.turns.last).to_contain_text("Will be sent after the answer above.")
    assert questions(model) == ["One?"]
    more.set()
    expect(chat.answers).to_have_count(2)
    chat.wait_for_status("complete")
    assert chat.text() == "Second."
    assert questions(model) == ["One?", "Two?"]


def test_a_waiting_turn_can_stop_the_answer_before_it(page, model):
    answer = model.plays(text("A long story"), threading.Event())
    chat = Chat(page)
    chat.say("One?")
    chat.wait_for_text()
    chat.say("Two?")
    chat.press("Answer now")
    expect(chat.answers.first).to_have_attribute("data-status", "stopped")
    assert answer.left.wait(5)
    chat.wait_for_status("complete")
    assert questions(model) == ["One?", "Two?"]


def test_a_waiting_turn_can_be_taken_back_to_be_changed(page, model):
    more = threading.Event()
    model.plays(text("First."), more, finish())
    chat = Chat(page)
    chat.say("One?")
    chat.wait_for_text()
    chat.say("Two?")
    chat.press("Take back")
    expect(chat.box).to_have_value("Two?")
    expect(chat.turns).to_have_count(1)
    more.set()
    chat.wait_for_status("complete")
    assert questions(model) == ["One?"]


def test_a_waiting_turn_outlives_a_reload(page, model):
    more = threading.Event()
    model.plays(text("First."), more, finish())
    chat = Chat(page)
    chat.say("One?")
    chat.wait_for_text()
    chat.say("Two?")
    conversation_of(page)
    page.reload()
    expect(chat.turns.last).to_contain_text("Two?")
    more.set()
    expect(chat.answers).to_have_count(2)
    chat.wait_for_status("complete")
    assert questions(model) == ["One?", "Two?"]


def test_a_refused_turn_is_back_in_the_composer_with_the_reason(page, model, server):
    chat = Chat(page)
    with page.expect_response("**/seen/"):  # which is told once, and not of what is gone by then
        chat.say("Hello")
        chat.wait_for_status("complete")
    with server.database() as alias:
        mine = Conversation.objects.using(alias).filter(pk=conversation_of(page))
        mine.update(deleted_at=timezone.now())
    chat.say("A thought that must not be lost")
    expect(page.get_by_role("alert")).to_contain_text("not there any more")
    expect(chat.box).to_have_value("A thought that must not be lost")
    expect(chat.turns).to_have_count(1)


def test_a_turn_that_is_too_long_is_not_sent_and_says_why(page, look_at):
    chat = Chat(page)
    chat.box.fill("x" * 200_001)
    expect(page.get_by_role("button", name="Send", exact=True)).to_be_disabled()
    expect(page.locator("#limit")).to_contain_text("200,001 of at most 200,000 characters")
    look_at(page, "too long")
    chat.box.fill("😀" * 150_000)  # 300,000 units of UTF-16, 150,000 characters
    expect(page.get_by_role("button", name="Send", exact=True)).to_be_enabled()


def test_stop_works_before_the_first_word(page, model):
    answer = model.plays(threading.Event())
    chat = Chat(page)
    chat.say("Hello?")
    expect(page.get_by_text(re.compile(r"Waiting for the first word · [2-9] s"))).to_be_visible()
    page.keyboard.press("Escape")
    chat.wait_for_status("stopped")
    assert answer.left.wait(5)
    expect(chat.answer).to_contain_text("Stopped before the first word.")
    chat.press("Try again")
    chat.wait_for_status("complete")
    expect(chat.answer).to_contain_text("2 / 2")


def test_an_answer_that_failed_says_why_and_goes_on(page, model):
    model.plays(text("Half of"), b'data: {"error": {"message": "The GPU fell over."}}\n\n')
    model.plays(text(" the answer."), finish())
    chat = Chat(page)
    chat.say("Hello?")
    chat.wait_for_status("failed")
    expect(chat.answer).to_contain_text("The GPU fell over.")
    chat.press("Continue")
    chat.wait_for_status("complete")
    assert chat.text() == "Halfoftheanswer."
    expect(chat.answer).not_to_contain_text("The GPU fell over.")


def test_reasoning_is_folded_beside_the_answer(page, model):
    model.plays(reasoning("Two and two."), text("Four."), finish())
    chat = Chat(page)
    chat.say("What is 2 + 2?")
    chat.wait_for_status("complete")
    assert chat.text() == "Four."
    expect(page.get_by_text("Two and two.")).to_be_hidden()
    chat.answer.locator("summary").click()
    expect(page.get_by_text("Two and two.")).to_be_visible()


def test_how_long_the_model_reasoned_is_told_live_and_after_a_reload(page, model):
    more, last = threading.Event(), threading.Event()
    model.plays(reasoning("Two and two."), more, text("Four."), last, finish())
    chat = Chat(page)
    summary = chat.answer.locator("summary")
    counts = re.compile(r"^Thinking…\s+\d+ s$")
    spent = re.compile(r"^Thought for \d+ s$")
    chat.say("What is 2 + 2?")
    expect(summary).to_have_text(counts, use_inner_text=True, timeout=20_000)
    more.set()
    expect(summary).to_have_text(spent, use_inner_text=True)
    last.set()
    chat.wait_for_status("complete")
    told = summary.inner_text()
    page.reload()
    expect(summary).to_have_text(told, use_inner_text=True)

    more, last = threading.Event(), threading.Event()
    model.plays(reasoning("Three and three."), more, text("Six."), last, finish())
    chat.say("And 3 + 3?")
    expect(summary).to_have_text(counts, use_inner_text=True, timeout=20_000)
    page.reload()
    expect(summary).to_have_text(counts, use_inner_text=True, timeout=20_000)
    more.set()
    expect(summary).to_have_text(spent, use_inner_text=True)
    last.set()
    chat.wait_for_status("complete")
    expect(summary).to_have_text(spent, use_inner_text=True)


def test_an_edit_makes_a_branch_and_the_chosen_branch_is_remembered(page, model):
    model.says("About cats.")
    model.says("About dogs.")
    chat = Chat(page)
    chat.say("Cats?")
    chat.wait_for_status("complete")
    chat.press("Edit")
    expect(chat.editor).to_have_value("Cats?")
    chat.rewrite("Dogs?")
    expect(chat.turns).to_have_count(1)
    chat.wait_for_status("complete")
    expect(chat.turns.last).to_contain_text("2 / 2")
    assert chat.text() == "Aboutdogs."

    chat.press("Previous version")
    expect(chat.turns.last).to_contain_text("Cats?")
    assert chat.text() == "Aboutcats."
    page.reload()
    expect(chat.turns.last).to_contain_text("Cats?")
    expect(chat.turns.last).to_contain_text("1 / 2")


def test_an_edit_that_is_cancelled_gives_the_draft_back(page):
    chat = Chat(page)
    chat.say("Hello")
    chat.wait_for_status("complete")
    chat.box.fill("a draft")
    chat.press("Edit")
    expect(chat.editor).to_have_value("Hello")
    expect(chat.editor).to_be_focused()
    chat.editor.press("Escape")
    expect(chat.editor).to_have_count(0)
    expect(chat.turns.last).to_contain_text("Hello")
    expect(page.get_by_role("button", name="Edit", exact=True)).to_be_focused()
    expect(chat.box).to_have_value("a draft")


def test_versions_of_an_answer_are_stepped_through(page, model):
    for number in ("One", "Two", "Three"):
        model.says(f"{number}.")
    chat = Chat(page)
    chat.say("Say a number.")
    chat.wait_for_status("complete")
    for versions in (2, 3):
        chat.press("Regenerate")
        expect(chat.answer).to_contain_text(f"{versions} / {versions}")
        chat.wait_for_status("complete")
    assert chat.text() == "Three."
    chat.press("Previous version")
    expect(chat.answer).to_contain_text("2 / 3")
    assert chat.text() == "Two."
    chat.press("Next version")
    expect(chat.answer).to_contain_text("3 / 3")
    assert chat.text() == "Three."

    previous = page.get_by_role("button", name="Previous version", exact=True)
    next_one = page.get_by_role("button", name="Next version", exact=True)
    expect(previous).to_be_focused()  # there is no next one
    for version in ("2 / 3", "1 / 3"):
        page.keyboard.press("Enter")
        expect(chat.answer).to_contain_text(version)
    expect(next_one).to_be_focused()
    for version in ("2 / 3", "3 / 3"):
        page.keyboard.press("Enter")
        expect(chat.answer).to_contain_text(version)
    expect(previous).to_be_focused()
    assert chat.text() == "Three."


def test_an_answer_goes_on_in_its_branch_while_another_is_shown(page, model):
    chat = Chat(page)
    chat.say("Say a number.")
    chat.wait_for_status("complete")
    chat.press("Regenerate")
    expect(chat.answer).to_contain_text("2 / 2")
    chat.wait_for_status("complete")
    more = threading.Event()
    model.plays(text("First."), more, finish())
    chat.say("One?")
    expect(chat.answers).to_have_count(2)
    chat.wait_for_text()
    chat.say("Two?")
    stop = page.get_by_role("button", name="Stop", exact=True)
    in_list = page.get_by_role("navigation").get_by_role("img", name="Answering")
    page.get_by_role("button", name="Previous version", exact=True).first.click()
    expect(chat.turns).to_have_count(1)
    expect(page).to_have_title("Say a number. – H2O Chat")
    expect(chat.box).to_have_value("Two?")
    expect(stop).to_be_hidden()
    expect(in_list).to_be_visible()

    page.get_by_role("button", name="Next version", exact=True).click()
    expect(page).to_have_title("… Answering: Say a number. – H2O Chat")
    expect(stop).to_be_visible()
    page.get_by_role("button", name="Previous version", exact=True).first.click()
    expect(chat.turns).to_have_count(1)
    more.set()
    expect(in_list).to_be_hidden()
    assert questions(model) == ["Say a number.", "Say a number.", "One?"]


def test_copy_takes_the_answer_as_markdown(page, model):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    markdown = "**Bold** and a list:\n\n- one\n- two"
    model.says(markdown)
    chat = Chat(page)
    chat.say("Markdown, please.")
    chat.wait_for_status("complete")
    chat.answer.get_by_role("button", name="Copy", exact=True).click()
    expect(page.get_by_role("status").get_by_text("Copied", exact=True)).to_be_attached()
    assert page.evaluate("navigator.clipboard.readText()") == markdown


def test_what_a_person_writes_is_text_and_nothing_else(page, model):
    hostile = '<img src=x onerror="document.title=1"><script>document.title=2</script> **plain**'
    chat = Chat(page)
    chat.say(hostile)
    chat.wait_for_status("complete")
    expect(page.get_by_role("heading", level=1)).to_contain_text("<img src=x")
    for _ in range(2):
        expect(chat.turns.locator("message-text")).to_have_text(hostile)
        expect(page.get_by_role("navigation").get_by_role("link").first).to_contain_text("<img")
        assert page.locator("main img, nav img, message-text script").count() == 0
        page.reload()


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_a_reader_who_scrolled_up_stays_there_while_text_arrives(open_page, alice, model, size):
    page = open_page(person=alice, size=size)
    more, end = threading.Event(), threading.Event()
    model.plays(text("A line.\n\n" * 80), more, text("Another line.\n\n" * 80), end, finish())
    chat = Chat(page)
    chat.say("Many lines, please.")
    chat.wait_for_text()
    newest = page.get_by_role("button", name="Scroll to newest")
    expect(newest).to_be_hidden()
    chat.log.evaluate("log => { log.scrollTop = 300; }")
    expect(newest).to_be_visible()
    more.set()
    expect(chat.answer.get_by_text("Another line.").last).to_be_attached()
    assert chat.log.evaluate("log => log.scrollTop") == 300
    newest.click()
    expect(newest).to_be_hidden()
    end.set()
    chat.wait_for_status("complete")
    left = chat.log.evaluate("log => log.scrollHeight - log.scrollTop - log.clientHeight")
    assert left < 2
