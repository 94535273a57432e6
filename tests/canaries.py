"""Secrets that must show nowhere, over the whole test run.

The tests' settings have the key, people's prompts the words. Whatever is logged, by any test,
is looked through: a test in which one of them shows fails.
"""

import logging
from collections.abc import Iterator

import pytest

API_KEY = "canary-of-a-key-4f1f7a"
PROMPT = "canary-of-a-prompt-9c0e2b"
CANARIES = (API_KEY, PROMPT, "canary-of-somebody")


class _Watch(logging.Handler):
    """Keeps what was logged with a canary in it, as the log would have shown it."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.seen: list[str] = []
        self.setFormatter(logging.Formatter("%(name)s: %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        line = self.format(record)
        if any(canary in line for canary in CANARIES):
            self.seen.append(line[:500])


@pytest.fixture(autouse=True)
def nothing_tells_a_canary() -> Iterator[None]:
    """Fails the test in whose log a secret shows."""
    watch = _Watch()
    logging.getLogger().addHandler(watch)
    yield
    logging.getLogger().removeHandler(watch)
    assert watch.seen == []
