"""The doorbell of several processes, rung through the channel layer."""

import asyncio
import logging
from collections.abc import Coroutine
from contextvars import Context
from typing import Any
from uuid import uuid4

from chat.doorbell import Listener, LocalDoorbell, Note

logger = logging.getLogger(__name__)

RETRY_AFTER = 1.0  # seconds
MOST_AT_ONCE = 1000  # rings under way; while the layer hangs, more are dropped


class LayerDoorbell:
    """Rings this process's listeners directly and those of others through ``layer``.

    The layer delivers at most once and may be away for a while; both are fine for
    a doorbell. One channel serves the whole process; each topic that somebody here
    listens to is a group of it.
    """

    def __init__(self, layer: Any) -> None:
        self._layer = layer
        self._local = LocalDoorbell()
        self._sender = uuid4().hex
        self._channel: str | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._receiver: asyncio.Task[None] | None = None

    def ring(self, topic: str, note: Note) -> None:
        """See ``Doorbell.ring``."""
        self._local.ring(topic, note)
        message = {"type": "ring", "topic": topic, "sender": self._sender, "note": note}
        self._start(self._layer.group_send(topic, message))

    def listen(self, topic: str, listener: Listener) -> "_LayerPlace":
        """See ``Doorbell.listen``."""
        place = self._local.listen(topic, listener)
        if self._receiver is None:
            # Whoever listens first has the context of a request, and this outlives it.
            self._receiver = asyncio.create_task(self._receive(), context=Context())
        self._start(self._join(topic))
        return _LayerPlace(self, place)

    def leave(self, place: Any) -> None:
        """Take a place away, and the group with the topic's last one."""
        if self._local.leave(place) and self._channel is not None:
            self._start(self._layer.group_discard(place.topic, self._channel))

    async def close(self) -> None:
        """End what is under way."""
        tasks = [*self._tasks, *([self._receiver] if self._receiver else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _start(self, awaitable: Coroutine[Any, Any, None]) -> None:
        if len(self._tasks) >= MOST_AT_ONCE:
            awaitable.close()
            return
        task = asyncio.create_task(_quietly(awaitable))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _join(self, topic: str) -> None:
        if self._channel is not None:  # else the receiver joins all topics when it starts
            await self._layer.group_add(topic, self._channel)

    async def _receive(self) -> None:
        while True:
            try:
                if self._channel is None:
                    self._channel = await self._layer.new_channel()
                    for topic in self._local.topics():
                        await self._layer.group_add(topic, self._channel)
                message = await self._layer.receive(self._channel)
                if message["sender"] != self._sender:
                    self._local.ring(message["topic"], message["note"])
            except Exception:  # the layer's library has many; none may end the receiver
                logger.warning("The channel layer is away; trying again.", exc_info=True)
                self._channel = None
                await asyncio.sleep(RETRY_AFTER)


class _LayerPlace:
    def __init__(self, doorbell: LayerDoorbell, place: Any) -> None:
        self._doorbell = doorbell
        self._place = place

    def close(self) -> None:
        self._doorbell.leave(self._place)


async def _quietly(awaitable: Coroutine[Any, Any, None]) -> None:
    try:
        await awaitable
    except Exception:  # a ring that is lost costs a moment, never text
        logger.debug("The channel layer did not take a ring.", exc_info=True)
