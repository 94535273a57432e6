"""Secrets that must show nowhere, over the whole test run.

The tests' settings have the server's, people's prompts the words; and whatever is made in a test
that lets somebody in is a secret too: passwords, sessions, links, mailed codes, the seeds of other
codes. What is logged by any test, at whatever level, is looked through, as the log would show it,
and so is each frame of a socket and each page of the table of who may do what.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Iterator
from copy import deepcopy
from logging.config import DictConfigurator
from typing import Any

import pytest
from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.conf import settings
from django.contrib.auth import base_user, models
from django.contrib.sessions.backends.base import SessionBase

from tests.canary_words import API_KEY, CANARIES, PROMPT

__all__ = ["API_KEY", "CANARIES", "PROMPT", "nothing_tells_a_secret", "secrets_of_the_site"]

SHORTEST = 12  # characters of a password: what is shorter is in many a log by chance
SHORTEST_CODE = 8  # characters, by chance: an app's six digits may be part of any number


# The tests' own client tells all that it sends.
logging.getLogger("websockets.client").setLevel(logging.INFO)


def secrets_of_the_site() -> list[str]:
    """What the settings keep from everybody."""
    return [API_KEY, settings.SECRET_KEY, settings.TRANSCRIPT_KEY]


def dressed_as_the_log(handler: logging.Handler) -> logging.Handler:
    """The same handler with the filters and the formatter that the settings give the log's."""
    configured = DictConfigurator(deepcopy(settings.LOGGING))
    console = settings.LOGGING["handlers"]["console"]
    for name in console["filters"]:
        handler.addFilter(configured.configure_filter(configured.config["filters"][name]))
    plain = configured.config["formatters"][console["formatter"]]
    handler.setFormatter(configured.configure_formatter(plain))
    return handler


class Watch(logging.Handler):
    """Keeps what was logged with a secret in it, as the log would have shown it."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.secrets = {*CANARIES, *secrets_of_the_site()}
        dressed_as_the_log(self)

    def learn(self, secret: object) -> None:
        """This must show nowhere from now on."""
        self._learn(secret, SHORTEST)

    def learn_codes(self, made: str | list[str]) -> None:
        """Nor may these, which are shorter and by chance."""
        for code in [made] if isinstance(made, str) else made:
            self._learn(code, SHORTEST_CODE)

    def _learn(self, secret: object, shortest: int) -> None:
        if isinstance(secret, str) and len(secret) >= shortest:
            self.secrets.add(secret)

    def emit(self, record: logging.LogRecord) -> None:
        line = self.format(record)
        if any(secret in line for secret in self.secrets):
            self.seen.append(line[:500])


@pytest.fixture(autouse=True)
def nothing_tells_a_secret(monkeypatch: pytest.MonkeyPatch) -> Iterator[Watch]:
    """Fails the test in whose log a secret shows."""
    watch, root = Watch(), logging.getLogger()
    _learn_what_is_made(monkeypatch, watch)
    before = root.level
    root.addHandler(watch)
    root.setLevel(logging.DEBUG)  # which the settings offer
    yield watch
    root.setLevel(before)
    root.removeHandler(watch)
    assert watch.seen == []


def _learn_what_is_made(monkeypatch: pytest.MonkeyPatch, watch: Watch) -> None:
    """Passwords that are set or tried, sessions, tokens of links, codes and seeds of codes."""
    learn = watch.learn
    for module, name in (
        (base_user, "make_password"),
        (base_user, "check_password"),
        (models, "make_password"),
    ):
        monkeypatch.setattr(module, name, _telling_its_first(getattr(module, name), learn))
    for owner, name in ((SessionBase, "_get_new_session_key"), (secrets, "token_urlsafe")):
        monkeypatch.setattr(owner, name, _telling_its_result(getattr(owner, name), learn))
    mailed = ("login", "password_reset", "email_verification", "phone_verification")
    codes = [(DefaultAccountAdapter, f"generate_{kind}_code") for kind in mailed]
    for owner, name in (*codes, (RecoveryCodes, "generate_codes")):
        told = _telling_its_result(getattr(owner, name), watch.learn_codes)
        monkeypatch.setattr(owner, name, told)
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


def _telling_its_result(wrapped: Any, learn: Callable[[Any], None]) -> Any:
    def telling(*args: Any, **kwargs: Any) -> Any:
        made = wrapped(*args, **kwargs)
        learn(made)
        return made

    return telling
