"""A copy of the application for the stories of the page: it asks the model for no titles.

A title is one more request to the model, and these stories count requests.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from chat.models import Conversation, Message
from tests.browser.application import Application
from tests.browser.conftest import speaks_to
from tests.browser.model_server import ModelServer
from tests.browser.page.lists import TITLES


@pytest.fixture(scope="session")
def _server(
    new_data_dir: Callable[[Path], Path],
    tmp_path_factory: pytest.TempPathFactory,
    running_model: ModelServer,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[Application]:
    data_dir = new_data_dir(tmp_path_factory.mktemp("application") / "untitled")
    settings = speaks_to(running_model) | {"H2O_TITLES": "no"}
    application = Application(data_dir, django_db_blocker, **settings)
    application.start()
    yield application
    if application.is_running:
        assert application.term() == 0


@pytest.fixture
def several(server: Application, alice: User) -> None:
    """Four conversations of alice's, the first the newest."""
    with server.database() as alias:
        for day, title in enumerate(TITLES):
            conversation = Conversation.objects.using(alias).create(
                id=uuid4(),
                owner=alice,
                title=title,
                active_at=timezone.now() - timedelta(days=day, minutes=1),
            )
            Message.objects.using(alias).create(
                id=uuid4(), conversation=conversation, role="user", text=title, status="complete"
            )
