"""A page whose line is cut: told of after five seconds, as its clock has it, and mended at will."""

from playwright.sync_api import Page

# No socket opens while the line is cut.
CUT = """
  const { WebSocket } = globalThis;
  globalThis.isCut = true;
  globalThis.WebSocket = function (address) {
    return globalThis.isCut ? { close() {} } : new WebSocket(address);
  };
"""


def cut_the_line(page: Page) -> None:
    """From a reload on, and for so long that the person has been told."""
    page.add_init_script(CUT)
    page.clock.install()
    page.reload()
    page.locator("form[data-ready]").wait_for()
    page.clock.fast_forward(5_000)


def mend_the_line(page: Page) -> None:
    """Sockets open again from the next attempt on."""
    page.evaluate("globalThis.isCut = false")
