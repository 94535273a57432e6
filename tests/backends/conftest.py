"""Backends that speak to a scripted server over real sockets, on both transports."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from chat.backends import Backend, ServerConfig, TimeLimits, open_server
from chat.backends.config import Transport
from tests.scripted_server import ScriptedServer

LIMITS = TimeLimits(connect=2, start=2, silence=2, whole=10, back_off=0.01)

Open = Callable[..., Backend]


@pytest.fixture(params=["aiohttp", "httpx"])
def transport(request: pytest.FixtureRequest) -> Transport:
    """Each of the two."""
    chosen: Transport = request.param
    return chosen


@pytest.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    """A model server that does what the test says, byte for byte."""
    async with ScriptedServer() as server:
        yield server


@pytest.fixture
async def connect(server: ScriptedServer) -> AsyncIterator[Open]:
    """Opens backends to the scripted server, or to another, and closes them after the test."""
    opened: list[Backend] = []

    def connect(**config: Any) -> Backend:
        usual: dict[str, Any] = {"name": "scripted", "url": server.url, "limits": LIMITS}
        opened.append(open_server(ServerConfig(**usual | config)))
        return opened[-1]

    yield connect
    for backend in opened:
        await backend.aclose()
