"""One server for the tests that leave it as they found it, and a way to start others."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.server.running import RunningServer


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server with small limits, shared by the tests of a module."""
    limits = {
        "max_body": 1_000_000,
        "max_message": 200_000,
        "linger": 0.5,
    }
    with RunningServer(tmp_path_factory.mktemp("server"), limits=limits) as running:
        yield running
    assert running.told_secrets() == []


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., RunningServer]]:
    """Starts a server with arguments, limits and environment of the test's own."""
    started: list[RunningServer] = []
    with ExitStack() as stack:

        def start(*arguments: str, **options: object) -> RunningServer:
            directory = tmp_path / f"server-{len(list(tmp_path.iterdir()))}"
            directory.mkdir()
            running = RunningServer(directory, *arguments, **options)  # type: ignore[arg-type]
            started.append(running)
            return stack.enter_context(running)

        yield start
    assert [running.told_secrets() for running in started] == [[] for _ in started]
