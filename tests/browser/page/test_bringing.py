"""What comes into a message without being typed there: files, and letters that go astray."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from playwright.sync_api import expect

from tests.browser.chat import Chat

CODE = "def tides():\n    return '```'\n"
BRING = """([event, files, name]) => {
  const transfer = new DataTransfer();
  for (const [name, bytes] of Object.entries(files))
    transfer.items.add(new File([new Uint8Array(bytes)], name));
  const target = document.querySelector(`textarea[aria-label="${name}"]`);
  const how = { bubbles: true, cancelable: true };
  if (event === "paste") how.clipboardData = transfer;
  else how.dataTransfer = transfer;
  const made = event === "paste" ? new ClipboardEvent(event, how) : new DragEvent(event, how);
  return !target.dispatchEvent(made);
}"""


@pytest.fixture
def chat(page) -> Chat:
    """Alice's page, with nothing said."""
    return Chat(page)


def bring(chat: Chat, event: str, files: Mapping[str, bytes], into: str = "Message") -> bool:
    """Whether the page took files that come so."""
    listed = {name: list(content) for name, content in files.items()}
    taken: bool = chat.page.evaluate(BRING, [event, listed, into])
    return taken


@pytest.mark.parametrize("event", ["drop", "paste"])
def test_a_files_words_are_written_into_the_message(chat, event):
    chat.box.fill("Look at")
    assert bring(chat, event, {"tides.py": CODE.encode(), "notes.md": "# Моря".encode()})
    expect(chat.box).to_have_value(
        f"Look at\ntides.py\n````py\n{CODE}````\nnotes.md\n```md\n# Моря\n```\n"
    )
    expect(chat.box).to_be_focused()
    expect(chat.page.get_by_role("button", name="Context: 0 % full")).to_be_visible()
    bring(chat, event, {"more.txt": b"word " * 3000})
    expect(chat.page.get_by_role("button", name="Context: 60 % full")).to_be_visible()


@pytest.mark.parametrize("event", ["drop", "paste"])
def test_a_files_words_are_written_into_the_message_that_is_changed(chat, event):
    chat.say("Look at")
    chat.wait_for_status("complete")
    chat.press("Edit")
    assert bring(chat, event, {"notes.md": "# Моря".encode()}, into="Edit message")
    expect(chat.editor).to_have_value("Look at\nnotes.md\n```md\n# Моря\n```\n")
    expect(chat.box).to_have_value("")


def test_what_is_no_text_is_refused_with_a_sentence_and_opens_nothing(chat):
    address = chat.page.url
    assert bring(chat, "dragover", {"a.png": b""})
    expect(chat.page.locator("main")).to_have_attribute("data-dropping", "")
    assert bring(chat, "drop", {"a.png": b"\x89PNG\x00"})
    expect(chat.page.get_by_role("alert")).to_contain_text("“a.png” is not text")
    expect(chat.page.locator("main")).not_to_have_attribute("data-dropping", "")
    assert bring(chat, "drop", {"book.txt": b"a" * 1_000_001})
    expect(chat.page.get_by_role("alert")).to_contain_text("“book.txt” is too large")
    expect(chat.box).to_have_value("")
    assert chat.page.url == address


def test_letters_that_nothing_else_takes_are_written_into_the_message(chat, model):
    page = chat.page
    chat.say("One")
    chat.wait_for_status("complete")
    chat.answer.get_by_role("button", name="Copy link").focus()
    page.keyboard.type("Two words")
    expect(chat.box).to_have_value("Two words")
    search = page.get_by_role("searchbox", name="Search")
    search.focus()
    page.keyboard.type("One")
    expect(search).to_have_value("One")
    chat.log.focus()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.type("x")
    expect(chat.box).to_have_value("Two words")
