"""Which model is asked where several servers are configured, and how the page tells of one down.

The rows of further servers stand in the application's database as its watch leaves them.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import FloatRect, Locator, Page, expect

from chat.models import ModelServer
from tests.browser.application import Application
from tests.browser.conftest import OpenPage
from tests.browser.page.test_on_a_phone import assert_one_row
from tests.scripted_model import MODEL

FIRST = "0"  # as a name: before that of the scripted server in every list


@pytest.fixture
def first_server(server: Application) -> Iterator[Callable[..., None]]:
    """Says how a server is that stands before the scripted one."""

    def tell(**row: Any) -> None:
        with server.database() as alias:
            ModelServer.objects.using(alias).update_or_create(
                name=FIRST, defaults={"label": "The first", **row}
            )

    yield tell
    with server.database() as alias:
        ModelServer.objects.using(alias).filter(name=FIRST).delete()


def picker(page: Page) -> Locator:
    return page.get_by_role("combobox", name="Model")


def strip(page: Page) -> Locator:
    return page.locator(".strip")


def look_again(page: Page) -> None:
    """What the page does when the person comes back to it."""
    with page.expect_response("**/models/"):
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def test_a_server_that_never_answered_is_neither_preselected_nor_to_be_chosen(
    first_server, open_page: OpenPage, alice
):
    first_server(state="down", detail="The model server is not running.")
    page = open_page(person=alice)
    expect(picker(page)).to_have_value(MODEL)
    expect(strip(page)).to_be_hidden()
    assert picker(page).locator("option").all_inner_texts() == [MODEL, "The first"]
    expect(picker(page).locator("option").last).to_be_disabled()
    expect(picker(page).locator("option").first).to_be_enabled()


def test_where_nobody_chose_the_first_model_that_is_up_is_asked(
    first_server, open_page: OpenPage, alice
):
    first_server(state="down", detail="Gone.", catalogue=[{"name": "large"}])
    page = open_page(person=alice)
    expect(picker(page)).to_have_value(MODEL)
    first_server(state="up", detail="")
    look_again(page)
    expect(picker(page)).to_have_value(MODEL)  # nothing changes under the person's hands
    page.reload()
    expect(picker(page)).to_have_value("large")
    first_server(state="down", detail="Gone.")
    look_again(page)
    expect(picker(page)).to_have_value(MODEL)
    expect(strip(page)).to_be_hidden()


def test_a_chosen_model_that_dies_shows_within_a_minute(first_server, open_page: OpenPage, alice):
    first_server(state="up", catalogue=[{"name": "large"}])
    page = open_page(person=alice)
    page.clock.install()
    page.reload()
    picker(page).select_option("large")
    expect(strip(page)).to_be_hidden()
    first_server(state="down", detail="The large one is gone.")
    with page.expect_response("**/models/"):
        page.clock.fast_forward(60_000)
    expect(strip(page)).to_contain_text("The large one is gone.")
    strip(page).get_by_role("button", name="Choose another model").click()
    expect(picker(page)).to_be_focused()
    expect(picker(page)).to_have_value("large")


def test_a_hidden_page_asks_nothing_while_all_is_well(first_server, open_page: OpenPage, alice):
    first_server(state="up", catalogue=[{"name": "large"}])
    page = open_page(person=alice)
    page.clock.install()
    page.reload()
    expect(picker(page)).to_have_value("large")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    set_hidden = "is => Object.defineProperty(document, 'hidden', {value: is, configurable: true})"
    page.evaluate(set_hidden, True)
    page.clock.fast_forward(60_000)
    assert not [url for url in asked if url.endswith("/models/")]
    page.evaluate(set_hidden, False)
    with page.expect_response("**/models/"):
        page.clock.fast_forward(60_000)


@pytest.mark.parametrize("locale", ["en-US", "ru-RU"])
def test_a_long_name_and_notice_of_a_model_are_cut_to_a_row_and_told_whole(
    open_page: OpenPage, alice, locale
):
    page = open_page(person=alice, locale=locale)
    name = " ".join(["A model with a long name"] * 9)
    notice = " ".join(["A very small model for trying things out: quick, and often wrong."] * 3)
    model = {"name": "m", "label": name, "context": None, "state": "up", "notice": notice}
    models = {"models": [model | {"server": "Built-in", "detail": ""}]}
    page.route("**/models/", lambda route: route.fulfill(json=models))
    look_again(page)
    page.locator(".composer textarea").fill("Hello")
    page.locator(".composer .send").click()
    expect(page.locator(".welcome")).to_be_hidden()
    beneath = page.locator(".dock .fine").filter(visible=True)
    assert_one_row(beneath)
    expect(beneath.locator(".model-notice")).to_have_attribute("title", notice)
    assert right_edge(beneath.locator(".at-desk")) <= right_edge(beneath) + 1
    select = page.locator(".picker select")
    expect(select).to_have_attribute("title", name)
    settings = box(page.locator(".composer .set"))
    assert 0 <= settings["x"] - right_edge(select) < 20
    assert box(page.locator(".composer .bar"))["height"] < 60


def box(shown: Locator) -> FloatRect:
    box = shown.bounding_box()
    assert box
    return box


def right_edge(shown: Locator) -> float:
    return box(shown)["x"] + box(shown)["width"]
