"""A model server whose every byte a test decides: a real backend over a scripted wire."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import httpx

from chat.backends import Backend, ServerConfig, TimeLimits, open_server

MODEL = "scripted"


def text(piece: str) -> bytes:
    """The event that adds a piece of the answer."""
    return event({"choices": [{"index": 0, "delta": {"content": piece}}]})


def reasoning(piece: str) -> bytes:
    """The event that adds a piece of the model's reasoning."""
    return event({"choices": [{"index": 0, "delta": {"reasoning_content": piece}}]})


def finish(reason: str = "stop") -> bytes:
    """The event that says why the answer ends, and the end mark."""
    last = event({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]})
    return last + b"data: [DONE]\n\n"


def usage(prompt_tokens: int, completion_tokens: int) -> bytes:
    """The event that counts tokens."""
    counts = {"prompt_tokens": prompt_tokens, "completion_tokens": completion_tokens}
    return event({"choices": [], "usage": counts})


def failure(message: str) -> bytes:
    """The event by which a server says, amid an answer, that it failed."""
    return event({"error": {"message": message, "type": "server_error", "code": 500}})


def event(value: dict[str, Any]) -> bytes:
    """One server-sent event."""
    return b"data: " + json.dumps(value).encode() + b"\n\n"


class Die:
    """A step of a script: the connection is lost here."""


class Hold:
    """A step of a script: nothing more comes until the reader leaves."""


ON_THE_WAY = 64  # pieces that a network holds while nobody reads them

Step = bytes | asyncio.Event | Die | Hold | float


@dataclass
class Answer:
    """What is played for one request. ``left`` is set when the reader has gone."""

    steps: tuple[Step, ...]
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    left: asyncio.Event = field(default_factory=asyncio.Event)
    request: dict[str, Any] = field(default_factory=dict)


class ScriptedModel(httpx.AsyncBaseTransport):
    """Plays scripts to a real backend; the last script is played again for ever.

    A step is bytes (one read of the backend), a number (seconds to wait), an
    ``asyncio.Event`` (a gate: wait until the test opens it), ``Die()`` or ``Hold()``::

        first_token = asyncio.Event()
        answer = model.plays(first_token, text("Hello"), finish())
        backend = model.backend()
        ...
        await answer.asked.wait()
        first_token.set()
    """

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self.model_list = {"object": "list", "data": [{"id": MODEL, "max_model_len": 8192}]}
        self.open = 0  # answers whose reader has not left
        self._script: list[Answer] = []

    def plays(self, *steps: Step, status: int = 200, **headers: str) -> Answer:
        """Play this for the next request that has no script yet."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = Answer(steps, status, named)
        self._script.append(answer)
        return answer

    def says(self, whole: str, *, piece: int = 4) -> Answer:
        """Play this text, in pieces of so many characters, as a complete answer."""
        pieces = [whole[at : at + piece] for at in range(0, len(whole), piece)]
        return self.plays(*map(text, pieces), finish())

    def backend(self, **config: Any) -> Backend:
        """A real backend of dialect ``openai`` that speaks to this model."""
        settings: dict[str, Any] = {"name": MODEL, "label": "Scripted", "url": "http://model/v1"}
        settings["limits"] = TimeLimits(connect=2, start=5, silence=30, whole=60)
        return open_server(ServerConfig(**settings | config), transport=self)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request as its script says."""
        if request.url.path.endswith("/models"):
            listed = httpx.ByteStream(json.dumps(self.model_list).encode())
            return httpx.Response(200, stream=listed)
        answer = self._next()
        answer.request = json.loads(request.content)
        answer.asked.set()
        self.answers.append(answer)
        headers = {"content-type": "text/event-stream"} | answer.headers
        return httpx.Response(answer.status, headers=headers, stream=_Playing(self, answer))

    def _next(self) -> Answer:
        if not self._script:
            raise httpx.ConnectError("The script of this model is empty.")
        while len(self._script) > 1 and self._script[0].asked.is_set():
            self._script.pop(0)
        last = self._script[0]
        if not last.asked.is_set():
            return last
        return Answer(last.steps, last.status, last.headers)


class _Playing(httpx.AsyncByteStream):
    """An answer as it comes over a network: it goes on while nobody reads, up to ``ON_THE_WAY``."""

    def __init__(self, model: ScriptedModel, answer: Answer) -> None:
        self._model = model
        self._answer = answer
        self._arrived: asyncio.Queue[bytes | Exception | None] = asyncio.Queue(ON_THE_WAY)
        self._task = asyncio.create_task(self._play())
        model.open += 1

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while (piece := await self._arrived.get()) is not None:
            if isinstance(piece, Exception):
                raise piece
            yield piece

    async def aclose(self) -> None:
        if not self._answer.left.is_set():
            self._answer.left.set()
            self._task.cancel()
            self._model.open -= 1

    async def _play(self) -> None:
        for step in self._answer.steps:
            match step:
                case bytes():
                    await self._arrived.put(step)
                case asyncio.Event():
                    await step.wait()
                case Die():
                    await self._arrived.put(httpx.ReadError("The connection was lost."))
                case Hold():
                    await asyncio.Event().wait()
                case _:
                    await asyncio.sleep(step)
        await self._arrived.put(None)
