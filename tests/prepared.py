"""What a copy of the application starts from, made once: it takes seconds to compress files."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.settings import PROJECT, variables

SHARED = PROJECT / "var" / "prepared"  # outlives a test run, and is made anew when files change


def environment(**settings: str) -> dict[str, str]:
    """This shell's environment with none of the application's settings but these."""
    others = {*variables(), "DJANGO_ALLOW_ASYNC_UNSAFE"}  # the last is for the tests' own ORM
    shell = {name: value for name, value in os.environ.items() if name not in others}
    application = {"DJANGO_SETTINGS_MODULE": "h2oweb.settings", "ENV_FILE": os.devnull}
    return shell | application | settings


def prepare(data_dir: Path) -> None:
    """``manage.py prepare``: the database and the files for the browser."""
    command = [sys.executable, "manage.py", "prepare"]
    ended = subprocess.run(
        command,
        cwd=PROJECT,
        env=environment(DATA_DIR=str(data_dir)),
        capture_output=True,
        text=True,
    )
    if ended.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{ended.stdout}{ended.stderr}")


@pytest.fixture(scope="session")
def new_data_dir() -> Callable[[Path], Path]:
    """Makes a DATA_DIR with an empty database and the files for the browser."""
    SHARED.mkdir(parents=True, exist_ok=True)
    with (SHARED / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two processes of one test run want it at once
        for database in SHARED.glob("chat.sqlite3*"):
            database.unlink()  # of an older state of the migrations, perhaps
        prepare(SHARED)
        empty, digest = ((SHARED / name).read_bytes() for name in ("chat.sqlite3", "static.digest"))

    def make(directory: Path) -> Path:
        directory.mkdir(parents=True)
        (directory / "chat.sqlite3").write_bytes(empty)
        for made in ("locale", "static"):
            (directory / made).symlink_to(SHARED / made)
        (directory / "static.digest").write_bytes(digest)
        return directory

    return make
