"""A page's socket, without the server before it."""

import json
from typing import Any

from channels.testing import WebsocketCommunicator

from chat.consumers import ChatConsumer
from tests.canaries import secrets_of_the_site


class Tab:
    """One page's socket."""

    def __init__(self, runs: Any, person: Any, **options: Any) -> None:
        consumer = ChatConsumer.as_asgi(runs=runs, **options)
        self._socket = WebsocketCommunicator(consumer, "/ws/chat/")
        self._socket.scope["user"] = person

    async def __aenter__(self) -> "Tab":
        await self._socket.connect()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._socket.disconnect()

    async def send(self, **command: Any) -> None:
        await self._socket.send_json_to(json.loads(json.dumps(command, default=str)))

    async def raw(self, frame: str) -> None:
        await self._socket.send_to(text_data=frame)

    async def get(self) -> dict[str, Any]:
        frame: dict[str, Any] = json.loads(await self.get_raw())
        return frame

    async def get_raw(self) -> str:
        frame: str = await self._socket.receive_from(timeout=5)
        assert not [secret for secret in secrets_of_the_site() if secret in frame]
        return frame

    async def until(self, type: str) -> list[dict[str, Any]]:
        frames = [await self.get()]
        while frames[-1]["type"] != type:
            frames.append(await self.get())
        return frames

    async def closed_with(self) -> int:
        message = await self._socket.receive_output(timeout=5)
        code: int = message["code"]
        return code

    async def is_quiet(self) -> bool:
        quiet: bool = await self._socket.receive_nothing(timeout=0.3)
        return quiet
