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
def empty(database: str) -> Iterator[Path]:
    """Set Django up for a DATA_DIR of its own, with a database of this kind; both go at the end."""
    with ExitStack() as stack:
        data_dir = stack.enter_context(tempfile.TemporaryDirectory())
        settings = {"DATA_DIR": data_dir, "ENV_FILE": os.devnull}
        if database == "postgres":
            server = Postgres()
            stack.callback(server.remove)
            server.start()
            settings["DATABASE_URL"] = server.database()
        os.environ |= settings | {"DJANGO_SETTINGS_MODULE": "h2oweb.settings"}
        django.setup()
        yield Path(data_dir)
