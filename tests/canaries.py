"""Secrets that must show nowhere, over the whole test run.

The tests' settings have the server's, people's prompts the words; and whatever is made in a test
that lets somebody in is a secret too: passwords, sessions, links, the seeds of codes. What is
logged by any test is looked through, as the log would show it, and so is each frame of a socket
and each page of the table of who may do what.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.conf import settings
from django.contrib.auth import base_user, models
from django.contrib.sessions.backends.base import SessionBase

from h2oweb.secret_paths import HideSecretPaths
from tests.canary_words import API_KEY, CANARIES, PROMPT

__all__ = ["API_KEY", "CANARIES", "PROMPT", "nothing_tells_a_secret", "secrets_of_the_site"]

SHORTEST = 12  # characters: what is shorter is in many a log by chance


def secrets_of_the_site() -> list[str]:
    """What the settings keep from everybody."""
    return [API_KEY, settings.SECRET_KEY, settings.TRANSCRIPT_KEY]


class Watch(logging.Handler):
    """Keeps what was logged with a secret in it, as the log would have shown it."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.seen: list[str] = []
        self.secrets = {*CANARIES, *secrets_of_the_site()}
        self.setFormatter(logging.Formatter("%(name)s: %(message)s"))
        self.addFilter(HideSecretPaths())

    def learn(self, secret: object) -> None:
        """This must show nowhere from now on."""
        if isinstance(secret, str) and len(secret) >= SHORTEST:
            self.secrets.add(secret)

    def emit(self, record: logging.LogRecord) -> None:
        line = self.format(record)
        if any(secret in line for secret in self.secrets):
            self.seen.append(line[:500])


@pytest.fixture(autouse=True)
def nothing_tells_a_secret(monkeypatch: pytest.MonkeyPatch) -> Iterator[Watch]:
    """Fails the test in whose log a secret shows."""
    watch = Watch()
    _learn_what_is_made(monkeypatch, watch.learn)
    logging.getLogger().addHandler(watch)
    yield watch
    logging.getLogger().removeHandler(watch)
    assert watch.seen == []


def _learn_what_is_made(monkeypatch: pytest.MonkeyPatch, learn: Callable[[object], None]) -> None:
    """Passwords that are set or tried, sessions, tokens of links, and seeds of codes."""
    for module, name in (
        (base_user, "make_password"),
        (base_user, "check_password"),
        (models, "make_password"),
    ):
        monkeypatch.setattr(module, name, _telling_its_first(getattr(module, name), learn))
    for owner, name in ((SessionBase, "_get_new_session_key"), (secrets, "token_urlsafe")):
        monkeypatch.setattr(owner, name, _telling_its_result(getattr(owner, name), learn))
    activate = TOTP.activate

    def activated(user: Any, secret: str) -> Any:
        learn(secret)
        return activate(user, secret)

    monkeypatch.setattr(TOTP, "activate", activated)


def _telling_its_first(wrapped: Any, learn: Callable[[object], None]) -> Any:
    def telling(given: Any, *args: Any, **kwargs: Any) -> Any:
        learn(given)
        return wrapped(given, *args, **kwargs)

    return telling


def _telling_its_result(wrapped: Any, learn: Callable[[object], None]) -> Any:
    def telling(*args: Any, **kwargs: Any) -> Any:
        made = wrapped(*args, **kwargs)
        learn(made)
        return made

    return telling
