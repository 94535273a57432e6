"""The page as somebody reads it whose browser asks for Russian: no English word is left on it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone
from playwright.sync_api import Page, expect

#: Names, keys and formats, which are the same in every language.
SAME = set(
    """H2O Web Chat English Enter Esc Ctrl Shift JSON Markdown OpenAI ChatGPT JSONL PIN Top p
    Python SQL NoSQL scripted zip Chrome Chromium Linux
    """.split()
)
OTHERS = re.compile(r"alice-\w+|https?://\S+|\{+\w+\}+")  # people, addresses, places to be filled
# What stands on the page, in its templates, and in the sentences that its scripts may say.
WORDS = """() => {
  const { strings } = globalThis;
  const found = strings ? Object.values(JSON.parse(strings.textContent)) : [];
  const others = "script, style, message-text, kbd, code, .title, .face, .name";
  const kinds = NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT;
  const read = (root) => {
    const walker = document.createTreeWalker(root, kinds);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      if (node.nodeType === Node.TEXT_NODE) {
        if (!node.parentElement?.closest(others)) found.push(node.data);
      } else {
        for (const name of ["aria-label", "title", "placeholder", "alt"]) {
          if (!node.matches("run-facts")) found.push(node.getAttribute(name) ?? "");
        }
        if (node.matches("template")) read(node.content);
      }
    }
  };
  read(document.body);
  return found.flatMap((each) => (typeof each === "string" ? each : Object.values(each)));
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

    model.plays(status=400)
    box.fill("Ещё раз")
    page.get_by_role("button", name="Отправить", exact=True).click()
    answer = page.locator("[data-role=assistant]").last
    expect(answer).to_have_attribute("data-status", "failed")
    expect(answer.locator(".note")).to_contain_text("Сервер модели отклонил запрос")
    page.reload()
    expect(answer.locator(".note")).to_contain_text("Сервер модели отклонил запрос")

    for path in ("account/", "account/erase/", "password/", "nothing-here/"):
        page.goto(f"{server.url}/{path}")
        assert english_on(page) == [], path
    page.context.clear_cookies(name=f"session-{server.port}")
    page.goto(f"{server.url}/sign-in/")
    assert english_on(page) == []


def test_no_english_is_left_in_what_is_fetched_when_it_is_opened(russian, model):
    page = russian
    model.says("```\n1\n```")
    page.get_by_role("textbox", name="Сообщение", exact=True).fill("/")
    expect(page.get_by_role("listbox")).to_contain_text("Управлять")
    assert english_on(page) == []
    page.locator("#message").fill("Приливы")
    page.keyboard.press("Enter")
    expect(page.locator("[data-role=assistant]")).to_have_attribute("data-status", "complete")
    page.locator("[data-action=judge]").first.click()
    expect(page.locator(".judging")).to_be_visible()
    assert english_on(page) == []
    page.locator("[data-action=details]").click()
    expect(page.locator("#details .facts")).to_be_visible()
    assert english_on(page) == []
    page.keyboard.press("Escape")

    page.locator(".top [data-choice=share]").click()
    page.locator("#share [name=named]").check()
    page.locator("#share [name=ends]").fill(f"{timezone.localdate() + timedelta(days=2)}")
    page.locator("#share [type=submit]").click()
    expect(page.locator("#share .link")).to_be_visible()
    link = page.locator("#share .link input").input_value()
    assert english_on(page) == []
    page.keyboard.press("Escape")
    page.locator(".me").click()
    page.locator("[data-open=your-data]").click()
    expect(page.locator("#your-data [data-share]")).to_have_count(1)
    assert english_on(page) == []
    page.keyboard.press("Escape")

    page.locator(".tool.set").click()
    expect(page.locator("#settings[data-ready]")).to_be_visible()
    page.get_by_role("tab").nth(2).click()
    page.locator(".add-preset input").fill("Точно")
    page.keyboard.press("Enter")
    expect(page.locator("#settings-presets li")).to_have_count(1)
    assert english_on(page) == []
    page.keyboard.press("Escape")
    page.get_by_role("searchbox").fill("приливы")
    expect(page.locator(".results > li")).to_have_count(2)
    assert english_on(page) == []
    page.get_by_role("searchbox").fill("")
    page.locator("[data-list=archived]").click()
    expect(page.locator(".no-conversations")).to_be_visible()
    assert english_on(page) == []
    page.goto(link)
    expect(page.get_by_role("heading", level=1)).to_have_text("Приливы")
    assert english_on(page) == []
