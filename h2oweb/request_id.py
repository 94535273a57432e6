"""An id for each request, and in each line of the log the request and the run it is about.

A proxy may give the id in ``X-Request-ID``; else one is made. The answer carries it, so that
a person who reports a fault and whoever reads the log speak of the same request.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any
from uuid import uuid4

from asgiref.sync import iscoroutinefunction, markcoroutinefunction

from chat.backends import answering_run

HEADER = "X-Request-ID"
FIT = re.compile(r"[\w.:-]{1,64}")  # of what a proxy gives; anything else is not believed

request_id: ContextVar[str] = ContextVar("request_id", default="-")


class RequestId:
    """Middleware that notes the request's id while it is answered."""

    sync_capable = False
    async_capable = True

    def __init__(self, get_response: Callable[[Any], Any]) -> None:
        self._get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    async def __call__(self, request: Any) -> Any:
        """Answer the request under its id."""
        given = request.headers.get(HEADER, "")
        name = given if FIT.fullmatch(given) else uuid4().hex
        request.request_id = name  # for lines that Django writes of it when it is answered
        token = request_id.set(name)
        try:
            response = await self._get_response(request)
        finally:
            request_id.reset(token)
        response[HEADER] = name
        return response


class Plain(logging.Formatter):
    """A line of text, with the ids of its request and its run at its end where it has them."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, and below it the traceback, if there is one."""
        ids = {name: getattr(record, name, "-") for name in ("request", "run")}
        told = [f"{name}={value}" for name, value in ids.items() if value != "-"]
        record.ids = f" [{' '.join(told)}]" if told else ""
        return super().format(record)


class Ids(logging.Filter):
    """Gives each record ``request`` and ``run``; ``-`` where it is about none.

    A line written beside its request or run brings them itself, by ``extra``.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Keep every record."""
        said = getattr(record, "request", None)
        if not isinstance(said, str):  # Django's own lines bring the request itself
            record.request = getattr(said, "request_id", request_id.get())
        record.run = getattr(record, "run", answering_run.get())
        return True
