"""A handshake that is turned away, by 403, without asking anything of anybody."""

from __future__ import annotations

from typing import Any


async def deny(receive: Any, send: Any) -> None:
    """Close before it was accepted (ASGI, WebSocket: Close).

    Channels has a consumer for it, which first asks Redis for a channel of its own: with
    Redis away, that ended in a 500.
    """
    await receive()
    await send({"type": "websocket.close"})
