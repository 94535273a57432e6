"""A flood from one place: ``python -m tests.security.flood PORT COOKIE KIND…``, until SIGTERM.

It is a process of its own, as an attacker's are, and the least urgent on the machine, since
theirs would be on another one. In the end it prints what of each kind was let in, as JSON.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import struct
import sys
from collections import Counter
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
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
OPENERS = 8  # that open sockets, one after the other
PAGES = {"pages": "/", "exports": "/export/?format=json"}
ASKERS = 8  # of each, at the same time
#: What nobody's requests are for, and how what is answered begins.
STRANGE = {
    "strangers": ("/sign-in/?next=/export/", b"HTTP/1.1 200 "),
    "doors": ("/export/", b"HTTP/1.1 302 "),
    "files": ("/static/nothing.js", b"HTTP/1.1 404 "),
}
STRANGERS = 16  # of each, at the same time: nobody's, by a session that is made up each time
KNOCKERS = 16  # that open sockets so, one after the other
UPGRADED = b"HTTP/1.1 101 "


@dataclass
class Flood:
    """What one person, or somebody who is signed out, can send to a site at once."""

    port: int
    cookie: str  # of who is signed in; its value is no matter for who is not
    let_in: Counter[str] = field(default_factory=Counter)

    async def pour(self, kind: str) -> None:
        """Send on one socket, until it is closed; and on the next."""
        torrent = TORRENTS[kind]
        while True:
            with suppress(OSError, asyncio.IncompleteReadError):
                _, writer = await self._connected(self.cookie)
                while True:
                    writer.write(torrent if isinstance(torrent, bytes) else torrent())
                    await writer.drain()
                    self.let_in[kind] += 1
            await asyncio.sleep(0.05)

    async def open(self) -> None:
        """Open a socket, and the next."""
        while True:
            with suppress(OSError, asyncio.IncompleteReadError):
                _, writer, answer = await self._upgraded(self.cookie)
                self.let_in["opens"] += answer.startswith(UPGRADED)
                writer.close()

    async def knock(self) -> None:
        """Open a socket as nobody, and the next."""
        while True:
            with suppress(OSError, asyncio.IncompleteReadError):
                _, writer, answer = await self._upgraded(self._made_up())
                self.let_in["knocks"] += answer.startswith(UPGRADED)
                writer.close()

    async def ask(self, kind: str) -> None:
        """Ask for this, and read all of it, again and again."""
        while True:
            await self._ask(kind, PAGES[kind], self.cookie, b"HTTP/1.1 200 ")

    async def ask_as_nobody(self, kind: str) -> None:
        """Ask with a session that there is not, and another one each time."""
        path, answer = STRANGE[kind]
        while True:
            await self._ask(kind, path, self._made_up(), answer)

    async def _ask(self, kind: str, path: str, cookie: str, answer: bytes) -> None:
        asked = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nCookie: {cookie}\r\n"
        with suppress(OSError, asyncio.IncompleteReadError):
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            writer.write(f"{asked}Connection: close\r\n\r\n".encode())
            self.let_in[kind] += await reader.readexactly(len(answer)) == answer
            while await reader.read(65_536):
                pass  # what takes long to be sent is read to its end
            writer.close()

    async def _connected(self, cookie: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A socket that is open, whoever is at its other end."""
        reader, writer, answer = await self._upgraded(cookie)
        if not answer.startswith(UPGRADED):
            writer.close()
            raise ConnectionError(answer)
        return reader, writer

    async def _upgraded(
        self, cookie: str
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter, bytes]:
        """It ends with a reset, so that nothing of the flood comes after its end."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        bare = writer.get_extra_info("socket")
        bare.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        host = b"127.0.0.1:%d" % self.port
        headers = (b"Origin: http://%s" % host, b"Cookie: %s" % cookie.encode())
        writer.write(upgrade("/ws/chat/", *headers).replace(b"localhost", host))
        return reader, writer, await reader.readuntil(b"\r\n\r\n")

    def _made_up(self) -> str:
        return f"{self.cookie.partition('=')[0]}={uuid4().hex}"


async def main(port: str, cookie: str, *kinds: str) -> None:
    """Flood; say so when it has begun, and in the end what was let in."""
    os.nice(19)
    flood = Flood(int(port), cookie)
    works: list[Coroutine[Any, Any, None]] = []
    for kind in kinds:
        works += [flood.pour(kind) for _ in range(SOCKETS) if kind in TORRENTS]
        works += [flood.ask(kind) for _ in range(ASKERS) if kind in PAGES]
        works += [flood.ask_as_nobody(kind) for _ in range(STRANGERS) if kind in STRANGE]
        works += [flood.open() for _ in range(OPENERS) if kind == "opens"]
        works += [flood.knock() for _ in range(KNOCKERS) if kind == "knocks"]
    flooding = asyncio.gather(*works)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, flooding.cancel)
    await asyncio.sleep(1)
    print("It floods.", flush=True)
    with suppress(asyncio.CancelledError):
        await flooding
    print(json.dumps(flood.let_in), flush=True)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
