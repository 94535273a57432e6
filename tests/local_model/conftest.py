"""The smallest model of the catalogue, fetched once, and the command that runs it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import psutil
import pytest
from django.conf import settings

from local_model.catalogue import LAST_RESORT
from local_model.fetch import fetch
from local_model.status import Status, StatusFile
from local_model.store import Store

PROJECT = Path(__file__).resolve().parents[2]
PATIENCE = 40.0  # seconds for a model to be loaded on a busy machine


@pytest.fixture(scope="session")
def smollm2() -> Path:
    """The file of the smallest model."""
    return fetch(LAST_RESORT, Store(Path(settings.MODEL_DIR)), lambda done, total: None)


def command(name: str, *arguments: str, **environment: str) -> subprocess.Popen[str]:
    """A management command under way, with these variables and no others of our own."""
    outer = {key: value for key, value in os.environ.items() if not key.startswith("H2O_")}
    return subprocess.Popen(
        [sys.executable, "manage.py", name, *arguments],
        cwd=PROJECT,
        env={
            **outer,
            "DJANGO_SETTINGS_MODULE": "h2oweb.settings",
            "ENV_FILE": os.devnull,
            "SECRET_KEY": "of a test",
            **environment,
        },
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


class Supervised:
    """A supervisor and what it runs."""

    def __init__(self, directory: Path, choice: str, **environment: str) -> None:
        self.status_file = StatusFile(directory / "local-model" / "status.json")
        self.process = command(
            "local_model",
            DATA_DIR=str(directory),
            H2O_LOCAL_MODEL=choice,
            **{"MODEL_DIR": str(settings.MODEL_DIR), **environment},
        )

    def until(self, state: str, matches: Callable[[Status], bool] = lambda status: True) -> Status:
        """The first status of this state that matches."""
        latest = time.monotonic() + PATIENCE
        while time.monotonic() < latest and self.process.poll() is None:
            status = self.status_file.read()
            if status and status.state == state and matches(status):
                return status
            time.sleep(0.02)
        raise AssertionError(f"never {state}, last: {self.status_file.read()}")

    def model_process(self) -> psutil.Process:
        """The process that runs the model, as soon as there is one."""
        latest = time.monotonic() + PATIENCE
        while time.monotonic() < latest:
            for child in psutil.Process(self.process.pid).children():
                return child
            time.sleep(0.001)
        raise AssertionError("no model is being run")

    def client(self, status: Status) -> httpx.Client:
        """A client with the model's key."""
        return httpx.Client(
            base_url=status.url,
            headers={"Authorization": f"Bearer {status.api_key}"},
            timeout=PATIENCE,
        )

    def let_go(self) -> None:
        """Close its standard input, as the system does when its parent is gone."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.stdin = None

    def end(self) -> str:
        """End it as a closing parent does, and return what it said."""
        said = self.process.communicate(timeout=10)[1]
        assert self.process.returncode == 0, said
        return said


@pytest.fixture
def supervise(tmp_path: Path) -> Iterator[Callable[..., Supervised]]:
    """Starts supervisors, and ends those that a test leaves running."""
    running: list[Supervised] = []

    def start(choice: str = LAST_RESORT.name, **environment: str) -> Supervised:
        running.append(Supervised(tmp_path / "data", choice, **environment))
        return running[-1]

    yield start
    for each in running:
        if each.process.poll() is None:
            each.process.send_signal(signal.SIGTERM)
        each.process.communicate(timeout=10)


def gone_within(seconds: float, *processes: psutil.Process) -> bool:
    """Whether all of these processes end in this time."""
    latest = time.monotonic() + seconds
    while time.monotonic() < latest:
        if not any(map(_runs, processes)):
            return True
        time.sleep(0.02)
    return False


def _runs(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
