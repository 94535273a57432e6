"""The list of conversations, as a person uses it."""

import re

from playwright.sync_api import Locator, Page, expect

TITLES = ["Apples", "Bread", "Cheese", "Dates"]


def titles(page: Page) -> Locator:
    """Also of a list that lies in a closed drawer."""
    return page.locator("nav.conversations .title")


def choose(page: Page, title: str, choice: str) -> None:
    page.get_by_role("button", name=f"Options for “{title}”").click()
    page.locator("#options").get_by_role("button", name=choice, exact=True).click()


def choose_here(page: Page, choice: str) -> None:
    """From the head of the conversation that is shown, where a phone has a menu for some of it."""
    page.get_by_role("button", name=re.compile(f"^({choice}|Options)$")).first.click()
    menu = page.locator("#options")
    if menu.is_visible():
        menu.get_by_role("button", name=choice, exact=True).click()


def open_list(page: Page) -> None:
    """On a phone the list is a drawer."""
    is_open = page.locator("#app").get_attribute("data-drawer") == "open"
    button = page.get_by_role("button", name="Show sidebar")
    if button.is_visible() and not is_open:
        button.click()
        expect(page.get_by_role("complementary")).to_be_visible()
