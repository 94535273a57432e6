"""How soon a page can be used, and what its first load costs.

Run as ``python -m tests.bench.pages [--thread 5000] [--list 10000] [--loads 7]``: the real
application with a thread of 5,000 messages and one of 10, and people with 10,000 conversations
and with none. A page is usable when the composer
takes words and the last message is drawn; told is the median of several loads. Bytes are those of
everything that a browser fetches that has nothing, as they are sent: without the highlighter and
formulas, which come when they are first needed.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
from contextlib import AbstractContextManager, nullcontext
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID, uuid4

import django
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from h2oweb.bootstrap import browser as chromium_path
from tests.bench.goals import Goal, end, show

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from tests.browser.application import Application

SHORT = 10  # messages
ANSWER = """It depends on **what you count**. Some `code` and a [link](https://example.com):

- one thing
- another thing

| a | b |
|---|---|
| 1 | 2 |

```python
def answer(question: str) -> str:
    return question[::-1]
```
"""
USABLE = """() => {
    const look = () => {
        const said = document.querySelector(".thread > li:last-child message-text.said");
        const isDrawn = !document.querySelector(".thread > li") || said?.firstElementChild;
        if (document.querySelector(".composer[data-ready]") && isDrawn)
            requestAnimationFrame(() => setTimeout(() => (window.usableAt = performance.now())));
        else requestAnimationFrame(look);
    };
    look();
}"""


BYTES = """() => ["navigation", "resource"]
    .flatMap((kind) => performance.getEntriesByType(kind))
    .reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0)"""


class Unblocked:
    """Stands for pytest's guard of the database, where there is no pytest."""

    def unblock(self) -> AbstractContextManager[None]:
        """Let everything through."""
        return nullcontext()


def measure(
    browser: Browser, application: Application, long: int, listed: int, loads: int
) -> list[Goal]:
    """Open the pages of all sizes, each so many times."""
    alice, bob = application.person("alice"), application.person("bob")
    threads = {size: _thread(application, bob, size) for size in (long, SHORT)}
    _list(application, alice, listed)
    with _signed_in(browser, application, bob) as context:
        thread = {
            size: _usable(context, f"{application.url}/c/{threads[size]}/", loads)
            for size in threads
        }
    with _signed_in(browser, application, application.person("carol")) as context:
        none = _usable(context, application.url, loads)
    with _signed_in(browser, application, alice) as context:
        many = _usable(context, application.url, loads)
    with _signed_in(browser, application, bob) as context:
        received = _bytes(context, application.url)
    slower = thread[long] / thread[SHORT]
    of_none = f"list of {listed:,} conversations, to {none:.0f} ms of none"
    return [
        Goal(f"thread of {long:,} messages, to {thread[SHORT]:.0f} ms of 10", slower, 1.5, "times"),
        Goal(of_none, many / none, 1.5, "times"),
        Goal("first load, compressed", received / 1000, 150, "kB"),
    ]


def _thread(application: Application, person: User, size: int) -> UUID:
    from django.utils import timezone

    from chat.models import Conversation, Message

    begun = timezone.now() - timedelta(days=1)
    conversation = Conversation(id=uuid4(), owner_id=person.pk, title=f"{size} messages")
    ids = [uuid4() for _ in range(size)]
    roles = ("user", "assistant")
    messages = [
        Message(
            id=ids[at],
            conversation=conversation,
            parent_id=ids[at - 1] if at else None,
            role=roles[at % 2],
            text=ANSWER if at % 2 else f"Question {at}: how many are there?",
            status="complete",
            created_at=begun + timedelta(seconds=at),
        )
        for at in range(size)
    ]
    with application.database() as alias:
        conversation.save(using=alias)
        Message.objects.using(alias).bulk_create(messages, batch_size=500)
        conversation.leaf_id = ids[-1]
        conversation.save(using=alias)
    return conversation.id


def _list(application: Application, person: User, size: int) -> None:
    from django.utils import timezone

    from chat.models import Conversation

    now = timezone.now()
    conversations = [
        Conversation(
            id=uuid4(),
            owner_id=person.pk,
            title=f"Conversation {at}",
            active_at=now - timedelta(hours=at),
        )
        for at in range(size)
    ]
    with application.database() as alias:
        Conversation.objects.using(alias).bulk_create(conversations, batch_size=500)


def _signed_in(browser: Browser, application: Application, person: User) -> BrowserContext:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.add_cookies([cast(Any, application.session_cookie(person))])
    return context


def _usable(context: BrowserContext, url: str, loads: int) -> float:
    times = []
    for _ in range(loads + 1):
        page = context.new_page()
        page.add_init_script(f"addEventListener('DOMContentLoaded', {USABLE})")
        page.goto(url, wait_until="commit")
        page.wait_for_function("() => window.usableAt", timeout=120_000)
        times.append(float(page.evaluate("usableAt")))
        page.close()
    return statistics.median(times[1:])  # the first one fills the cache


def _bytes(context: BrowserContext, url: str) -> float:
    page = context.new_page()
    page.goto(url)
    page.wait_for_selector(".composer[data-ready]")
    page.wait_for_load_state("networkidle")
    return float(page.evaluate(BYTES))


def main() -> None:
    """Start the application, measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--thread", type=int, default=5_000, help="messages of the long one")
    parser.add_argument("--list", type=int, default=10_000, help="conversations")
    parser.add_argument("--loads", type=int, default=7, help="of each page")
    given = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright runs a loop here
    django.setup()
    from tests.browser.application import Application
    from tests.prepared import prepare

    root = ["--no-sandbox"] if os.geteuid() == 0 else []
    with tempfile.TemporaryDirectory() as directory, sync_playwright() as playwright:
        prepare(Path(directory))
        own = {"H2O_LOCAL_MODEL": "off", "LOG_LEVEL": "WARNING"}
        application = Application(Path(directory), cast(Any, Unblocked()), **own)
        application.start()
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=root)
        goals = measure(browser, application, given.thread, given.list, given.loads)
        browser.close()
        application.term()
    show("pages", goals)


if __name__ == "__main__":
    main()
    end()
