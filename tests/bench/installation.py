"""An empty installation for a measurement: its directory, its settings and its database."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import django

from tests.services import Postgres

DATABASES = ["sqlite", "postgres"]


@contextmanager
def place(database: str, kept_in: Path | None = None) -> Iterator[Path]:
    """Set Django up for a DATA_DIR of its own, with a database of this kind.

    Both are empty and go at the end, unless they are ``kept_in`` a directory.
    """
    with ExitStack() as stack:
        data_dir = kept_in or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        data_dir.mkdir(parents=True, exist_ok=True)
        settings = {"DATA_DIR": str(data_dir), "ENV_FILE": os.devnull}
        if database == "postgres":
            server = Postgres(_of_server(data_dir) if kept_in else None)
            stack.callback(server.stop if kept_in else server.remove)
            server.start()
            settings["DATABASE_URL"] = server.database("bench" if kept_in else "")
        os.environ |= settings | {"DJANGO_SETTINGS_MODULE": "h2oweb.settings"}
        django.setup()
        yield data_dir


def _of_server(data_dir: Path) -> Path:
    """Where a kept server has its files: outside of what only the application's user may see."""
    directory = data_dir.with_name(f"{data_dir.name}-postgres")
    directory.mkdir(exist_ok=True)
    return directory
