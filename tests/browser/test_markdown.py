"""Rendered Markdown in a browser: nothing gets out of it, and nothing of it is drawn twice."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Request, expect

from tests.browser.conftest import PageErrors
from tests.browser.static_site import PROJECT, static_site, strict_policy

RICH = (PROJECT / "tests/fixtures/markdown/rich.md").read_text()
SIZES = {"desk": (1280, 800), "phone": (390, 844), "small phone": (320, 640)}
# What a hostile text would call, and where the browser tells of what it refused.
TRAPS = """
    window.runs = []; window.ran = () => runs.push(new Error().stack);
    window.refused = [];
    addEventListener("securitypolicyviolation", (event) => refused.push(event.violatedDirective));
"""
HOSTILE = """async (step) => {
    const { breaches, shown } = await import("/tests/browser/probe.mjs");
    const texts = await (await fetch("/tests/fixtures/hostile.json")).json();
    const elements = texts.map(({ text }) => shown(text, step && Math.ceil(text.length / step)));
    await new Promise((done) => setTimeout(done, 1500));  // code is highlighted meanwhile
    const found = texts.map(({ name }, index) => [name, breaches(elements[index])]);
    return {
        texts: texts.length, runs, refused, found: found.filter(([, list]) => list.length > 0),
        cut: texts.filter((_, at) => elements[at].scrollWidth > elements[at].clientWidth)
            .map(({ name }) => name),
        wide: document.documentElement.scrollWidth - innerWidth > 8,  // room for the focus ring
    };
}"""


# Cut off at the message's edge, because they have no place to break a line.
CANNOT_BREAK = {
    "a flag and families without an end",
    "formula that nests deeply",
    "spaces that are wide",
}


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with static_site(strict_policy()) as url:
        yield url


class Pages:
    """Opens the page, and keeps a list of what it asked other hosts for."""

    def __init__(self, chromium: Browser, errors: PageErrors) -> None:
        self._chromium = chromium
        self._errors = errors
        self.contexts: list[Any] = []
        self.requests: list[str] = []

    def open(self, url: str, size: str = "desk", **context: Any) -> Page:
        width, height = SIZES[size]
        opened = self._chromium.new_context(viewport={"width": width, "height": height}, **context)
        self.contexts.append(opened)
        opened.add_init_script(TRAPS)
        page = opened.new_page()
        page.on("request", self._note)
        self._errors.watch(page)
        page.goto(url)
        page.wait_for_selector("message-text:defined", state="attached")
        return page

    def elsewhere(self, url: str) -> list[str]:
        """What was asked for beside this site's own files."""
        return [asked for asked in self.requests if not asked.startswith((f"{url}/", "data:"))]

    def _note(self, request: Request) -> None:
        self.requests.append(request.url)


@pytest.fixture
def pages(chromium: Browser, page_errors: PageErrors) -> Iterator[Pages]:
    pages = Pages(chromium, page_errors)
    yield pages
    for context in pages.contexts:
        context.close()


def show(page: Page, text: str, **how: Any) -> None:
    page.evaluate(
        "([text, how]) => document.querySelector('message-text').update(text, how)", [text, how]
    )


# Without the policy too, which would catch what the renderer lets through.
@pytest.mark.parametrize(
    ("policy", "step"), [("", 0), (strict_policy(), 6)], ids=["no policy, whole", "streaming"]
)
def test_no_hostile_text_runs_fetches_or_breaks_out(pages: Pages, policy: str, step: int):
    """S15 and S16, of the renderer alone."""
    with static_site(policy) as site:
        page = pages.open(site)
        outcome = page.evaluate(HOSTILE, step)
        assert page.url == f"{site}/"
        assert pages.elsewhere(site) == []
    assert outcome.pop("texts") >= 250
    assert set(outcome.pop("cut")) <= CANNOT_BREAK
    assert outcome == {"runs": [], "refused": [], "found": [], "wide": False}


def test_only_the_sanitiser_makes_html(pages: Pages, site: str, page_errors: PageErrors):
    page = pages.open(site)
    page_errors.allow("TrustedTypePolicy|TrustedHTML")
    attempts = [
        "trustedTypes.createPolicy('mine', { createHTML: (html) => html })",
        "document.body.innerHTML = '<b>x</b>'",
    ]
    for attempt in attempts:
        refused = f"() => {{ try {{ {attempt}; return false }} catch {{ return true }} }}"
        assert page.evaluate(refused)
    show(page, "**bold** <b>text</b>")
    assert page.inner_html("message-text p") == "<strong>bold</strong> &lt;b&gt;text&lt;/b&gt;"


