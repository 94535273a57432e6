"""The chat page, as a person meets it."""

from __future__ import annotations

import contextlib
import re

from playwright.sync_api import Error, Locator, Page, expect

ENDED = re.compile("complete|length|stopped|failed|interrupted")


class Chat:
    """What a person does on the page and reads there, by the names that they read."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.box = page.get_by_role("textbox", name="Message", exact=True)
        self.editor = page.get_by_role("textbox", name="Edit message", exact=True)
        self.log = page.get_by_role("log", name="Conversation")
        self.turns = self.log.locator("[data-role=user]")
        self.answers = self.log.locator("[data-role=assistant]")

    @property
    def answer(self) -> Locator:
        """The last answer."""
        return self.answers.last

    def say(self, text: str) -> None:
        """Write a message and send it."""
        self.box.fill(text)
        composer = self.page.locator(".composer")
        composer.get_by_role("button", name="Send", exact=True).click()

    def rewrite(self, text: str) -> None:
        """Write this in place of the message that is being changed, and send it."""
        self.editor.fill(text)
        self.log.get_by_role("button", name="Send", exact=True).click()

    def press(self, name: str) -> None:
        """Press the last button of this name: what is done to the newest turn."""
        self.page.get_by_role("button", name=name, exact=True).last.click()

    def cut_short(self) -> str:
        """Stop the last answer, unless it has ended by itself; returns its words."""
        stop = self.page.get_by_role("button", name="Stop", exact=True)
        if self.answer.get_attribute("data-status") == "streaming":
            with contextlib.suppress(Error):  # it ends as we reach for the button
                stop.click(timeout=2000)
        self.wait_for_status(ENDED)
        return self.text()

    def text(self) -> str:
        """The words of the last answer, without the space between them, which is layout."""
        return "".join(self.answer.locator("message-text.said").inner_text().split())

    def wait_for_text(self, more_than: str = "", *, seconds: float = 20) -> str:
        """Wait until the last answer has text, or goes on after ``more_than``; returns it."""
        said = self.answer.locator("message-text.said")
        expect(said).to_have_text(re.compile(r"\S"), timeout=seconds * 1000)
        self.page.wait_for_function(
            "([element, length]) => element.innerText.replace(/\\s/g, '').length > length",
            arg=[said.element_handle(), len(more_than)],
            timeout=seconds * 1000,
        )
        return self.text()

    def wait_for_copied(self, words: str) -> None:
        """Wait until the clipboard, which the page may read, holds these words."""
        reading = "async (words) => (await navigator.clipboard.readText()).trim() === words"
        self.page.wait_for_function(reading, arg=words)

    def wait_for_status(self, status: str | re.Pattern[str], *, seconds: float = 20) -> None:
        """Wait until the last answer stands so: ``complete``, ``stopped``, …"""
        expect(self.answer).to_have_attribute("data-status", status, timeout=seconds * 1000)
