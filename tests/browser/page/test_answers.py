"""What is done with an answer: judged, looked at closely, asked of another model, gone on with."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import expect

from chat.models import Feedback
from tests.browser.chat import Chat
from tests.browser.page.test_settings import Settings, fill, saved
from tests.scripted_model import MODEL, finish, text


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_an_answer_is_judged_with_reasons_and_words(
    open_page, alice, server, size, model, page_errors
):
    page_errors.allow("400")  # words that are too many
    page = open_page(person=alice, size=size)
    chat = Chat(page)
    chat.say("Hello")
    chat.wait_for_status("complete")
    good = page.get_by_role("button", name="Good answer", exact=True)
    bad = page.get_by_role("button", name="Bad answer", exact=True)
    other = open_page(page.url.removeprefix(server.url), person=alice, size=size)
    good.click()
    expect(good).to_have_attribute("aria-pressed", "true")
    expect(other.get_by_role("button", name="Good answer")).to_have_attribute(
        "aria-pressed", "true"
    )
    bad.click()
    page.get_by_role("checkbox", name="Not correct").check()
    page.get_by_role("checkbox", name="Too long").check()
    words = page.get_by_role("textbox", name="In your own words")
    words.focus()
    page.keyboard.insert_text("x" * 2_001)
    page.get_by_role("button", name="Done").click()
    too_long = page.get_by_text("Feedback can have at most 2000 characters.")
    expect(too_long).to_be_visible()
    expect(words).to_have_value("x" * 2_001)
    words.fill("It is another number.")
    page.get_by_role("button", name="Done").click()
    expect(bad).to_be_focused()
    expect(good).to_have_attribute("aria-pressed", "false")
    with server.database() as alias:
        (kept,) = Feedback.objects.using(alias).filter(person=alice)
    assert (kept.verdict, kept.reasons) == ("bad", ["wrong", "too_long"])
    assert kept.words == "It is another number."

    page.reload()
    expect(bad).to_have_attribute("aria-pressed", "true")
    bad.click()
    expect(page.get_by_role("checkbox", name="Too long")).to_be_checked()
    expect(page.get_by_role("textbox", name="In your own words")).to_have_value(kept.words)
    there = other.get_by_role("button", name="Bad answer")
    expect(there).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Take it back").click()
    expect(page.get_by_role("button", name="Take it back")).to_be_hidden()
    expect(bad).to_have_attribute("aria-pressed", "false")
    expect(there).to_have_attribute("aria-pressed", "false")
    with server.database() as alias:
        assert not Feedback.objects.using(alias).filter(person=alice).exists()


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_the_details_of_an_answer_say_how_it_was_made(open_page, alice, model, size):
    page = open_page(person=alice, size=size)
    chat, settings = Chat(page), Settings(page)
    panel = settings.open()
    fill(panel, "Temperature", "0.4")
    saved(panel)
    settings.close()
    model.plays(text("Half"), finish("length"))
    chat.say("Hello")
    chat.wait_for_status("length")
    expect(page.get_by_role("button", name="Regenerate with another model")).to_be_hidden()
    chat.press("Details")
    details = page.get_by_role("dialog", name="How this answer was made")
    for told in (MODEL, "Temperature", "0.4", "nothing: the model read the whole conversation"):
        expect(details).to_contain_text(told)
    details.get_by_role("button", name="Close").click()
    expect(details).to_be_hidden()
    page.get_by_role("button", name="Allow longer answers").click()
    expect(settings.panel("This chat")).to_be_visible()


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_another_model_answers_beside_the_first_and_after_a_failure(
    open_page, new_server, size, model, look_at
):
    models = [{"name": MODEL}, {"name": "second", "label": "The second"}]
    server = new_server(H2O_TITLES="no", H2O_MODELS=json.dumps(models))
    page = open_page(person=server.person(), server=server, size=size)
    chat = Chat(page)
    expect(page.get_by_role("combobox", name="Model").locator("option")).to_have_count(2)
    model.plays(text("Half"), b'data: {"error": {"message": "Broken."}}\n\n')
    chat.say("Hello")
    chat.wait_for_status("failed")
    expect(page.get_by_role("button", name="Choose another model")).to_be_visible()
    look_at(page, "failed")
    page.get_by_role("button", name="Choose another model").click()
    page.get_by_role("button", name="The second").click()
    chat.wait_for_status("complete")
    expect(chat.answer.locator(".place")).to_have_text("2 / 2")
    page.get_by_role("button", name="Regenerate with another model").click()
    page.get_by_role("button", name=MODEL, exact=True).click()
    expect(chat.answer.locator(".place")).to_have_text("3 / 3")
    chat.wait_for_status("complete")
    asked = [answer.request["model"] for answer in model.answers]
    assert asked == [MODEL, "second", MODEL]
    page.get_by_role("button", name="Regenerate with another model").click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="The second")).to_be_hidden()
