"""The page as somebody reads it whose browser asks for Russian: no English word is left on it."""

from __future__ import annotations

import re

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

#: Names, keys and formats, which are the same in every language.
SAME = set(
    """H2O Web Chat English Enter Esc Ctrl Shift JSON Markdown OpenAI ChatGPT JSONL PIN Top p
    Python SQL NoSQL scripted zip Chrome Chromium Linux
    """.split()
)
OTHERS = re.compile(r"alice-\w+|\{\{name\}\}")  # the person, and a place in a prompt
WORDS = """() => {
  const found = [];
  const others = "script, style, message-text, kbd, code, .title, .face, .name";
  const kinds = NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT;
  const walker = document.createTreeWalker(document.body, kinds);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (node.nodeType === Node.TEXT_NODE) {
      if (!node.parentElement.closest(others)) found.push(node.data);
    } else {
      for (const name of ["aria-label", "title", "placeholder", "alt"]) {
        if (!node.matches("run-facts")) found.push(node.getAttribute(name) ?? "");
      }
    }
  }
  return found;
}"""


def english_on(page: Page) -> list[str]:
    """What stands on the page, shown or waiting to be, with a word in Latin letters."""
    found = []
    for text in page.evaluate(WORDS):
        words = set(re.findall(r"[A-Za-z][A-Za-z0-9]*", OTHERS.sub("", text))) - SAME
        if words:
            found.append(f"{sorted(words)}: {' '.join(text.split())}")
    return found


@pytest.fixture
def russian(open_page, alice, server) -> Page:
    page: Page = open_page(person=alice)
    cookie = f"{settings.LANGUAGE_COOKIE_NAME.rpartition('-')[0]}-{server.port}"
    page.context.add_cookies([{"name": cookie, "value": "ru", "url": server.url}])
    page.reload()
    return page


def test_no_english_is_left(russian, model, server, page_errors):
    page_errors.allow("404")
    page = russian
    box = page.get_by_role("textbox", name="Сообщение", exact=True)
    assert english_on(page) == []
    model.says("Ответ.")
    box.fill("Привет")
    page.get_by_role("button", name="Отправить", exact=True).click()
    answer = page.locator("[data-role=assistant]").last
    expect(answer).to_have_attribute("data-status", "complete")
    assert english_on(page) == []

    model.plays(b"", status=400)
    box.fill("Ещё раз")
    page.get_by_role("button", name="Отправить", exact=True).click()
    answer = page.locator("[data-role=assistant]").last
    expect(answer).to_have_attribute("data-status", "failed")
    expect(answer.locator(".note")).to_contain_text("не говорит по HTTP")
    page.reload()
    expect(answer.locator(".note")).to_contain_text("не говорит по HTTP")

    for path in ("account/", "account/erase/", "password/", "nothing-here/"):
        page.goto(f"{server.url}/{path}")
        assert english_on(page) == [], path
    page.context.clear_cookies(name=f"session-{server.port}")
    page.goto(f"{server.url}/sign-in/")
    assert english_on(page) == []
