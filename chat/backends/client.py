"""Requests to one model server: time limits, refusals and closing, in one place."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import cast

import httpx

from chat.backends.breaker import CircuitBreaker
from chat.backends.config import ServerConfig
from chat.backends.errors import (
    BackendError,
    BrokenOff,
    Loading,
    Refused,
    TimedOut,
    Unreachable,
)
from chat.backends.translate import LIBRARY_ERRORS, no_answer
from chat.backends.watch import Watch
from chat.wire import errors as refusals
from chat.wire.sentences import sentence

MAX_REFUSAL = 65_536  # bytes of a refused answer that are read
REFUSAL_TIME = 5.0  # seconds for reading them

SLOW_START = sentence("The model server did not begin to answer within {seconds} seconds.")
SILENT = sentence("The model server fell silent amid its answer for {seconds} seconds.")
TOO_LONG = sentence("The answer took longer than {seconds} seconds and was ended.")
BROKEN_OFF = sentence("The connection to the model server was lost before the answer was whole.")
COMPRESSED = sentence("The model server answers compressed ({coding}), unasked.")
LONGER_THAN_ALLOWED = sentence("The model server's answer is longer than is allowed.")

DEAD = frozenset({502, 503, 504})  # a proxy says so of the server behind it


@dataclass(frozen=True)
class Call:
    """One request. ``accepts`` are statuses beside 2xx that are no refusal.

    ``explain`` makes the sentence for a refusal, of its status, headers and body.
    """

    method: str
    url: str
    content: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    accepts: frozenset[int] = frozenset()
    explain: Callable[[int, Mapping[str, str], bytes], str] = refusals.explain


class Client:
    """The connections to one server from one event loop, and how many streams may be open."""

    def __init__(
        self, config: ServerConfig, transport: httpx.AsyncBaseTransport, breaker: CircuitBreaker
    ) -> None:
        self._config = config
        self._breaker = breaker
        self._streams = asyncio.Semaphore(config.max_streams)
        self._http = httpx.AsyncClient(
            transport=transport,
            trust_env=False,
            follow_redirects=False,
            timeout=httpx.Timeout(None, connect=config.limits.connect),
            headers={"Accept": "*/*", "Accept-Encoding": "identity", "User-Agent": "h2o-web-chat"},
            # A jar would send one person's session along with the next one's request.
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        )

    async def enter(self, deadline: float) -> None:
        """Become one of the streams that may be open at once; whoever does must ``leave``."""
        try:
            async with asyncio.timeout_at(deadline):
                await self._streams.acquire()
        except TimeoutError:
            raise BackendError(
                sentence("The model server is busy with other answers. Please try again."),
                retry_after=10,
            ) from None

    def leave(self) -> None:
        """Make room for another stream."""
        self._streams.release()

    def call(self, call: Call, deadline: float, *, guarded: bool = True) -> "Calling":
        """Send a request; the head of its answer must come before ``deadline``.

        To be used as ``async with client.call(...) as reply``. Leaving the block closes the
        answer, and the connection if it was not read to its end. Raises BackendError.
        ``guarded`` calls obey the circuit breaker; the others, which ask how the server is
        or clean up, only tell it what they met.
        """
        return Calling(self, call, deadline, guarded)

    async def answered(self, call: Call, deadline: float, guarded: bool) -> httpx.Response:
        """The head of an answer, and what it says of the server's health."""
        if guarded:
            self._breaker.enter()
        try:
            response = await self._send(call, deadline)
        except (Unreachable, TimedOut):
            self._breaker.failed()
            raise
        except BaseException:
            self._breaker.abandoned()
            raise
        if response.status_code in DEAD:
            self._breaker.failed()
        else:
            self._breaker.succeeded()
        return response

    async def accepted(self, call: Call, response: httpx.Response, deadline: float) -> "Reply":
        """The answer, if it is none of a refusal. Raises BackendError."""
        if not response.is_success and response.status_code not in call.accepts:
            raise await self._refusal(call, response)
        if coding := _compression(response.headers):
            raise BackendError(COMPRESSED.format(coding=coding[:20]))
        return Reply(response, self._config, deadline)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._http.aclose()

    async def _send(self, call: Call, deadline: float) -> httpx.Response:
        try:
            request = self._http.build_request(
                call.method, call.url, content=call.content, headers=dict(call.headers)
            )
            async with asyncio.timeout_at(deadline):
                return await self._http.send(request, stream=True)
        except TimeoutError as error:
            raise TimedOut(SLOW_START.format(seconds=f"{self._config.limits.start:g}")) from error
        except LIBRARY_ERRORS as error:
            raise no_answer(error, self._config) from error

    async def _refusal(self, call: Call, response: httpx.Response) -> BackendError:
        """The error that a refused answer is. Reads its body as far as that comes."""
        status, headers = response.status_code, dict(response.headers)
        body = b"" if _compression(headers) else await _read_some(response)
        detail = call.explain(status, headers, body)
        retry_after = refusals.retry_after(headers, time.time())
        if status == 503 and "loading" in detail.lower():
            self._breaker.succeeded()
            return Loading(detail, retry_after=retry_after)
        return Refused(detail, status=status, body=body, retry_after=retry_after)


