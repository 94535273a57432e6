"""What the dialects share: one road from a request to its deltas."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Callable, Container, Coroutine
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Protocol
from weakref import WeakKeyDictionary

import httpx

from chat.backends import local
from chat.backends.backend import Health
from chat.backends.breaker import CircuitBreaker
from chat.backends.client import Client, Reply
from chat.backends.config import ServerConfig
from chat.backends.errors import BackendError, Loading
from chat.backends.log import Attempt, reason
from chat.backends.retry import Patience
from chat.wire.deltas import Delta, Sent
from chat.wire.errors import one_line
from chat.wire.request import ChatRequest, ModelInfo
from chat.wire.sentences import sentence

CHECK_TIME = 10.0  # seconds for a question about health or models
# Some servers never close an answer. Token counts follow the last word at once, and a
# connection whose answer was read to its end serves again, so that much is waited for.
AFTER_FINISH = 2.0  # seconds
AFTER_DONE = 0.2

Connect = Callable[[], httpx.AsyncBaseTransport]  # a transport for the running loop


@dataclass(frozen=True)
class Endpoint:
    """Where the server is now, and the key it wants."""

    url: str
    api_key: str


class Decoder(Protocol):
    """What both dialects' decoders are; when ``done``, nothing that follows matters."""

    done: bool

    def feed(self, chunk: bytes, /) -> list[Delta]:
        """The deltas that these bytes complete."""

    def close(self) -> list[Delta]:
        """The deltas of what is left when the bytes have ended."""


class Exchange(ABC):
    """One request being answered, in however many tries; ``body`` is what is sent."""

    body: dict[str, Any]

    @abstractmethod
    def answer(self, deadline: float, attempt: Attempt) -> AsyncGenerator[list[Delta], None]:
        """Try once. The answer must begin before ``deadline``. Raises BackendError."""

    @abstractmethod
    def end(self) -> None:
        """It is over, however it ended. Nobody waits here."""


class ServerBackend(ABC):
    """A model server: see ``Backend``. A dialect says what an exchange is and what is offered."""

    def __init__(self, config: ServerConfig, connect: Connect) -> None:
        self.config = config
        self._connect = connect
        self._breaker = CircuitBreaker()
        self._clients: WeakKeyDictionary[asyncio.AbstractEventLoop, Client] = WeakKeyDictionary()
        self._cleaning: set[asyncio.Task[None]] = set()

    async def models(self) -> list[ModelInfo]:
        """See ``Backend.models``."""
        return await self._offered(deadline_in(CHECK_TIME))

    async def health(self) -> Health:
        """See ``Backend.health``."""
        try:
            return Health("up", "", tuple(await self.models()), self._notice())
        except Loading as error:
            return Health("loading", error.detail)
        except BackendError as error:
            return Health("down", error.detail)

    def _notice(self) -> str | None:
        path = self.config.status_file
        return local.ready(path).notice if path else None

    async def stream(self, request: ChatRequest) -> AsyncGenerator[list[Delta], None]:
        """See ``Backend.stream``."""
        patience = Patience(self.config)
        attempt = Attempt(self.config.name, one_line(request.model))
        exchange = await self._exchange(request, patience.deadline)
        await self.client.enter(patience.deadline)
        try:
            while True:
                yield [Sent(exchange.body, attempt.number)]
                try:
                    async with aclosing(self._tried(exchange, patience, attempt)) as answer:
                        async for deltas in answer:
                            yield deltas
                    return
                except BackendError as error:
                    if attempt.begun:
                        raise
                    await patience.after(error)
                attempt = attempt.next()
        finally:
            self.client.leave()
            exchange.end()

    async def _tried(
        self, exchange: Exchange, patience: Patience, attempt: Attempt
    ) -> AsyncGenerator[list[Delta], None]:
        """One try, and its line in the log."""
        end = "left"
        try:
            async with aclosing(exchange.answer(patience.deadline, attempt)) as answer:
                async for deltas in answer:
                    yield deltas
            end = attempt.end
        except BackendError as error:
            end = reason(error)
            raise
        finally:
            attempt.log(end)

    async def aclose(self) -> None:
        """See ``Backend.aclose``."""
        await asyncio.gather(*self._cleaning, return_exceptions=True)
        client = self._clients.pop(asyncio.get_running_loop(), None)
        if client is not None:
            await client.aclose()

    @property
    def client(self) -> Client:
        """The connections of the running loop, made at first use."""
        loop = asyncio.get_running_loop()
        if loop not in self._clients:
            self._clients[loop] = Client(self.config, self._connect(), self._breaker)
        return self._clients[loop]

    def endpoint(self) -> Endpoint:
        """Where to ask now. Raises BackendError while the embedded model cannot be asked."""
        if not self.config.status_file:
            return Endpoint(self.config.url.rstrip("/"), self.config.api_key)
        status = local.ready(self.config.status_file)
        return Endpoint(status.url.rstrip("/"), status.api_key)

    def clean_up(self, work: Coroutine[Any, Any, None]) -> None:
        """Do this in the background; ``aclose`` waits for it."""
        task = asyncio.create_task(work)
        self._cleaning.add(task)
        task.add_done_callback(self._cleaning.discard)

    @abstractmethod
    async def _exchange(self, request: ChatRequest, deadline: float) -> Exchange:
        """The request in this dialect."""

    @abstractmethod
    async def _offered(self, deadline: float) -> list[ModelInfo]:
        """The models, arranged. Raises BackendError."""


def deadline_in(seconds: float) -> float:
    """So many seconds from now, in the time of the running loop."""
    return asyncio.get_running_loop().time() + seconds


def must_be_of(reply: Reply, kinds: Container[str]) -> None:
    """Raises BackendError for an answer of another content type: a page, a picture."""
    kind = reply.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in kinds:
        raise BackendError(
            sentence(
                "The model server sent {kind} where an answer was asked for. "
                "Check H2O_URL and H2O_DIALECT."
            ).format(kind=repr(one_line(kind, 60)))
        )


async def deltas_of(
    reply: Reply, decoder: Decoder, attempt: Attempt, most: int
) -> AsyncGenerator[list[Delta], None]:
    """What the decoder makes of an answer, read until its end or until its failure.

    Once the server has said the last word, what happens to the connection is no matter.
    """
    async with aclosing(reply.pieces(most)) as pieces:
        try:
            async for piece in pieces:
                attempt.received(len(piece))
                if deltas := decoder.feed(piece):
                    yield attempt.told(deltas)
                if attempt.failed:
                    return
                if attempt.finished or decoder.done:
                    reply.end_within(AFTER_DONE if decoder.done else AFTER_FINISH)
        except BackendError:
            if not (attempt.finished or decoder.done):
                raise
    if deltas := decoder.close():
        yield attempt.told(deltas)
