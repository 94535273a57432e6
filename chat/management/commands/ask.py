"""``manage.py ask``: one question to a model server, answered in the terminal."""

import asyncio
import sys
import time
from argparse import ArgumentParser
from contextlib import aclosing
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from chat import prompts
from chat.backends import Backend, BackendError, ServerConfig, ServerConfigError, open_server
from chat.wire.deltas import Counted, Delta, Failed, Finished, Reasoning, Replaced, Sent, Text
from chat.wire.request import ChatRequest, Turn


class Command(BaseCommand):
    """The answer goes to standard output as it comes, everything about it to standard error.

    Ends with 0 for a whole answer, or one cut by its length, and with 1 for any other.
    """

    help = "Ask a model server one question and watch the answer come."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The question, and whom to ask."""
        parser.add_argument("question", help="what to ask; - reads it from standard input")
        parser.add_argument("--server", default="", help="its name; otherwise the first one")
        parser.add_argument("--model", default="", help="its name; otherwise the server's first")
        parser.add_argument("--system", default="", help="a system prompt")
        parser.add_argument("--raw", action="store_true", help="show the server's bytes instead")

    def handle(self, *args: Any, **options: Any) -> None:
        """Ask, show, and say how it went."""
        question = options["question"]
        if question == "-":
            question = sys.stdin.read()
        config = _named(options["server"])
        tap = self._show_bytes if options["raw"] else None
        try:
            backend = open_server(config, tap=tap)
            asyncio.run(self._ask(backend, question, options))
        except KeyboardInterrupt:
            raise CommandError("Stopped.", returncode=130) from None
        except ServerConfigError as error:
            raise CommandError(str(error)) from error
        except BackendError as error:
            raise CommandError(error.detail) from error

    async def _ask(self, backend: Backend, question: str, options: dict[str, Any]) -> None:
        try:
            model = options["model"] or await _first_model(backend)
            system = [Turn("system", options["system"])] if options["system"] else []
            request = ChatRequest(model, (*system, Turn("user", question)))
            watch = Watch()
            async with aclosing(backend.stream(request)) as stream:
                async for deltas in stream:
                    for delta in deltas:
                        watch.take(delta)
                        self._show(delta, options["raw"])
        finally:
            await backend.aclose()
        self.stdout.write("")
        self.stderr.write(f"{backend.config.name}, {model}: {watch}", self.style.NOTICE)
        if watch.problem:
            raise CommandError(watch.problem)

    def _show(self, delta: Delta, raw: bool) -> None:
        match delta:
            case _ if raw:
                return
            case Text():
                self.stdout.write(delta.text, ending="")
                self.stdout.flush()
            case Reasoning():
                self.stderr.write(delta.text, self.style.HTTP_INFO, ending="")
            case Replaced():
                self.stdout.write(f"\n\n{delta.text}", ending="")
            case Sent() if delta.attempt > 1:
                self.stderr.write(f"Trying again ({delta.attempt}) …")

    def _show_bytes(self, data: bytes) -> None:
        self.stdout.write(data.decode("utf-8", "backslashreplace"), ending="")
        self.stdout.flush()


class Watch:
    """How quick an answer is and how it ends."""

    def __init__(self) -> None:
        self._begun = time.monotonic()
        self._first: float | None = None
        self._last = self._begun
        self._text = ""
        self._tokens: int | None = None
        self._end: Finished | Failed | None = None

    def take(self, delta: Delta) -> None:
        """Note one delta."""
        match delta:
            case Text() | Reasoning() | Replaced():
                self._last = time.monotonic()
                self._first = self._first or self._last
                self._text += delta.text
            case Counted():
                self._tokens = delta.usage.completion_tokens
            case Finished() | Failed():
                self._end = delta

    @property
    def problem(self) -> str:
        """Why the answer is not what it should be, or nothing."""
        if isinstance(self._end, Failed):
            return self._end.detail
        if self._end is None:
            return "The answer broke off: the server never said that it was whole."
        return "" if self._text else "The model server sent an empty answer."

    def __str__(self) -> str:
        if self._first is None:
            return "no token came"
        tokens = self._tokens or prompts.estimate(self._text)
        about = "" if self._tokens else "about "
        speed = tokens / max(self._last - self._first, 0.001)
        cut = ", cut at its length limit" if self._end == Finished(by_length=True) else ""
        return (
            f"first token after {self._first - self._begun:.2f} s, "
            f"{about}{tokens} tokens, {about}{speed:.1f} a second, "
            f"{self._last - self._begun:.2f} s in all{cut}"
        )


def _named(name: str) -> ServerConfig:
    servers: tuple[ServerConfig, ...] = settings.MODEL_SERVERS
    if not servers:
        raise CommandError("No model server is configured: set H2O_URL.")
    for server in servers:
        if name in ("", server.name):
            return server
    known = ", ".join(server.name for server in servers)
    raise CommandError(f"There is no model server called {name!r}, only {known}.")


async def _first_model(backend: Backend) -> str:
    """The model that the operator chose, or the first of the server's list."""
    if backend.config.model:
        return backend.config.model
    models = await backend.models()
    if not models:
        raise CommandError("The model server offers no model.")
    return models[0].name
