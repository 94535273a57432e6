"""Dialect ``h2o``: an answer is settings, conversation, message, and a clean-up after it.

What each step sends, and how its answer is read, is in ``chat.wire.h2o``. Closing the
connection does not stop the server's model and deleting does not either; only
``stop-generating`` does, so both follow every answer that did not come to its end.
"""

import asyncio
import json
import time
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import aclosing
from functools import partial
from http import HTTPStatus
from urllib.parse import urlencode

from chat.backends import catalogue
from chat.backends.backend import Health
from chat.backends.base import (
    CHECK_TIME,
    Connect,
    Exchange,
    ServerBackend,
    deadline_in,
    deltas_of,
    must_be_of,
)
from chat.backends.client import Call
from chat.backends.config import ServerConfig
from chat.backends.context import context_exceeded
from chat.backends.errors import BackendError, Refused
from chat.backends.log import Attempt, logger, reason
from chat.wire import h2o
from chat.wire.deltas import Delta
from chat.wire.errors import Step, explain_h2o
from chat.wire.request import ChatRequest, ModelInfo
from chat.wire.sentences import sentence

OTHER_SERVER = sentence(
    "What answers at H2O_URL is no chat server of the h2o dialect. Check H2O_URL and H2O_DIALECT."
)
REHEARSAL_EVERY = 60.0  # seconds
CLEAN_UP_TIME = 5.0  # seconds for each request of it
MAX_DOCUMENT = 1_000_000  # bytes
MAX_COOKIES = 20
# The server names no type, or that of events; errors and newer servers' lines are JSON.
KINDS = frozenset({"", "text/event-stream", "application/json", "application/jsonl"})
NO_CONTENT: Mapping[str, str] = {}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json"}
SEE_OTHER = frozenset({303})  # what a success of the settings form is to a browser


class H2OBackend(ServerBackend):
    """A chat server of dialect ``h2o``. It has no list of models: the operator names them."""

    def __init__(self, config: ServerConfig, connect: Connect) -> None:
        super().__init__(config, connect)
        self._rehearsed: tuple[float, str] | None = None  # when, and what was wrong

    async def health(self) -> Health:
        """See ``Backend.health``: the start page is asked for, since nothing smaller is there.

        Servers that speak another protocol have such a page too, so that every
        REHEARSAL_EVERY seconds a conversation is made, and deleted, as for an answer.
        """
        deadline = deadline_in(CHECK_TIME)
        models = await self.models()
        try:
            call = Call("GET", f"{self.endpoint().url}/")
            async with self.client.call(call, deadline, guarded=False):
                pass
        except BackendError as error:
            self._rehearsed = None  # once it is back, what it speaks is news
            return Health("down", error.detail)
        mistake = await self._rehearse(models[0].name, deadline) if models else ""
        return Health("down", mistake) if mistake else Health("up", "", tuple(models))

    async def _rehearse(self, model: str, deadline: float) -> str:
        """What is wrong with the steps before a message, or nothing."""
        now = time.monotonic()
        if self._rehearsed and now - self._rehearsed[0] < REHEARSAL_EVERY:
            return self._rehearsed[1]
        exchange = _Exchange(self, ChatRequest(model, ()), guarded=False)
        mistake = ""
        try:
            await exchange.rehearse(deadline)
        except BackendError as error:
            mistake = error.detail
        finally:
            exchange.end()
        self._rehearsed = (now, mistake)
        return mistake

    async def _exchange(self, request: ChatRequest, deadline: float) -> Exchange:
        del deadline  # nobody is asked
        return _Exchange(self, request)

    async def _offered(self, deadline: float) -> list[ModelInfo]:
        del deadline  # nobody is asked
        return catalogue.configured(self.config)


