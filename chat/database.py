"""Threads with a database connection each.

Channels gives all consumers of a process one database thread, so one slow query
delays every socket. Here the journal has a writing thread to itself, which makes
all writes of the process queue up instead of fighting for SQLite's lock, and
readers share a few others.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import local
from typing import ParamSpec, TypeVar

from django.db import DEFAULT_DB_ALIAS, close_old_connections, connections
from django.db.backends.base.base import BaseDatabaseWrapper

P = ParamSpec("P")
R = TypeVar("R")


class DatabaseThreads:
    """``size`` threads that run functions which use Django's default database."""

    def __init__(self, name: str, size: int) -> None:
        self._pool = ThreadPoolExecutor(size, thread_name_prefix=name)
        self._mine = local()
        self._connections: list[BaseDatabaseWrapper] = []

    async def run(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """What ``function`` returns or raises, called in one of the threads, in turn."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(
            self._pool, partial(self._call, function, *args, **kwargs)
        )

    def _call(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        self._adopt_connection()
        close_old_connections()
        try:
            return function(*args, **kwargs)
        finally:
            close_old_connections()

    def _adopt_connection(self) -> None:
        """Note the connection of a new thread, so that another may close it at the end."""
        if not hasattr(self._mine, "adopted"):
            self._mine.adopted = True
            wrapper = connections[DEFAULT_DB_ALIAS]
            wrapper.inc_thread_sharing()
            self._connections.append(wrapper)

    def close(self) -> None:
        """Wait for what runs, then close the connections."""
        self._pool.shutdown(wait=True)
        for wrapper in self._connections:
            wrapper.close()