class Calling:
    """A call as a block. A class, so that an event loop that ends cannot close it by halves."""

    def __init__(self, client: Client, call: Call, deadline: float, guarded: bool) -> None:
        self._client = client
        self._call = call
        self._deadline = deadline
        self._guarded = guarded
        self._reply: Reply | None = None

    async def __aenter__(self) -> "Reply":
        self._response = await self._client.answered(self._call, self._deadline, self._guarded)
        try:
            self._reply = await self._client.accepted(self._call, self._response, self._deadline)
            return self._reply
        except BaseException:
            await self._close()
            raise

    async def __aexit__(self, *error: object) -> None:
        await self._close()

    async def _close(self) -> None:
        if self._reply:
            self._reply.close()
        with suppress(*LIBRARY_ERRORS):  # a connection that cannot be closed well is closed
            await self._response.aclose()


class Reply:
    """An answer that is being read. ``received`` counts the bytes of its body."""

    def __init__(self, response: httpx.Response, config: ServerConfig, deadline: float) -> None:
        self.status = response.status_code
        self.headers = response.headers
        self.received = 0
        self._response = response
        self._config = config
        self._clock = asyncio.get_running_loop().time
        self._watch = Watch()
        self._deadline = deadline  # of the next piece
        self._has_begun = False
        self._ends = self._clock() + config.limits.whole

    async def body(self, most: int) -> bytes:
        """The whole body. Raises BackendError, also for one of more than ``most`` bytes."""
        async with aclosing(self.pieces(most)) as pieces:
            return b"".join([piece async for piece in pieces])

    async def pieces(self, most: int) -> AsyncGenerator[bytes, None]:
        """The body as it comes. Raises BackendError when it stalls, breaks off or is too long."""
        raw = cast(AsyncGenerator[bytes, None], self._response.aiter_raw())
        async with aclosing(raw):
            while (piece := await self._next(raw)) is not None:
                self.received += len(piece)
                if self.received > most:
                    raise BackendError(LONGER_THAN_ALLOWED)
                yield piece

    def end_within(self, seconds: float) -> None:
        """What still comes is waited for no longer than this."""
        self._ends = min(self._ends, self._clock() + seconds)

    def close(self) -> None:
        """Nothing more is read."""
        self._watch.close()

    async def _next(self, raw: AsyncGenerator[bytes, None]) -> bytes | None:
        try:
            with self._watch.until(min(self._deadline, self._ends)):
                piece = await anext(raw, None)
        except TimeoutError as error:
            raise TimedOut(self._sentence_of_the_limit()) from error
        except LIBRARY_ERRORS as error:
            raise BrokenOff(BROKEN_OFF) from error
        self._deadline = self._clock() + self._config.limits.silence
        self._has_begun = True
        return piece

    def _sentence_of_the_limit(self) -> str:
        limits = self._config.limits
        if self._ends < self._deadline:
            return TOO_LONG.format(seconds=f"{limits.whole:g}")
        if self._has_begun:
            return SILENT.format(seconds=f"{limits.silence:g}")
        return SLOW_START.format(seconds=f"{limits.start:g}")


def _compression(headers: Mapping[str, str]) -> str:
    coding = headers.get("content-encoding", "").strip().lower()
    return "" if coding == "identity" else coding


async def _read_some(response: httpx.Response) -> bytes:
    """The beginning of a body, as far as it comes in a short time: it explains a refusal."""
    body = bytearray()
    raw = cast(AsyncGenerator[bytes, None], response.aiter_raw())
    try:
        async with asyncio.timeout(REFUSAL_TIME), aclosing(raw):
            async for piece in raw:
                body += piece
                if len(body) >= MAX_REFUSAL:
                    break
    except (TimeoutError, *LIBRARY_ERRORS):
        pass  # what came must do
    return bytes(body[:MAX_REFUSAL])
