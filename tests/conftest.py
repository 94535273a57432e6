"""People, a scripted model, and the runs of one process."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.utils import translation

from chat.doorbell import LocalDoorbell
from chat.runs import Runs
from h2oweb.startup import bring_languages_up_to_date
from tests.scripted_model import ScriptedModel

# Fixtures and assertions use the ORM beside a running event loop; the application may not.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
_IS_WHOLE = pytest.StashKey[bool]()  # whether all workers went to their end


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object | None) -> None:
    """What a worker that broke down had still to run is run by nobody: this is no pass."""
    node.config.stash[_IS_WHOLE] = node.config.stash.get(_IS_WHOLE, True) and not error


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """End as interrupted if so."""
    if not session.config.stash.get(_IS_WHOLE, True):
        session.exitstatus = pytest.ExitCode.INTERRUPTED


@pytest.fixture(scope="session", autouse=True)
def languages_are_compiled() -> None:
    """From the catalogues as they are now."""
    bring_languages_up_to_date()


@pytest.fixture(autouse=True)
def every_test_begins_in_english() -> None:
    """A request leaves its language behind; the next one chooses for itself."""
    translation.deactivate()


@pytest.fixture(autouse=True)
def connections_end_with_their_test() -> Iterator[None]:
    """Beside a running event loop each context has a connection of its own, and a pool has ten."""
    made: list[BaseDatabaseWrapper] = []

    def note(connection: BaseDatabaseWrapper, **_: Any) -> None:
        made.append(connection)

    connection_created.connect(note)
    yield
    connection_created.disconnect(note)
    for connection in made:
        connection.inc_thread_sharing()  # of a thread that a test used, perhaps
        if not connection.in_atomic_block:
            connection.close()
        connection.dec_thread_sharing()


def _person(name: str, **extra: Any) -> User:
    return get_user_model().objects.create_user(name, password=f"{name} likes long walks", **extra)


@pytest.fixture
def alice(db: None) -> User:
    """Owns what the test is about."""
    return _person("alice")


@pytest.fixture
def bob(db: None) -> User:
    """Is someone else."""
    return _person("bob")


@pytest.fixture
def carol(db: None) -> User:
    """Works here, and is the owner of the installation."""
    return _person("carol", is_staff=True, is_superuser=True)


@pytest.fixture
def scripted_model() -> ScriptedModel:
    """A model server whose every byte the test decides."""
    return ScriptedModel()


@pytest.fixture
async def runs(transactional_db: None, scripted_model: ScriptedModel) -> AsyncIterator[Runs]:
    """The runs of this process, with the scripted model as their only server."""
    runs = Runs([scripted_model.backend()], LocalDoorbell(), makes_titles=False)
    await runs.open()
    while not runs.catalogue.choose("").model:
        await asyncio.sleep(0.01)
    yield runs
    await runs.close()


@pytest.fixture
def lock(transactional_db: None) -> Iterator[tuple[Callable[[], None], Callable[[], None]]]:
    """Takes what every write of the journal needs, as a stuck backup would: take, release."""
    other = connections["default"].copy()
    other.inc_thread_sharing()

    def take() -> None:
        other.set_autocommit(False)
        with other.cursor() as cursor:
            if other.vendor == "sqlite":
                cursor.execute("BEGIN IMMEDIATE")
            else:
                cursor.execute("LOCK TABLE chat_process IN ACCESS EXCLUSIVE MODE")

    yield take, other.rollback
    other.close()