def test_a_text_that_streams_looks_as_if_drawn_at_once(pages: Pages, site: str):
    page = pages.open(site)
    compare = """async ([source, step]) => {
        const { differences } = await import("/tests/browser/probe.mjs");
        return differences(source, step);
    }"""
    assert page.evaluate(compare, [RICH, 17]) == []
    assert page.evaluate(compare, [RICH.replace("\n", "\r\n"), 61]) == []


def test_what_is_over_is_not_drawn_again(pages: Pages, site: str):
    page = pages.open(site)
    blocks, changes = page.evaluate(
        r"""async (source) => {
            const { Rendering } = await import("/static/chat/js/markdown.js");
            const element = document.createElement("div");
            const rendering = new Rendering(element);
            rendering.update(source, { streaming: true });
            const over = [...element.children].slice(0, -1);
            const observer = new MutationObserver(() => {});
            const all = { subtree: true, childList: true, attributes: true, characterData: true };
            for (const block of over) observer.observe(block, all);
            for (const word of "and **on and on**\n\n# until\n\nit ends".split(/(?= )/)) {
                rendering.update(source += word, { streaming: true });
            }
            rendering.update(source);
            const isSame = over.every((block, at) => block === element.children[at]);
            return [isSame ? over.length : 0, observer.takeRecords().length];
        }""",
        f"{RICH}\n\nA paragraph, ",
    )
    assert blocks == 23
    assert changes == 0


def test_a_selection_outlives_the_text_that_streams_behind_it(pages: Pages, site: str):
    page = pages.open(site)
    source = "One **two** three.\n\nFour *five* six"
    show(page, source, streaming=True)
    page.evaluate(
        """() => {
            const [first, second] = document.querySelectorAll("message-text p");
            getSelection().setBaseAndExtent(first.firstChild, 1, second.lastChild, 3);
        }"""
    )
    selected = page.evaluate("getSelection().toString()")
    for more in (" seven", " seven `eight` nine", " seven `eight` nine\n\n- ten"):
        show(page, source + more, streaming=True)
        assert (
            page.evaluate("getSelection().toString()")
            == selected
            == "ne two three.\n\nFour five si"
        )


def test_a_code_block_names_its_language_and_is_highlighted(pages: Pages, site: str):
    page = pages.open(site)
    show(page, "```rust\nfn main() {}\n```\n\n```html\n<script>let x = 1;</script>\n```")
    rust, html = page.locator("code-block").all()
    expect(rust.locator(".code-language")).to_have_text("rust")
    expect(rust.locator(".hl-keyword")).to_have_text("fn")
    # JavaScript within HTML is highlighted too.
    expect(html.locator(".hl-keyword")).to_have_text("let")
    expect(html.locator("code")).to_have_text("<script>let x = 1;</script>")


def test_the_highlighter_comes_when_a_language_is_known_and_not_before(pages: Pages, site: str):
    page = pages.open(site)
    show(page, "```\nplain\n```\n\n```klingon\nqapla'\n```")
    expect(page.locator("code-block")).to_have_count(2)
    page.wait_for_timeout(300)
    assert [asked for asked in pages.requests if "/highlight/" in asked] == []
    show(page, "```py\nprint(1)\n```")
    expect(page.locator(".hl-built_in")).to_have_text("print")
    files = [asked.rsplit("/", 1)[1] for asked in pages.requests if "/highlight/" in asked]
    assert files == ["core.js", "python.js"]


def test_code_is_highlighted_while_it_arrives_and_stays_whole(pages: Pages, site: str):
    page = pages.open(site)
    show(page, "```py\nprint(1)\nx", streaming=True)
    expect(page.locator(".hl-built_in")).to_have_text("print")
    show(page, "```py\nprint(1)\nx = 2", streaming=True)
    assert page.inner_text("code") == "print(1)\nx = 2"
    show(page, "```py\nprint(1)\nx = 2\n```\n\nend")
    expect(page.locator(".hl-number")).to_have_count(2)
    assert page.text_content("code") == "print(1)\nx = 2"


