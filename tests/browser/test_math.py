"""Formulas in a browser: drawn by it, fetched for when there are any, copied as their source."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.test_markdown import Pages, pages, show, site

__all__ = ["pages", "site"]

FORMULAS = r"""For \(a \ne 0\) and **$b_1$**, at $5 or $10:

$$
x = \frac{-b \pm \sqrt{b^2 - 4ac}}{2a}
$$

| of | is |
|---|---|
| $x^2$ | $2x$ |
"""
PREFIXES = r"""async (source) => {
    const element = document.querySelector("message-text");
    const seen = [];
    const isWaiting = (formula) => formula.textContent && !formula.firstElementChild;
    const waits = () => [...element.querySelectorAll("math-text")].some(isWaiting);
    for (let end = 1; end <= source.length; end++) {
        element.update(source.slice(0, end), { streaming: true });
        for (let turn = 0; turn === 0 || (turn < 50 && waits()); turn++) {
            await new Promise((done) => setTimeout(done)); // a busy page draws in slices
        }
        seen.push(element.innerText.replace(/\s+/g, " "));
    }
    element.update(source);
    return seen;
}"""


def test_formulas_are_drawn_and_fetched_for_only_when_there_are_any(pages: Pages, site: str):
    page = pages.open(site)
    show(page, "It costs $5 and $10.")
    page.wait_for_timeout(200)
    assert [url for url in pages.requests if "temml" in url or "woff2" in url] == []
    show(page, FORMULAS)
    expect(page.locator("math-text math")).to_have_count(5)
    expect(page.locator("math[display=block] mfrac msqrt")).to_have_count(1)
    expect(page.locator("message-text > p").first).to_have_text("For a≠0 and b1, at $5 or $10:")
    assert [url.rsplit("/")[-1] for url in pages.requests if "temml" in url] == ["temml.js"]
    assert pages.elsewhere(site) == []


def test_a_formula_is_sensible_at_every_moment_of_its_arrival(pages: Pages, site: str):
    page = pages.open(site)
    show(page, "$a$")
    expect(page.locator("math")).to_have_count(1)
    seen = page.evaluate(PREFIXES, FORMULAS)
    marks = [text for text in seen if any(mark in text for mark in ("\\", "$$", "{", "^", "_"))]
    assert marks == []
    half = seen[FORMULAS.index("- 4ac")].replace(" ", "")
    assert "𝑥=−𝑏±𝑏2" in half
    expect(page.locator("math-text math")).to_have_count(5)


def test_what_is_no_formula_or_may_not_be_one_stays_its_source(pages: Pages, site: str):
    page = pages.open(site)
    refused = (r"\frac{a", r"\href{javascript:ran()}{x}", r"\class{app}{x}", r"\url{//a.example}")
    show(page, "a $x$ " + " b ".join(f"${tex}$" for tex in refused))
    expect(page.locator("math")).to_have_count(1)
    sources = page.locator("math-text:not(:has(math))").all_inner_texts()
    assert sources == [f"${tex}$" for tex in refused]


def test_a_formula_copies_as_its_source(pages: Pages, site: str):
    page = pages.open(site, permissions=["clipboard-read", "clipboard-write"])
    show(page, "One $a_1$ two.\n\n$$\n\\frac{1}{2}\n$$\n\nthree")
    expect(page.locator("math")).to_have_count(2)
    page.evaluate(
        """() => {
            const [first] = document.querySelectorAll("math-text mi");  // amid a formula
            const end = document.querySelector("message-text").lastChild;
            getSelection().setBaseAndExtent(first, 0, end, 1);
        }"""
    )
    page.keyboard.press("Control+C")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == "$a_1$ two.\n$$\\frac{1}{2}$$\nthree"
