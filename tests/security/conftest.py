"""The real application behind a real socket, and people with pages open on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pytest_django import DjangoDbBlocker

from accounts import mail
from tests.accounts.oidc_provider import CLIENT, SECRET, Provider
from tests.browser.application import Application
from tests.browser.model_server import ModelServer, model, running_model
from tests.canary_words import API_KEY, METRICS_TOKEN
from tests.security.people import Person

__all__ = ["model", "running_model"]  # fixtures

QUIET = {"H2O_TITLES": "off", "LOG_LEVEL": "INFO"}


@pytest.fixture(scope="session")
def _site(
    new_data_dir: Callable[[Path], Path],
    tmp_path_factory: pytest.TempPathFactory,
    running_model: ModelServer,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[Application]:
    data_dir = new_data_dir(tmp_path_factory.mktemp("site") / "data")
    own = {"H2O_URL": running_model.url, "H2O_API_KEY": API_KEY, **QUIET}
    site = Application(data_dir, django_db_blocker, **own)
    site.start()
    yield site
    site.term()


@pytest.fixture
def site(_site: Application, model: ModelServer) -> Iterator[Application]:
    """The running site, which no test may make stumble."""
    said = len(_site.log().encode())
    yield _site
    assert _site.is_running
    assert "Traceback" not in _site.log(said)
    assert not _site.told_secrets(said)


@pytest.fixture
def newcomer(site: Application) -> Iterator[Callable[..., Person]]:
    """Makes people of the site who are signed in: ``newcomer(is_staff=True)``."""
    made: list[Person] = []

    def make(**extra: Any) -> Person:
        person = Person(site, site.person(**extra))
        made.append(person)
        return person

    yield make
    for person in made:
        person.leave()


@pytest.fixture
def anna(newcomer: Callable[..., Person]) -> Person:
    """Whose words they are."""
    return newcomer()


@pytest.fixture
def boris(newcomer: Callable[..., Person]) -> Person:
    """Someone else."""
    return newcomer()


@pytest.fixture(scope="session")
def _provider() -> Iterator[Provider]:
    provider = Provider()
    yield provider
    provider.close()


@pytest.fixture
def equipped(settings: Any, monkeypatch: pytest.MonkeyPatch, _provider: Provider) -> None:
    """A site that has a mail server, a provider to sign in at, and a token for its numbers."""
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 1_000_000  # s; a long fuzz asks for all that time
    settings.MAIL = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
    monkeypatch.setattr(mail, "send_soon", lambda message: message.send())
    settings.METRICS_TOKEN = METRICS_TOKEN
    settings.OIDC_ISSUER = _provider.issuer
    app: dict[str, Any] = {"provider_id": "oidc", "client_id": CLIENT, "secret": SECRET}
    app |= {"name": "Company", "settings": {"server_url": _provider.issuer}}
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [app]}}
