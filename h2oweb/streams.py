"""What is sent holds no connection to the database meanwhile.

A few people who read slowly, or not at all, would have all the connections of a pool: Django
keeps a request's until its answer is read.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing

from asgiref.sync import sync_to_async
from django.db import connections
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase


def give_back_connections(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """The middleware. A piece of a stream may use the database, but leave no query open."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        _give_back()
        if isinstance(response, StreamingHttpResponse):
            pieces = response.streaming_content
            if isinstance(pieces, AsyncGenerator):
                response.streaming_content = _giving_back(pieces)
        return response

    return middleware


async def _giving_back(pieces: AsyncGenerator[bytes]) -> AsyncIterator[bytes]:
    give_back = sync_to_async(_give_back)  # in the thread that has the connection
    async with aclosing(pieces):
        async for piece in pieces:
            await give_back()
            yield piece


def _give_back() -> None:
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:  # which would be broken off
            connection.close_if_unusable_or_obsolete()
