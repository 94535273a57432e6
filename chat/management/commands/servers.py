"""``manage.py servers``: how the configured model servers are, in words."""

import asyncio
import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from chat.backends import Health, ServerConfig, ServerConfigError, open_server

SHOWN = 5  # models


class Command(BaseCommand):
    """One line for each server. Ends with 1 if any of them cannot be asked just now."""

    help = "Check each configured model server and say what is wrong with it."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Ask all of them at once, and report in their order."""
        servers: tuple[ServerConfig, ...] = settings.MODEL_SERVERS
        if not servers:
            raise CommandError("No model server is configured: set H2O_URL.")
        results = asyncio.run(_check(servers))
        for server, (health, seconds) in zip(servers, results, strict=True):
            self._report(server, health, seconds)
        down = sum(health.state != "up" for health, _ in results)
        if down:
            raise CommandError(f"{down} of {len(servers)} model servers cannot be asked now.")

    def _report(self, server: ServerConfig, health: Health, seconds: float) -> None:
        address = "embedded" if server.status_file else server.url
        place = f"{server.name} ({server.dialect}, {address})"
        if health.state == "up":
            line = f"up       {place}: answers in {seconds:.2f} s; {_models(health)}"
            self.stdout.write(line, self.style.SUCCESS)
        else:
            style = self.style.WARNING if health.state == "loading" else self.style.ERROR
            self.stdout.write(f"{health.state:8} {place}: {health.detail}", style)
        names = {model.name for model in health.models}
        if server.model and names and server.model not in names:
            note = f"         It offers no model called {server.model!r}; see H2O_MODEL."
            self.stdout.write(note, self.style.WARNING)


async def _check(servers: tuple[ServerConfig, ...]) -> list[tuple[Health, float]]:
    return await asyncio.gather(*map(_timed, servers))


async def _timed(server: ServerConfig) -> tuple[Health, float]:
    began = time.monotonic()
    try:
        backend = open_server(server)
    except ServerConfigError as error:
        return Health("down", str(error)), 0.0
    try:
        return await backend.health(), time.monotonic() - began
    finally:
        await backend.aclose()


def _models(health: Health) -> str:
    names = [model.name for model in health.models]
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"models: {', '.join(names[:SHOWN])}{more}"
