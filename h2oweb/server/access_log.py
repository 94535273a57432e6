"""One line a request, that says nothing a reader of logs should not know."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

logger = logging.getLogger("h2oweb.access")

REQUEST_ID = "X-Request-ID"  # the header by which an answer says its request's id

answered: ContextVar[str] = ContextVar("answered", default="-")
"""The id of the request whose line is written, as its answer says it."""


@contextmanager
def answering(said: str | None) -> Iterator[None]:
    """A line that is written meanwhile is about the request of this id."""
    token = answered.set(said or "-")
    try:
        yield
    finally:
        answered.reset(token)


class AccessLog:
    """Writes a line at INFO for each answered request and each socket's start and end.

    Files below one of ``quiet_paths`` are told at DEBUG: a page has dozens. Daphne calls it
    with ``(protocol, action, details)``. Query strings are left out, and of a path below
    one of ``secret_paths`` (a one-time link) only the beginning is told.
    """

    def __init__(self, secret_paths: Sequence[str] = (), quiet_paths: Sequence[str] = ()) -> None:
        self._secret_paths = tuple(secret_paths)
        self._quiet_paths = tuple(quiet_paths)

    def __call__(self, protocol: str, action: str, details: Mapping[str, Any]) -> None:
        """Write the line, if the action is worth one."""
        client, path = _address(details["client"]), self.public(details["path"])
        if protocol == "http":
            logger.log(
                logging.DEBUG if path.startswith(self._quiet_paths) else logging.INFO,
                "%s %s %s %s, %d bytes, %.0f ms",
                client,
                details["method"],
                path,
                details["status"] if action == "complete" else action,
                details["size"],
                details["time_taken"] * 1000,
                extra={"request": answered.get()},
            )
        elif action != "connecting":
            about = {"request": answered.get()}
            logger.info("%s socket %s %s", client, path, action, extra=about)

    def public(self, target: str) -> str:
        """A request's path as it may be told: without its query, without a secret.

        >>> AccessLog(["/owner/"]).public("/owner/x7Fq/?next=/")
        '/owner/...'
        """
        path = target.partition("?")[0]
        for prefix in self._secret_paths:
            if path.startswith(prefix) and path != prefix:
                return f"{prefix}..."
        return path


def _address(client: str | None) -> str:
    """The address of Daphne's ``address:port``; a Unix socket has neither."""
    return client.rpartition(":")[0] if client else "-"
