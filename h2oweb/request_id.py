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
        name = _name(request.headers.get(HEADER, ""))
        request.request_id = name  # for lines that Django writes of it when it is answered
        token = request_id.set(name)
        try:
            response = await self._get_response(request)
        finally:
            request_id.reset(token)
        response[HEADER] = name
        return response


class SocketIds:
    """Gives a socket the id of the request that opened it, for all that is logged of it.

    A turn that is asked through the socket, and its run, are that request's too.
    """

    def __init__(self, application: Any) -> None:
        self._application = application

    async def __call__(self, scope: Any, receive: Any, send: Any) -> Any:
        """Serve the socket under its id, which the answer to its handshake says."""
        headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
        name = _name(headers.get(HEADER.lower().encode(), ""))

        async def named(event: Any) -> None:
            if event["type"] in ("websocket.accept", "websocket.close"):
                said = [*(event.get("headers") or ()), (HEADER.lower().encode(), name.encode())]
                event = event | {"headers": said}
            await send(event)

        request_id.set(name)  # in the socket's own task, and in those that it starts
        return await self._application(scope, receive, named)


def _name(given: str) -> str:
    return given if FIT.fullmatch(given) else uuid4().hex


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
