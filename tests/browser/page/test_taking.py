"""Taking conversations along: as files out and in, and as links for others to read."""

import json
import re
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from chat.models import Conversation
from tests.browser.chat import Chat
from tests.browser.page.lists import choose, choose_here, open_list, titles
from tests.chat.taking.test_chatgpt import SAMPLE

SIZES = pytest.mark.parametrize("size", ["desk", "phone"])


def open_your_data(page: Page) -> None:
    open_list(page)
    page.get_by_role("button", name="Account of").click()
    page.get_by_role("button", name="Your data").click()


def download(page: Page, way: str) -> Path:
    """What comes when this format is chosen in the dialog."""
    page.get_by_role("radio", name=f"{way} to ").check()
    with page.expect_download() as coming:
        page.get_by_role("button", name="Download").click()
    return Path(coming.value.path()).rename(
        Path(coming.value.path()).with_name(coming.value.suggested_filename)
    )


@SIZES
def test_conversations_leave_as_files_and_come_back(
    open_page, server, alice, several, size, look_at
):
    page = open_page(person=alice, size=size)
    open_list(page)
    choose(page, "Bread", "Export")
    file = download(page, "Markdown")
    assert re.fullmatch(r"Bread \w{8}\.md", file.name)
    assert file.read_text() == "# Bread\n\n## You\n\nBread\n"

    open_your_data(page)
    look_at(page)
    page.get_by_role("button", name="Export all").click()
    packed = download(page, "JSON")
    assert len(zipfile.ZipFile(packed).namelist()) == 4
    page.get_by_role("dialog").get_by_label("Files").set_input_files(packed)
    expect(page.get_by_role("dialog").get_by_role("status")).to_have_text(
        "0 conversations imported. 4 were here already."
    )
    with server.database() as alias:
        Conversation.objects.using(alias).filter(owner=alice).delete()
    page.get_by_role("dialog").get_by_label("Files").set_input_files(packed)
    expect(page.get_by_role("dialog").get_by_role("status")).to_have_text(
        "4 conversations imported."
    )
    expect(titles(page)).to_have_text(["Apples", "Bread", "Cheese", "Dates"])


@SIZES
def test_chatgpts_export_is_imported_as_far_as_it_is_understood(
    open_page, alice, size, tmp_path, look_at
):
    packed = tmp_path / "chatgpt.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("conversations.json", json.dumps([SAMPLE, {"mapping": {}, "title": "No"}]))
        archive.writestr("user.json", json.dumps({"id": "user-1"}))
        archive.writestr("picture.png", b"\x89PNG")
    broken = tmp_path / "broken.json"
    broken.write_text("{")
    page = open_page(person=alice, size=size)
    open_your_data(page)
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Files").set_input_files([packed, broken])
    expect(dialog.get_by_role("status")).to_have_text(
        "1 conversation imported. 1 could not be taken. 1 picture or file was left out."
        " 2 messages of tools were left out."
    )
    expect(dialog.get_by_role("listitem")).to_have_text(
        ["No: There is no message in it.", "broken.json: This is no JSON."]
    )
    look_at(page)
    dialog.get_by_role("button", name="Close").click()
    page.get_by_role("button", name="Archived").click()  # as it was there
    titles(page).click()
    chat = Chat(page)
    expect(chat.turns).to_contain_text(["Where to?", "Thanks"])
    expect(chat.answer).to_contain_text("2 / 2")
    chat.answer.get_by_role("button", name="Previous version").click()
    expect(chat.answer).to_contain_text("Rome.")


