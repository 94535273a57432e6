"""What a stranger does: ``make run`` in a new clone, the link, a talk with the embedded model.

Nothing here is scripted or faked: the model is a real one, small and quick.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from tests.browser.chat import Chat
from tests.browser.conftest import PATIENCE, PageErrors
from tests.services import free_port
from tests.test_repository import committed

PROJECT = Path(__file__).resolve().parent.parent.parent
SET_UP = 420.0  # seconds that the first `make run` may take
READY = 120.0  # seconds that the model may take from there
GONE = 15.0  # seconds after which nothing of it may be left
LINK = re.compile(r"http://\S+/owner/#\S+")
MODEL = "smollm2-135m"

pytestmark = [pytest.mark.weights, pytest.mark.timeout(600)]


class Clone:
    """A clone of the project, in a directory with a space in its name, run by ``make``."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.output = directory.with_name("output")
        self._make: subprocess.Popen[bytes] | None = None
        for path in committed():
            copy = directory / path.relative_to(PROJECT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, copy)

    def run(self) -> None:
        """``make run``, until the page can be opened."""
        with self.output.open("wb") as output:
            self._make = subprocess.Popen(
                ["make", "run"],
                cwd=self.directory,
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self.wait_for(f"{self.url}/", SET_UP)

    def environment(self) -> dict[str, str]:
        """A person's shell, with the two settings of a second copy and a quick model."""
        kept = ("PATH", "HOME", "LANG", "USER", "TMPDIR")
        pip = [name for name in os.environ if name.startswith("PIP_")]
        return {
            **{name: os.environ[name] for name in (*kept, *pip) if name in os.environ},
            "PORT": str(self.port),
            "H2O_LOCAL_MODEL": MODEL,
            "MODEL_DIR": str(PROJECT / "var" / "models"),
        }

    def said(self) -> str:
        """What the terminal shows."""
        return self.output.read_text(errors="replace")

    def wait_for(self, words: str, seconds: float) -> None:
        """Wait until the terminal shows these words."""
        assert self._make is not None
        deadline = time.monotonic() + seconds
        while words not in self.said():
            assert self._make.poll() is None, self.said()[-3000:]
            assert time.monotonic() < deadline, self.said()[-3000:]
            time.sleep(0.1)

    def processes(self) -> dict[int, str]:
        """The processes at work in the clone, with their command lines."""
        found = {}
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                if Path(os.readlink(entry / "cwd")) == self.directory:
                    command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                    found[int(entry.name)] = command
            except OSError:
                continue  # it ended as we looked
        return found

    def server(self) -> int:
        """The process that answers browsers."""
        return next(pid for pid, command in self.processes().items() if "h2oweb run" in command)

    def kill(self) -> None:
        """End the server as a crash would."""
        os.kill(self.server(), signal.SIGKILL)
        self.wait_until_gone()

    def interrupt(self) -> None:
        """Ctrl-C: the terminal sends it to make and to what make started."""
        assert self._make is not None
        os.killpg(self._make.pid, signal.SIGINT)
        self.wait_until_gone()

    def wait_until_gone(self) -> None:
        """See that no process is left."""
        assert self._make is not None
        self._make.wait(GONE)
        deadline = time.monotonic() + GONE
        while left := self.processes():
            assert time.monotonic() < deadline, left
            time.sleep(0.1)


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clone]:
    """A clone that has been run once, and is running."""
    clone = Clone(tmp_path_factory.mktemp("first run") / "a clean clone")
    try:
        clone.run()
        yield clone
    finally:
        for pid in clone.processes():
            os.kill(pid, signal.SIGKILL)


@pytest.fixture(scope="module")
def browser_of_the_owner(chromium: Browser) -> Iterator[BrowserContext]:
    """The owner's browser, which stays signed in."""
    context = chromium.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(PATIENCE)
    yield context
    context.close()


@pytest.fixture
def chat(browser_of_the_owner: BrowserContext, page_errors: PageErrors) -> Iterator[Chat]:
    """A page of the owner's."""
    page = browser_of_the_owner.new_page()
    page_errors.watch(page)
    yield Chat(page)
    page.close()


