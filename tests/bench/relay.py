"""The floor: tokens go from the model server to a WebSocket, and nothing else happens.

No storage, no Django, no numbering, nobody to share an answer with. It speaks just enough of the
chat's socket to serve the same clients. Run as ``python -m tests.bench.relay MODEL_SERVER PORT``.
"""

import asyncio
import sys
from uuid import uuid4

import aiohttp
import msgspec
from aiohttp import web

from chat.wire.deltas import Text
from chat.wire.openai.decoder import OpenAIDecoder


class Ask(msgspec.Struct):
    """What is needed of a ``say``."""

    id: str
    model: str


_ask = msgspec.json.Decoder(Ask)
_encode = msgspec.json.Encoder().encode


class Relay:
    """One model server, any number of sockets."""

    def __init__(self, upstream: str) -> None:
        self._url = f"{upstream}/v1/chat/completions"

    async def serve(self, port: int) -> None:
        """Until it is killed."""
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(connector=connector) as self._session:
            app = web.Application()
            app.router.add_get("/ws/chat/", self._socket)
            runner = web.AppRunner(app, access_log=None)
            await runner.setup()
            site = web.TCPSite(runner, "127.0.0.1", port, backlog=1000)
            await site.start()
            await asyncio.Event().wait()

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(request)
        async for message in socket:
            await self._answer(socket, _ask.decode(message.data))
        return socket

    async def _answer(self, socket: web.WebSocketResponse, ask: Ask) -> None:
        run = str(uuid4())
        await self._send(socket, {"type": "accepted", "id": ask.id, "run": run})
        body = {"model": ask.model, "stream": True, "messages": []}
        decoder = OpenAIDecoder()
        length = 0
        async with self._session.post(self._url, json=body) as answer:
            async for piece in answer.content.iter_any():
                for delta in decoder.feed(piece):
                    if isinstance(delta, Text):
                        length += len(delta.text)
                        await self._send(
                            socket, {"type": "text_added", "run": run, "text": delta.text}
                        )
        end = {"type": "run_finished", "outcome": "complete", "text_length": length}
        await self._send(socket, end)

    async def _send(self, socket: web.WebSocketResponse, frame: dict[str, object]) -> None:
        await socket.send_str(_encode(frame).decode())


if __name__ == "__main__":
    asyncio.run(Relay(sys.argv[1]).serve(int(sys.argv[2])))