class _Exchange(Exchange):
    """One answer, with a cookie jar of its own: sessions are never shared between runs."""

    def __init__(self, server: H2OBackend, request: ChatRequest, *, guarded: bool = True) -> None:
        self._server = server
        self._guarded = guarded
        self._model = request.model
        self._stop = request.parameters.stop or ()
        self._cookies = _Cookies()
        self._settings_taken = False
        self._made: list[asyncio.Task[str]] = []  # conversations, each to be deleted
        self._unfinished: set[str] = set()  # those whose answer may still be written
        context = catalogue.context_of(server.config, request.model)
        self.body = h2o.message_body(
            h2o.inputs_of(request),
            request.parameters,
            truncate=context or h2o.DEFAULT_CONTEXT,
        )

    async def answer(self, deadline: float, attempt: Attempt) -> AsyncGenerator[list[Delta], None]:
        """Settings once; then a conversation and its message, and once more if it is gone."""
        if not self._settings_taken:
            await self._send_settings(deadline)
        for last_chance in (False, True):
            try:
                async with aclosing(self._message(deadline, attempt)) as deltas:
                    async for each in deltas:
                        yield each
                return
            except Refused as error:
                if too_long := context_exceeded(error):
                    raise too_long from error
                if last_chance or error.status != HTTPStatus.NOT_FOUND:
                    raise

    async def rehearse(self, deadline: float) -> None:
        """The steps before a message, all of them. Raises BackendError."""
        await self._send_settings(deadline)
        await self._new_conversation(deadline)

    def end(self) -> None:
        """Stop the server's model if it still writes, and delete what was made there."""
        if self._made:
            self._server.clean_up(self._clean_up())

    async def _send_settings(self, deadline: float) -> None:
        config = self._server.config
        form = h2o.settings_form(
            self._model,
            share_with_authors=config.share_with_authors,
            web_search=config.web_search,
        )
        content = urlencode(form).encode()
        call = self._call("settings", "POST", h2o.SETTINGS_PATH, content, FORM, SEE_OTHER)
        async with self._server.client.call(call, deadline, guarded=self._guarded) as reply:
            self._cookies.keep(reply.headers.get_list("set-cookie"))
            body = await reply.body(MAX_DOCUMENT)
        if not h2o.settings_accepted(reply.status, body):
            raise BackendError(OTHER_SERVER)
        self._settings_taken = True

    async def _message(
        self, deadline: float, attempt: Attempt
    ) -> AsyncGenerator[list[Delta], None]:
        """A new conversation, and the answer to a message in it."""
        conversation = await self._new_conversation(deadline)
        path = h2o.message_path(conversation)
        call = self._call("message", "POST", path, json.dumps(self.body).encode(), JSON)
        most = self._server.config.max_answer_bytes
        decoder = h2o.H2ODecoder(self._stop)
        self._unfinished.add(conversation)
        try:
            async with self._server.client.call(call, deadline) as reply:
                must_be_of(reply, KINDS)
                async with aclosing(deltas_of(reply, decoder, attempt, most)) as deltas:
                    async for each in deltas:
                        yield each
        except Refused:
            self._unfinished.discard(conversation)
            raise
        if attempt.finished:
            self._unfinished.discard(conversation)

    async def _new_conversation(self, deadline: float) -> str:
        """Its id. Made in a task of its own, so that it is known for deletion in any case."""
        making = asyncio.create_task(self._make_conversation(deadline))
        making.add_done_callback(_retrieve)
        self._made.append(making)
        return await asyncio.shield(making)

    async def _make_conversation(self, deadline: float) -> str:
        content = json.dumps(h2o.conversation_body(self._model)).encode()
        call = self._call("conversation", "POST", h2o.CONVERSATION_PATH, content, JSON)
        async with self._server.client.call(call, deadline, guarded=self._guarded) as reply:
            self._cookies.keep(reply.headers.get_list("set-cookie"))
            body = await reply.body(MAX_DOCUMENT)
        conversation = h2o.parse_conversation(body)
        if conversation is None:
            raise BackendError(OTHER_SERVER)
        return conversation

    async def _clean_up(self) -> None:
        for making in self._made:
            await self._forget(making)

    async def _forget(self, making: asyncio.Task[str]) -> None:
        try:
            async with asyncio.timeout(CLEAN_UP_TIME):
                conversation = await making
        except (TimeoutError, BackendError):
            return  # it was never made, as far as anybody can tell
        if conversation in self._unfinished:
            await self._tell("POST", h2o.stop_path(conversation))
        await self._tell("DELETE", h2o.message_path(conversation))

    async def _tell(self, method: str, path: str) -> None:
        """Ask for something whose answer nobody waits for."""
        call = self._call("message", method, path)
        end = "done"
        try:
            async with self._server.client.call(call, deadline_in(CLEAN_UP_TIME), guarded=False):
                pass
        except BackendError as error:
            end = reason(error)
        logger.info("server=%s clean_up=%s end=%s", self._server.config.name, method, end)

    def _call(
        self,
        step: Step,
        method: str,
        path: str,
        content: bytes = b"",
        kind: Mapping[str, str] = NO_CONTENT,
        accepts: frozenset[int] = frozenset(),
    ) -> Call:
        url = self._server.endpoint().url
        explain = partial(explain_h2o, step=step, url=url, model=self._model)
        headers = {"Referer": f"{url}/", **self._cookies.header(), **kind}
        return Call(method, url + path, content, headers, accepts, explain)


class _Cookies:
    """The cookies of one run, for one server. They go back over http:// too.

    The server marks its session cookie ``Secure``, so that a browser's jar would never send
    it to an address that the operator gave as ``http://``.
    """

    def __init__(self) -> None:
        self._values: dict[str, str] = {}

    def keep(self, set_cookies: Iterable[str]) -> None:
        """Take what ``Set-Cookie`` headers say."""
        for header in set_cookies:
            name, equals, value = header.partition(";")[0].partition("=")
            sendable = equals and f"{name}{value}".isascii() and f"{name}{value}".isprintable()
            if sendable and (name in self._values or len(self._values) < MAX_COOKIES):
                self._values[name.strip()] = value.strip()

    def header(self) -> dict[str, str]:
        """The ``Cookie`` header, if there is anything to say in it."""
        pairs = "; ".join(f"{name}={value}" for name, value in self._values.items())
        return {"Cookie": pairs} if pairs else {}


def _retrieve(making: asyncio.Task[str]) -> None:
    """An error is told to whoever waits; where nobody does any more, it is no news."""
    if not making.cancelled():
        making.exception()
