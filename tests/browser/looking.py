"""What every page must pass in every state, for whoever sees, hears or handles it in their own way.

axe finds nothing in the light and the dark, nothing that is pressed is smaller than 24 by 24
pixels, and nothing runs out to the side or is squeezed: also not at 320 pixels, nor at twice
the size.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Locator, Page

QUICKLY = {"preload": False, "resultTypes": ["violations"], "performanceTimer": False}
RULES = QUICKLY | {"rules": {"target-size": {"enabled": True}}}
RULES_BELOW = QUICKLY  # what something covers for a moment is not small
COLOURS = QUICKLY | {"runOnly": ["color-contrast"]}
# What is partly under something that stays in its place as the page moves, can be moved from there.
RUN = """(options) => axe.run(options).then(({ violations }) =>
  violations.flatMap(({ id, nodes }) =>
    nodes
      .filter(({ failureSummary }) => !failureSummary?.includes("partially obscured"))
      .map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)} ${failureSummary ?? ""}`),
  ),
)"""
NARROW = 500  # pixels; a page that begins narrower is looked at as narrow as pages get
WIDTHS = (320, 640)  # a small phone; a desk of 1280 pixels at 200 %
# Whatever reaches beyond the window's edge and cannot be brought into sight by scrolling a box.
OUTSIDE = """() => {
  const wide = document.documentElement.scrollWidth > innerWidth;
  const boxes = document.querySelectorAll("dialog[open], :popover-open, .log, .sidebar, main");
  const seen = (box) => box.checkVisibility() && getComputedStyle(box).overflowX !== "visible";
  const cut = [...boxes].filter((box) => seen(box) && box.scrollWidth > box.clientWidth);
  const name = (element) => element.outerHTML.slice(0, 160);
  const beyond = (element) => element.getBoundingClientRect().right > innerWidth + 1;
  const culprits = wide ? [...document.body.querySelectorAll("*")].filter(beyond) : cut;
  return wide || cut.length ? ["sideways", ...culprits.slice(0, 4).map(name)] : [];
}"""
# Words that stand below one another for want of room beside what is next to them.
SQUEEZED = """() => {
  const words = ({ nodeType, data }) => nodeType === Node.TEXT_NODE && data.trim().length > 12;
  const isSqueezed = (element) => {
    if (!element.checkVisibility() || ![...element.childNodes].some(words)) return false;
    const { width, height } = element.getBoundingClientRect();
    const em = parseFloat(getComputedStyle(element).fontSize);
    return width < 4 * em && height > 6 * em;
  };
  const found = [...document.body.querySelectorAll("*")].filter(isSqueezed);
  return found.slice(0, 4).map((element) => `squeezed: ${element.outerHTML.slice(0, 160)}`);
}"""

SETTLE = """() => {
  document.body.getBoundingClientRect();
  for (const each of document.getAnimations()) if (each instanceof CSSTransition) each.finish();
}"""


def findings(page: Page) -> list[str]:
    """What is wrong with the page as it stands: the rule, and where."""
    other = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches ? 'light' : 'dark'")
    page.evaluate(SETTLE)
    is_covered = page.locator(":popover-open").count() > 0
    found = _complaints(page, RULES_BELOW if is_covered else RULES)
    found += _outside(page) + _squeezed(page)
    page.emulate_media(color_scheme=other)
    page.evaluate(SETTLE)
    found += [f"{other}: {complaint}" for complaint in _complaints(page, COLOURS)]
    page.emulate_media(color_scheme="light" if other == "dark" else "dark")
    page.evaluate(SETTLE)
    size = page.viewport_size
    if size and size["width"] < NARROW:
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": size["height"]})
            found += [f"{width}: {complaint}" for complaint in _outside(page) + _squeezed(page)]
        page.set_viewport_size(size)
    return found


def ground(element: Locator) -> str:
    """The colour behind an element, as the browser tells it: rgb(r, g, b)."""
    colour: str = element.evaluate("element => getComputedStyle(element).backgroundColor")
    return colour


def expect_soon(page: Page, is_so: Callable[[], bool]) -> None:
    """Wait until this is so at the server."""
    for _ in range(200):
        if is_so():
            return
        page.wait_for_timeout(50)
    raise AssertionError("It never came to be so.")


def _complaints(page: Page, options: dict[str, Any]) -> list[str]:
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    complaints: list[str] = page.evaluate(RUN, options)
    return complaints


def _outside(page: Page) -> list[str]:
    outside: list[str] = page.evaluate(OUTSIDE)
    return [" | ".join(outside)] if outside else []


def _squeezed(page: Page) -> list[str]:
    squeezed: list[str] = page.evaluate(SQUEEZED)
    return squeezed
