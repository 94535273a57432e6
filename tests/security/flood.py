"""One person's flood: ``python -m tests.security.flood PORT COOKIE KIND…``, until it is killed.

It is a process of its own, as an attacker's are, and the least urgent on the machine, since
theirs would be on another one.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import struct
import sys
from collections.abc import Callable
from contextlib import suppress
from uuid import uuid4

from tests.server.running import frame, upgrade

SAY = {name: str(uuid4()) for name in ("id", "conversation", "reply")}
FOLLOW = {"type": "follow", "run": str(uuid4()), "after": 0}


def _said(**more: str) -> bytes:
    return frame(json.dumps({"type": "say", "parent": None, "model": "none"} | SAY | more).encode())


def _turn() -> bytes:
    """One that is taken, as often as the limits let it: its ids are new."""
    ids = {name: str(uuid4()) for name in SAY}
    return frame(json.dumps({"type": "say", "parent": None, "text": "Again?"} | ids).encode())


#: What is sent over and over, on sockets of which nothing is read; or what makes the next.
TORRENTS: dict[str, bytes | Callable[[], bytes]] = {
    "accepted": _turn,
    "pings": frame(b'{"type":"ping"}'),
    "turns": _said(text="x" * 50),
    "big": _said(text="x" * 190_000),
    "follows": frame(json.dumps(FOLLOW).encode()),
    "deep": frame(b"[" * 5000),
    "control": frame(b"", opcode=9) * 1000,
    "pongs": frame(b"", opcode=10) * 1000,
    "fragments": frame(b"{", final=False) + frame(b"", opcode=0, final=False) * 1000,
}
SOCKETS = 3  # for each torrent
PAGES = {"pages": "/", "exports": "/export/?format=json"}
ASKERS = 8  # of each, at the same time
OPENERS = 8  # that open sockets, one after the other


async def _connected(port: int, cookie: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A socket. It ends with a reset, so that nothing of the flood comes after its end."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    bare = writer.get_extra_info("socket")
    bare.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    origin = b"Origin: http://127.0.0.1:%d" % port
    host = b"Cookie: %s" % cookie.encode()
    asked = upgrade("/ws/chat/", origin, host).replace(b"localhost", b"127.0.0.1:%d" % port)
    writer.write(asked)
    await reader.readuntil(b"\r\n\r\n")
    return reader, writer


async def _pour(port: int, cookie: str, torrent: bytes | Callable[[], bytes]) -> None:
    while True:
        with suppress(OSError, asyncio.IncompleteReadError):
            _, writer = await _connected(port, cookie)
            while True:
                writer.write(torrent if isinstance(torrent, bytes) else torrent())
                await writer.drain()
        await asyncio.sleep(0.05)


async def _open(port: int, cookie: str) -> None:
    while True:
        with suppress(OSError, asyncio.IncompleteReadError):
            _, writer = await _connected(port, cookie)
            writer.close()


async def _ask(port: int, cookie: str, path: str) -> None:
    """Ask for this, and read all of it, again and again."""
    asked = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: {cookie}\r\n"
    while True:
        with suppress(OSError):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(f"{asked}Connection: close\r\n\r\n".encode())
            await reader.read()
            writer.close()


async def main(port: str, cookie: str, *kinds: str) -> None:
    """Flood; say so when it has begun."""
    os.nice(19)
    pours = [
        _pour(int(port), cookie, TORRENTS[kind])
        for kind in kinds
        for _ in range(SOCKETS)
        if kind in TORRENTS
    ]
    opens = [_open(int(port), cookie) for _ in range(OPENERS)] if "opens" in kinds else []
    asks = [
        _ask(int(port), cookie, PAGES[kind])
        for kind in kinds
        for _ in range(ASKERS)
        if kind in PAGES
    ]
    flooding = asyncio.gather(*pours, *opens, *asks)
    await asyncio.sleep(1)
    print("It floods.", flush=True)
    await flooding


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
