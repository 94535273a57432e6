"""Dialect ``openai``: ``/v1/chat/completions`` and ``/v1/models``, as many servers speak them.

What is sent and how it is read is in ``chat.wire.openai``. Closing the connection stops
the model of every server of this dialect.
"""

import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from chat.backends import catalogue, local
from chat.backends.backend import Health
from chat.backends.base import (
    CHECK_TIME,
    Connect,
    Endpoint,
    Exchange,
    ServerBackend,
    deadline_in,
    deltas_of,
    must_be_of,
)
from chat.backends.client import Call
from chat.backends.config import ServerConfig
from chat.backends.context import context_exceeded
from chat.backends.errors import BackendError, Loading, Refused
from chat.backends.log import Attempt
from chat.wire import openai
from chat.wire.deltas import Delta
from chat.wire.openai import Flavour
from chat.wire.request import ChatRequest, ModelInfo
from chat.wire.sentences import sentence

FLAVOUR_TIME = 5.0  # seconds that a first question waits to learn which server it is
MAX_LOCAL_CONTEXT = 4096  # tokens: a processor reads some 200 a second, and people wait for it
MAX_LIST = 4_000_000  # bytes of a list of models
# Events under any name that servers give them; one JSON document from those that do not stream.
KINDS = frozenset(
    {"", "text/event-stream", "text/plain", "application/octet-stream", "application/json"}
)
SILENT = sentence("The built-in model does not answer.")
NO_MODELS = sentence(
    "The model server names no models. H2O_URL should be the address of its API, "
    "often ending in /v1."
)
NO_LIST = frozenset({404, 405, 501})  # what a server without a list of models says


class OpenAIBackend(ServerBackend):
    """A server of dialect ``openai``, or the embedded model.

    Which server it is shows in its list of models; until that was read it is treated as
    one that takes nothing beside the standard.
    """

    def __init__(self, config: ServerConfig, connect: Connect) -> None:
        super().__init__(config, connect)
        self._flavour: Flavour | None = "llama.cpp" if config.status_file else None

    async def health(self) -> Health:
        """See ``Backend.health``. The embedded model's file may have outlived it: ask it too."""
        health = await super().health()
        if health.state != "up" or not self.config.status_file:
            return health
        try:
            await self._list(deadline_in(CHECK_TIME), guarded=False)
        except Loading as error:
            return Health("loading", error.detail)
        except BackendError:
            return Health("down", SILENT)
        return health

    async def _exchange(self, request: ChatRequest, deadline: float) -> Exchange:
        if self._flavour is None:
            try:
                await self._listed(min(deadline, deadline_in(FLAVOUR_TIME)), guarded=True)
            except BackendError:
                pass  # whatever is wrong will show when the question is asked
        return _Exchange(self, openai.chat_body(request, flavour=self._flavour or "standard"))

    async def _offered(self, deadline: float) -> list[ModelInfo]:
        if self.config.status_file:
            return catalogue.arranged(
                [_embedded(local.ready(self.config.status_file))], self.config
            )
        try:
            return catalogue.arranged(await self._listed(deadline, guarded=False), self.config)
        except Refused as error:
            named = catalogue.configured(self.config)
            if error.status in NO_LIST and named:
                return named
            raise

    async def _listed(self, deadline: float, *, guarded: bool) -> list[ModelInfo]:
        body = await self._list(deadline, guarded=guarded)
        models = openai.parse_models(body)
        if not models:
            raise BackendError(NO_MODELS)
        self._flavour = openai.recognise(body)
        return models

    async def _list(self, deadline: float, *, guarded: bool) -> bytes:
        endpoint = self.endpoint()
        call = Call("GET", f"{endpoint.url}/models", headers=_headers(endpoint))
        async with self.client.call(call, deadline, guarded=guarded) as reply:
            return await reply.body(MAX_LIST)


class _Exchange(Exchange):
    def __init__(self, server: ServerBackend, body: dict[str, Any]) -> None:
        self._server = server
        self.body = body

    async def answer(self, deadline: float, attempt: Attempt) -> AsyncGenerator[list[Delta], None]:
        endpoint = self._server.endpoint()
        call = Call(
            "POST",
            f"{endpoint.url}/chat/completions",
            json.dumps(self.body).encode(),
            {"Content-Type": "application/json", **_headers(endpoint)},
        )
        try:
            async with self._server.client.call(call, deadline) as reply:
                must_be_of(reply, KINDS)
                decoder = openai.OpenAIDecoder()
                most = self._server.config.max_answer_bytes
                async with aclosing(deltas_of(reply, decoder, attempt, most)) as deltas:
                    async for each in deltas:
                        yield each
        except Refused as error:
            if too_long := context_exceeded(error):
                raise too_long from error
            raise

    def end(self) -> None:
        """Closing the connection was all: the servers of this dialect stop at that."""


def _headers(endpoint: Endpoint) -> dict[str, str]:
    return {"Authorization": f"Bearer {endpoint.api_key}"} if endpoint.api_key else {}


def _embedded(status: local.LocalModel) -> ModelInfo:
    """The embedded model: llama.cpp goes on from a trailing turn of the assistant."""
    context = min(status.context or MAX_LOCAL_CONTEXT, MAX_LOCAL_CONTEXT)
    return ModelInfo(status.name, status.label, context, prefills=True)