@SIZES
def test_a_conversation_is_shared_by_a_link_until_it_is_ended(
    open_page, server, alice, model, size, page_errors, look_at
):
    page_errors.allow("404")
    page = open_page(person=alice, size=size)
    chat = Chat(page)
    chat.say("What is **water**?")
    chat.wait_for_status("complete")
    page.get_by_role("button", name="Share").click()
    dialog = page.get_by_role("dialog")
    look_at(page)
    dialog.get_by_role("checkbox", name="Show my name").check()
    make = dialog.get_by_role("button", name="Create link")
    make.evaluate("button => { button.click(); button.click(); }")
    link = dialog.get_by_role("textbox", name="Link")
    expect(link).to_have_value(re.compile("/s/"))
    path = link.input_value().removeprefix(server.url)
    look_at(page, "a link that was made")
    dialog.get_by_role("button", name="Close").click()
    chat.say("Nobody sees this.")

    stranger = open_page(path, size=size)
    expect(stranger).to_have_url(re.compile("/sign-in/"))
    bob = open_page(path, person=server.person(), size=size, theme="dark")
    expect(bob.get_by_role("list", name="Conversation")).to_contain_text("What is **water**?")
    expect(bob.get_by_role("list", name="Conversation")).to_contain_text("scripted model")
    expect(bob.get_by_text(f"Shared by {alice.username}")).to_be_visible()
    expect(bob.get_by_text("Nobody sees this.")).to_have_count(0)
    expect(bob.get_by_role("textbox")).to_have_count(0)
    look_at(bob)

    open_your_data(page)
    expect(dialog.get_by_role("button", name="End the link")).to_have_count(1)
    look_at(page, "what is shared")
    dialog.get_by_role("button", name="End the link").click()
    expect(dialog.get_by_text("You share nothing.")).to_be_visible()
    bob.reload()
    expect(bob.get_by_role("heading", name="There is nothing here")).to_be_visible()
    assert path.split("/")[-2] not in server.log()


def test_a_link_that_comes_late_is_not_shown_for_another_conversation(open_page, alice, several):
    page = open_page(person=alice)
    asked = []
    page.route("**/share/", lambda route: asked.append(route))
    dialog = page.get_by_role("dialog", name="Share conversation")
    make = dialog.get_by_role("button", name="Create link")
    link = dialog.get_by_role("textbox", name="Link")
    choose(page, "Apples", "Share")
    make.click()
    while not asked:
        page.wait_for_timeout(50)
    dialog.get_by_role("button", name="Close").click()
    choose(page, "Cheese", "Share")
    asked[0].fulfill(json={"address": "https://chat.example/s/apples/"})
    page.wait_for_timeout(300)
    expect(make).to_be_visible()
    expect(link).to_be_hidden()


def test_what_could_not_be_fetched_is_told_and_asked_for_again(
    open_page, alice, several, page_errors
):
    page_errors.allow("ERR_FAILED")
    page = open_page(person=alice)
    page.route("**/taking/exporting*.js", lambda route: route.abort())
    choose(page, "Bread", "Export")
    expect(page.get_by_role("alert")).to_contain_text("The server did not answer.")
    page.unroute_all()
    page.get_by_role("alert").get_by_role("button", name="Try again").click()
    expect(page.get_by_role("dialog")).to_contain_text("Bread")


def test_at_the_head_of_a_phones_page_a_menu_has_all_that_is_done_with_a_conversation(
    open_page, alice, several
):
    page = open_page(person=alice, size="phone")
    open_list(page)
    titles(page).nth(1).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Bread")
    choose_here(page, "Export")
    assert download(page, "Markdown").name.startswith("Bread ")
    choose_here(page, "Rename")
    page.get_by_role("textbox", name="Title").fill("Rye bread")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Rye bread")
    address = page.url
    choose_here(page, "Archive")
    expect(page.get_by_role("alert")).to_contain_text("archived")
    expect(page.get_by_role("heading", level=1)).to_have_text("New chat")
    page.goto(address)  # and the list does not have it
    choose_here(page, "Bring back")
    expect(titles(page)).to_have_text(["Apples", "Rye bread", "Cheese", "Dates"])
    options = page.get_by_role("button", name="Options", exact=True)
    options.click()
    expect(page.locator("#options").get_by_role("button")).to_have_text(
        ["Rename", "Pin", "Archive", "Share", "Export", "Delete"]
    )
    page.keyboard.press("Escape")
    expect(options).to_be_focused()
