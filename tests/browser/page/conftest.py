"""A copy of the application for the stories of the page: it asks the model for no titles.

A title is one more request to the model, and these stories count requests.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytest_django import DjangoDbBlocker

from tests.browser.application import Application
from tests.browser.conftest import speaks_to
from tests.browser.model_server import ModelServer


@pytest.fixture(scope="session")
def _server(
    new_data_dir: Callable[[Path], Path],
    tmp_path_factory: pytest.TempPathFactory,
    _model_server: ModelServer,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[Application]:
    data_dir = new_data_dir(tmp_path_factory.mktemp("application") / "untitled")
    settings = speaks_to(_model_server) | {"H2O_TITLES": "no"}
    application = Application(data_dir, django_db_blocker, **settings)
    application.start()
    yield application
    if application.is_running:
        assert application.term() == 0
