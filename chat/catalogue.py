"""Which models can be asked: the configured servers, how they are, and what they offer."""

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import msgspec
from django.db import DatabaseError

from chat.backends import Backend, Health
from chat.journal import Journal
from chat.models import ModelServer
from chat.models.clock import Now
from chat.refusal import Refusal
from chat.turns import Allows, Choice
from chat.wire.request import ModelInfo
from chat.wire.sentences import sentence

logger = logging.getLogger(__name__)

REFRESH_UP, REFRESH_OTHER = 30.0, 2.0  # seconds between looks at a server that is up, or is not
NO_SUCH_MODEL = sentence("There is no model named “{name}” here.")
CLOSED = sentence("The model “{name}” is not open to you. Choose another one.")


class Catalogue:
    """Knows the servers by name and keeps their state fresh, in memory and in the database."""

    def __init__(self, backends: Sequence[Backend], journal: Journal) -> None:
        self._backends = {backend.config.name: backend for backend in backends}
        self._health: dict[str, Health] = {}
        self._journal = journal
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to look after the servers."""
        if not self._tasks:
            self._tasks = [asyncio.create_task(self._forget_others())]
            for position, backend in enumerate(self._backends.values()):
                self._tasks.append(asyncio.create_task(self._watch(position, backend)))

    async def close(self) -> None:
        """End the watching and the servers' connections."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*(backend.aclose() for backend in self._backends.values()))

    def backend(self, server: str) -> Backend:
        """The server of this name."""
        return self._backends[server]

    def info(self, choice: Choice) -> ModelInfo:
        """What is known of a model."""
        for model in self._models(choice.server):
            if model.name == choice.model:
                return model
        return ModelInfo(choice.model)

    def choose(self, name: str, allows: Allows = lambda _: True) -> Choice:
        """The model of this name, or the first that may be used for "". Raises Refusal.

        Where several servers have it, the first one that is up is asked.
        """
        if name and not allows(name):
            raise Refusal("invalid", CLOSED.format(name=name))
        offered = self._offered()
        fitting = [choice for choice in offered if name in ("", choice.model)]
        wanted = [choice for choice in fitting if allows(choice.model)]
        if fitting and not wanted:
            raise Refusal(
                "invalid", sentence("No model here is open to you. The owner can change that.")
            )
        for choice in wanted:
            if self._health[choice.server].state == "up":
                return choice
        if wanted:
            return wanted[0]
        choice = self._unlisted(name, bool(offered))
        if not allows(choice.model):
            raise Refusal("invalid", CLOSED.format(name=choice.model))
        return choice

    def _offered(self) -> list[Choice]:
        return [
            Choice(model.name, server, model.context)
            for server in self._backends
            for model in self._models(server)
        ]

    def _unlisted(self, name: str, any_offered: bool) -> Choice:
        """A model that no server lists just now.

        The only server there is may have it as long as its list is unknown, so it is asked;
        among several nobody can tell whose it would be.
        """
        if not self._backends:
            raise Refusal("unavailable", sentence("No model server is set up here."))
        if len(self._backends) == 1 and not any_offered:
            (server, backend), *_ = self._backends.items()
            return Choice(name or backend.config.model, server)
        if any_offered:
            raise Refusal("invalid", NO_SUCH_MODEL.format(name=name))
        raise Refusal("unavailable", sentence("No model server is answering."), retry_after=5)

    def _models(self, server: str) -> tuple[ModelInfo, ...]:
        health = self._health.get(server)
        return health.models if health else ()

    async def _watch(self, position: int, backend: Backend) -> None:
        while True:
            health = await backend.health()
            known = self._health.get(backend.config.name)
            self._health[backend.config.name] = _keep_models(health, known)
            with contextlib.suppress(DatabaseError):  # the next look writes it
                await self._journal.write(_store, position, backend, health)
            await asyncio.sleep(REFRESH_UP if health.state == "up" else REFRESH_OTHER)

    async def _forget_others(self) -> None:
        with contextlib.suppress(DatabaseError):
            await self._journal.write(_forget_others, list(self._backends))


def _keep_models(health: Health, known: Health | None) -> Health:
    """A server that is down for a moment still has the models it had."""
    if known and not health.models:
        return replace(health, models=known.models)
    return health


def _store(position: int, backend: Backend, health: Health) -> None:
    config = backend.config
    row: dict[str, Any] = {
        "label": config.label or config.name,
        "notice": config.notice if health.notice is None else health.notice,
        "state": health.state,
        "detail": health.detail,
        "position": position,
        "checked_at": Now(),
    }
    if health.models:
        row["catalogue"] = msgspec.to_builtins(health.models)
    ModelServer.objects.update_or_create(name=config.name, defaults=row)


def _forget_others(names: list[str]) -> None:
    ModelServer.objects.other_than(names).delete()
