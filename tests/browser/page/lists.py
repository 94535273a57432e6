"""The list of conversations, as a person uses it."""

from playwright.sync_api import Locator, Page, expect

TITLES = ["Apples", "Bread", "Cheese", "Dates"]


def titles(page: Page) -> Locator:
    """Also of a list that lies in a closed drawer."""
    return page.locator("nav.conversations .title")


def choose(page: Page, title: str, choice: str) -> None:
    page.get_by_role("button", name=f"Options for “{title}”").click()
    page.locator("#options").get_by_role("button", name=choice, exact=True).click()


def open_list(page: Page) -> None:
    """On a phone the list is a drawer."""
    if not page.get_by_role("complementary").is_visible():
        page.get_by_role("button", name="Show sidebar").click()
        expect(page.get_by_role("complementary")).to_be_visible()
