"""The page without a mouse: the keys that lead somewhere, with a look at where the focus is."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

FAR = 90  # presses of Tab within which everything on the page is reached
# Whatever may show that it has the focus, or that what stands before it has.
WITH_LOOKS = ":is(a, button, form, input, label, select, summary, textarea, [tabindex], input + *)"
# How what has no focus looks is kept, to be told from how it looks with the focus.
REST = """(withLooks) => {
  globalThis.lookOf ??= (each) => {
    const style = getComputedStyle(each);
    const { outlineStyle, outlineWidth, outlineColor, borderStyle, borderColor } = style;
    const hasRing = outlineStyle !== "none" && parseFloat(outlineWidth) > 0;
    return [hasRing && outlineColor, style.boxShadow, borderStyle, borderColor].join();
  };
  globalThis.atRest ??= new WeakMap();
  // What has come since then is not to be judged.
  globalThis.looksFocused = (each) =>
    atRest.has(each) ? lookOf(each) !== atRest.get(each) : each.matches(withLooks);
  globalThis.noteRest = () => {
    for (const each of document.querySelectorAll(`${withLooks}:not(:focus-within)`))
      atRest.set(each, lookOf(each));
  };
  noteRest();
}"""
# Where the focus is: its element, if nothing is drawn around it; and whether it is there.
STEP = """(wanted) => {
  const focused = document.activeElement;
  const bySelf = [focused, focused.closest("label"), focused.nextElementSibling];
  const around = focused.matches("textarea") ? [...bySelf, focused.form] : bySelf;
  const isSeen = around.some((each) => each && looksFocused(each));
  const isUnseen = focused !== document.body && !isSeen;
  noteRest();
  return [isUnseen ? focused.outerHTML.slice(0, 200) : "", focused === wanted];
}"""


def go_to(page: Page, target: Locator, *, key: str = "Tab") -> None:
    """Press Tab until the focus, which is seen wherever it passes, is there."""
    expect(page.locator(":focus")).to_have_count(1)  # wherever one comes from, it is somewhere
    page.evaluate(REST, WITH_LOOKS)
    for _ in range(FAR):
        page.keyboard.press(key)
        unseen, is_there = target.evaluate(STEP)
        assert not unseen, unseen
        if is_there:
            return
    raise AssertionError(f"{key} does not reach {target}")


def press(page: Page, name: str, *, back: bool = True) -> Locator:
    """Go to the last button of this name, and press it."""
    button = page.get_by_role("button", name=name, exact=True).last
    go_to(page, button, key="Shift+Tab" if back else "Tab")
    page.keyboard.press("Enter")
    return button


def close(page: Page, opener: Locator) -> None:
    """Leave the dialog; the focus is where it was before."""
    dialog = page.locator("dialog[open]")
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(opener).to_be_focused()


def is_open(page: Page, name: str) -> Locator:
    """The dialog of this name, which is there now."""
    dialog = page.get_by_role("dialog", name=name)
    expect(dialog).to_be_visible()
    return dialog


def type_over(page: Page, words: str) -> None:
    """Write in place of all that stands in the field."""
    page.keyboard.press("Control+A")
    page.keyboard.type(words)


# Whatever may be pressed or filled in, and was not come by; of radio buttons one of their name.
MISSED = """() => {
  const radios = [...reached].filter(({ type }) => type === "radio");
  const isOwn = (each) =>
    each.type !== "radio" || !radios.some(({ name }) => name === each.name);
  return [...document.querySelectorAll("a[href], button, input, select, summary, textarea")]
    .filter((each) => each.checkVisibility({ visibilityProperty: true }) && each.tabIndex >= 0)
    .filter((each) => !each.disabled && !reached.has(each) && isOwn(each))
    .map((each) => each.outerHTML.slice(0, 200));
}"""
STRIDE = """() => {
  const focused = document.activeElement;
  globalThis.reached ??= new Set();
  if (focused === document.body) return false;
  const isKnown = reached.has(focused);
  reached.add(focused);
  return isKnown;
}"""


def walk(page: Page) -> list[str]:
    """Press Tab through the whole page, seeing the focus all the way; returns what was missed."""
    page.evaluate(REST, WITH_LOOKS)
    body = page.locator("body")
    for _ in range(6 * FAR):
        page.keyboard.press("Tab")
        unseen, _ = body.evaluate(STEP)
        assert not unseen, f"{page.url}: {unseen}"
        if page.evaluate(STRIDE):
            break
    missed: list[str] = page.evaluate(MISSED)
    return missed