def test_long_code_that_streams_is_the_code_that_was_sent(pages: Pages, site: str):
    page = pages.open(site)
    code = "\n".join(f"line {number} of a long listing" for number in range(2000))
    shown = page.evaluate(
        """async (source) => {
            const { shown } = await import("/tests/browser/probe.mjs");
            const element = shown(source, 1777);
            getSelection().selectAllChildren(element.querySelector("pre"));
            return [element.querySelector("code").textContent, getSelection().toString()];
        }""",
        f"```\n{code}",
    )
    assert shown == [code, code]


def test_the_copy_button_copies_the_code(pages: Pages, site: str):
    page = pages.open(site, permissions=["clipboard-read", "clipboard-write"])
    show(page, "```py\nif x < 1:\n    y = '&amp;'\n```")
    page.get_by_role("button", name="Copy code", exact=True).click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == "if x < 1:\n    y = '&amp;'"
    expect(page.get_by_role("button", name="Copy code", exact=True)).to_be_visible()


def test_code_is_saved_as_a_file_of_its_language(pages: Pages, site: str):
    page = pages.open(site)
    show(page, "```rust\nfn main() {}\n```")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download code").click()
    assert download.value.suggested_filename == "code.rs"
    assert Path(download.value.path()).read_text() == "fn main() {}\n"


def test_the_source_can_be_read_back(pages: Pages, site: str):
    page = pages.open(site)
    element = "document.querySelector('message-text')"
    show(page, "**a** \n\n    b")
    assert page.evaluate(f"{element}.source") == "**a** \n\n    b"


def test_an_element_of_the_page_shows_its_text_when_it_appears(pages: Pages, site: str):
    page = pages.open(site)
    page.evaluate(
        """() => {
            for (const plain of [false, true]) {
                const element = document.createElement("message-text");
                element.toggleAttribute("plain", plain);
                element.textContent = "*a* <b>";
                document.querySelector("main").append(element);
            }
        }"""
    )
    rendered, plain = page.locator("message-text").all()[1:]
    assert rendered.inner_html() == '<p dir="auto"><em>a</em> &lt;b&gt;</p>'
    assert plain.inner_html() == "*a* &lt;b&gt;"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_word_is_easy_to_read(pages: Pages, site: str, theme: str):
    page = pages.open(site, color_scheme=theme)
    show(page, RICH, streaming=True)
    for block in page.locator("code-block").all():
        block.scroll_into_view_if_needed()
    expect(page.locator(".hl-deletion")).to_have_count(1)
    probe = "async () => (await import('/tests/browser/probe.mjs')).faint(document.body)"
    assert page.evaluate(probe) == {}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(pages: Pages, site: str, theme: str):
    page = pages.open(site, "phone", color_scheme=theme)
    show(page, RICH)
    page.locator("code-block").first.scroll_into_view_if_needed()
    expect(page.locator(".hl-keyword").first).to_be_visible()
    violations = Axe().run(page).response["violations"]
    assert [(violation["id"], violation["nodes"][0]["html"]) for violation in violations] == []


@pytest.mark.parametrize("size", SIZES)
def test_nothing_is_wider_than_the_page(pages: Pages, site: str, size: str):
    page = pages.open(site, size)
    show(page, RICH)
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= SIZES[size][0]
    table = page.locator(".table").last
    is_cut = "(box) => box.scrollWidth > box.clientWidth"
    assert table.evaluate(is_cut) == (size != "desk")


def test_a_long_text_does_not_jump_when_blocks_out_of_sight_are_left_out(pages: Pages, site: str):
    page = pages.open(site)
    heights = page.evaluate(
        """async (paragraph) => {
            const element = document.querySelector("message-text");
            const heights = [];
            for (const count of [97, 98, 99, 100, 101, 102]) {
                element.update(paragraph.repeat(count), { streaming: true });
                scrollTo(0, document.documentElement.scrollHeight);
                await new Promise((done) => requestAnimationFrame(() => setTimeout(done, 50)));
                heights.push(element.offsetHeight);
            }
            return heights;
        }""",
        "A paragraph of several lines. " * 20 + "\n\n",
    )
    steps = [after - before for before, after in pairwise(heights)]
    assert max(steps) - min(steps) <= 1  # pixels of rounding
