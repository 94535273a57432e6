"""A model server over a real socket whose every byte, and whose every fault, a test decides."""

import asyncio
import re
import socket
import ssl
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

END = b"0\r\n\r\n"  # of a chunked body


class Reset:
    """A step of a script: the connection is torn down at once, with what was written lost."""


class Hold:
    """A step of a script: nothing more comes until the client leaves."""


Step = bytes | float | asyncio.Event | Reset | Hold


def head(status: int = 200, content_type: str = "text/event-stream", **headers: str) -> bytes:
    """The head of an answer with a chunked body."""
    return _head(status, content_type, {"transfer-encoding": "chunked"}, headers)


def chunk(data: bytes) -> bytes:
    """A chunk of a chunked body."""
    return b"%x\r\n%s\r\n" % (len(data), data)


def whole(
    body: bytes, status: int = 200, content_type: str = "application/json", **headers: str
) -> bytes:
    """A whole answer of a known length."""
    return _head(status, content_type, {"content-length": str(len(body))}, headers) + body


def _head(status: int, content_type: str, framing: dict[str, str], named: dict[str, str]) -> bytes:
    fields = {"content-type": content_type} if content_type else {}
    fields |= {"connection": "close"} | framing
    fields |= {name.replace("_", "-"): value for name, value in named.items()}
    lines = [f"{name}: {value}" for name, value in fields.items()]
    return "\r\n".join([f"HTTP/1.1 {status} Scripted", *lines, "", ""]).encode()


def stream(*pieces: bytes) -> Sequence[bytes]:
    """The steps of a whole answer in chunks."""
    return [head(), *map(chunk, pieces), END]


@dataclass
class Request:
    """A request as it came."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Answer:
    """What is played for one request. ``left`` is set when the client has closed."""

    steps: tuple[Step, ...]
    on: str = ""
    request: Request | None = None
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    left: asyncio.Event = field(default_factory=asyncio.Event)
    done: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def keeps(self) -> bool:
        """Whether the connection serves another request after this."""
        first = self.steps[0] if self.steps else b""
        return isinstance(first, bytes) and b"connection: keep-alive" in first


class ScriptedServer:
    """Plays a script to each request that comes; the last one that fits is played for ever.

    A step is bytes to write as they are, a number of seconds to wait, an ``asyncio.Event``
    to wait for, ``Reset()`` or ``Hold()``. ``on`` is a pattern of the requests that a script
    is for, such as ``"POST /settings"``. After a script the connection is closed, or kept for
    the next request if its head says ``connection="keep-alive"``::

        async with ScriptedServer() as server:
            answer = server.plays(*stream(b"data: ..."), on="POST")
    """

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[Request] = []
        self.accepted = 0
        self.open = 0  # connections
        self._tls = tls
        self._scripts: list[Answer] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(
            self._serve, "127.0.0.1", 0, ssl=self._tls, limit=2**20, backlog=1000
        )
        self.port: int = self._server.sockets[0].getsockname()[1]
        self.url = f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    def plays(self, *steps: Step, on: str = "") -> Answer:
        """Play this for the next request that fits and that no earlier script is for."""
        answer = Answer(steps, on)
        self._scripts.append(answer)
        return answer

    def asked(self, on: str) -> list[Request]:
        """The requests so far that fit this pattern."""
        return [each for each in self.requests if re.match(on, f"{each.method} {each.target}")]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        self.accepted += 1
        self.open += 1
        try:
            await self._converse(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client has left
        except asyncio.CancelledError:
            pass  # the server is being closed, and asyncio would report the cancelled task
        finally:
            self.open -= 1
            self._tasks.discard(task)
            writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first = b""
        while request := await _read_request(reader, first):
            self.requests.append(request)
            answer = self._script_for(request)
            answer.request = request
            answer.asked.set()
            playing = asyncio.create_task(_play(answer, writer))
            watching = asyncio.create_task(reader.read(1))
            try:
                await asyncio.wait({playing, watching}, return_when=asyncio.FIRST_COMPLETED)
                if not playing.done() and await watching == b"":
                    return
                await playing
                answer.done.set()
                if not answer.keeps:
                    return
                first = await watching
            finally:
                playing.cancel()
                watching.cancel()
                await asyncio.gather(playing, watching, return_exceptions=True)
                answer.left.set()

    def _script_for(self, request: Request) -> Answer:
        line = f"{request.method} {request.target}"
        fitting = [script for script in self._scripts if re.match(script.on, line)]
        if not fitting:
            return Answer((whole(b"no script fits", 599),))
        for script in fitting:
            if not script.asked.is_set():
                return script
        last = fitting[-1]
        return Answer(last.steps, last.on)


async def _read_request(reader: asyncio.StreamReader, first: bytes) -> Request | None:
    try:
        text = (first + await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    line, *lines = text.rstrip().split("\r\n")
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    method, target, _ = line.split(" ")
    return Request(method, target, headers, body)


async def _play(answer: Answer, writer: asyncio.StreamWriter) -> None:
    for step in answer.steps:
        match step:
            case bytes():
                writer.write(step)
                await writer.drain()
            case asyncio.Event():
                await step.wait()
            case Reset():
                _reset(writer)
                return
            case Hold():
                await asyncio.Event().wait()
            case _:
                await asyncio.sleep(step)


def _reset(writer: asyncio.StreamWriter) -> None:
    connection: socket.socket = writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport = writer.transport
    transport.abort()