def test_a_stranger_types_one_command_and_chats(clone: Clone, chat: Chat):
    page = chat.page

    link = LINK.search(clone.said())
    assert link is not None, clone.said()
    page.goto(link[0])
    page.get_by_label("Username").fill("ada")
    page.get_by_label("Password", exact=True).fill("a long walk by the sea")
    page.get_by_label("The same password again").fill("a long walk by the sea")
    page.get_by_role("button", name="Start").click()
    expect(chat.box).to_be_visible()
    clone.wait_for("ready", READY)

    chat.say("Tell me a long story about a lighthouse and the people who live in it.")
    first = chat.wait_for_text(seconds=60)
    more = chat.wait_for_text(more_than=first)
    assert more.startswith(first)

    page.reload()
    after_reload = chat.wait_for_text(more_than=more)
    assert after_reload.startswith(more)
    expect(page).to_have_url(re.compile(r"/c/[0-9a-f-]{36}/"))

    chat.press("Stop")
    chat.wait_for_status("stopped")
    stopped = chat.text()
    assert stopped.startswith(after_reload)

    chat.press("Continue")
    chat.wait_for_text(more_than=stopped, seconds=60)
    assert chat.cut_short().startswith(stopped)

    first_version = str(chat.answer.get_attribute("data-message"))
    chat.press("Regenerate")
    expect(chat.answer).not_to_have_attribute("data-message", first_version)
    chat.wait_for_text(seconds=60)
    chat.cut_short()
    expect(chat.answer.get_by_text("2 / 2")).to_be_visible()

    chat.press("Edit")
    expect(chat.editor).to_have_value(re.compile("lighthouse"))
    chat.rewrite("What is the capital of France?")
    expect(chat.turns).to_have_count(1)
    expect(chat.turns.last).to_contain_text("capital of France")
    chat.wait_for_text(seconds=60)
    answer = chat.cut_short()

    conversation = page.url.rstrip("/").rsplit("/", 1)[1]
    page.goto(f"{clone.url}/admin/")
    page.get_by_role("link", name="Conversations", exact=True).click()
    page.get_by_label("Reason").fill("the first look")
    page.get_by_label("Reason").press("Enter")
    page.locator(f"a[href*='{conversation}']").first.click()
    transcript = page.locator("[data-role=assistant] message-text.said").last
    expect(transcript).to_be_visible()
    assert "".join(transcript.inner_text().split()) == answer


def test_a_second_person_with_the_same_link_gets_nothing(
    clone: Clone, chromium: Browser, page_errors: PageErrors
):
    link = LINK.search(clone.said())
    assert link is not None
    page_errors.allow("410")
    with chromium.new_context() as stranger:
        page = stranger.new_page()
        page_errors.watch(page)
        page.goto(link[0])
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading")).to_contain_text("does not work")


def test_after_a_crash_everything_seen_is_there_and_goes_on(
    clone: Clone, chat: Chat, page_errors: PageErrors
):
    page_errors.allow("ERR_CONNECTION|ERR_EMPTY_RESPONSE|WebSocket connection")
    chat.page.goto(clone.url)
    chat.say("Write a long poem about the sea, the wind, and a ship that never comes home.")
    seen = chat.wait_for_text(seconds=60)
    seen = chat.wait_for_text(more_than=seen)
    clone.kill()
    seen = chat.text()

    started = time.monotonic()
    clone.run()
    assert time.monotonic() - started < 15, "a later start takes seconds"
    assert LINK.search(clone.said()) is None, "there is an owner now"
    clone.wait_for("ready", READY)
    chat.page.reload()
    chat.wait_for_status("interrupted")
    kept = chat.text()
    assert kept.startswith(seen)

    chat.press("Continue")
    chat.wait_for_text(more_than=kept, seconds=60)
    assert chat.cut_short().startswith(kept)


def test_ctrl_c_leaves_no_process_behind(clone: Clone):
    assert len(clone.processes()) > 2  # make, the server, the model
    clone.interrupt()
    assert "Traceback" not in clone.said()
