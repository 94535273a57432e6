"""People with sockets, in a process of their own, and how long they wait.

Run as ``python -m tests.bench.people``; it reads one JSON object (``Job``) a line from its input
and prints one (``Figures``) for each. A socket is a hundred lines of our own, so that hundreds of
them cost little beside the server that is measured.
"""

import asyncio
import base64
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit
from uuid import uuid4

import msgspec

BEGIN = 0.5  # of an answer's time, in which people begin: so they do, who ask anew at its end
PATIENCE = 60.0  # seconds after the model must be through


class Job(msgspec.Struct):
    """What is to be done: the people with these cookies each ask the model of this name.

    Without a model they only open their sockets. Sockets are held until a job for others.
    """

    url: str
    cookies: list[str]
    model: str = ""
    seconds: float = 0.0  # that the model takes


class Figures(msgspec.Struct):
    """What came of it; times are milliseconds, sorted."""

    asked: int
    whole: int
    tokens: int
    first: list[float]
    latency: list[float]


class Frame(msgspec.Struct):
    """What is read of a frame."""

    type: str
    text: str = ""
    outcome: str = ""
    text_length: int = 0


_frame = msgspec.json.Decoder(Frame)


class Person(asyncio.Protocol):
    """One socket: the handshake, a turn, and the answer as it comes."""

    def __init__(self, url: str, cookie: str) -> None:
        self.opened = asyncio.get_running_loop().create_future()
        self.ended = asyncio.get_running_loop().create_future()
        self.is_whole = False
        self.first: float | None = None  # seconds
        self.latency: list[float] = []  # seconds, a token
        self._url, self._cookie = url, cookie
        self._received = b""
        self._begun = False
        self._length = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        key = base64.b64encode(os.urandom(16)).decode()
        host = urlsplit(self._url).netloc
        transport.write(
            f"GET /ws/chat/ HTTP/1.1\r\nHost: {host}\r\nOrigin: {self._url}\r\n"
            f"Cookie: {self._cookie}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        now = time.monotonic()
        self._received += data
        if not self._begun:
            head, found, rest = self._received.partition(b"\r\n\r\n")
            if not found:
                return
            if b" 101 " not in head.split(b"\r\n")[0]:
                raise ConnectionError(head.decode())
            self._begun, self._received = True, rest
            self.opened.set_result(None)
        for opcode, payload in self._frames():
            if opcode == 1:
                self._heard(_frame.decode(payload), now)
            elif opcode == 9:
                self._send(payload, opcode=10)

    def connection_lost(self, error: Exception | None) -> None:
        for future in (self.opened, self.ended):
            if not future.done():
                future.set_exception(error or ConnectionError("The socket was closed."))
                future.exception()  # whoever waits hears of it; nobody may

    def say(self, model: str) -> None:
        """Ask, and remember when and for how much."""
        self._tokens = int(model.split("x")[0])
        ids = {name: str(uuid4()) for name in ("id", "conversation", "reply")}
        command = {"type": "say", "parent": None, "text": "Hello?", "model": model} | ids
        self._said = time.monotonic()
        self._send(msgspec.json.encode(command))

    def close(self) -> None:
        self._transport.abort()

    def _heard(self, frame: Frame, now: float) -> None:
        if frame.type in ("text_added", "snapshot"):
            if self.first is None:
                self.first = now - self._said
            self._length += len(frame.text)
            self.latency += [now - int(token) / 1e6 for token in frame.text.split()]
        elif frame.type == "run_finished":
            is_all = frame.text_length == self._length and len(self.latency) == self._tokens
            self.is_whole = frame.outcome == "complete" and is_all
            self.ended.set_result(None)
        elif frame.type == "refused":
            print(frame, file=sys.stderr)
            self.ended.set_result(None)

    def _frames(self) -> Iterator[tuple[int, bytes]]:
        """Whole frames of a server, which are never masked."""
        data, at = self._received, 0
        while len(data) - at >= 2:
            size, start = data[at + 1], at + 2
            if size == 126:
                size, start = int.from_bytes(data[at + 2 : at + 4], "big"), at + 4
            elif size == 127:
                size, start = int.from_bytes(data[at + 2 : at + 10], "big"), at + 10
            if len(data) < start + size:
                break
            yield data[at] & 15, data[start : start + size]
            at = start + size
        self._received = data[at:]

    def _send(self, payload: bytes, opcode: int = 1) -> None:
        """A frame whose mask is zero, which leaves the payload as it is."""
        size = len(payload)
        length = bytes([128 | size]) if size < 126 else b"\xfe" + size.to_bytes(2, "big")
        self._transport.write(bytes([128 | opcode]) + length + bytes(4) + payload)


async def open_all(job: Job) -> list[Person]:
    """A socket for each cookie, opened a few at a time."""
    at, gate = urlsplit(job.url), asyncio.Semaphore(20)
    loop = asyncio.get_running_loop()

    async def open_one(cookie: str) -> Person:
        async with gate:
            _, person = await loop.create_connection(
                lambda: Person(job.url, cookie), at.hostname or "", at.port or 80
            )
            await person.opened
            return person

    return await asyncio.gather(*map(open_one, job.cookies))


async def ask(people: list[Person], job: Job) -> Figures:
    """Everybody asks; figures when all have their answers, or have waited too long."""
    loop, spread = asyncio.get_running_loop(), BEGIN * job.seconds
    for number, person in enumerate(people):
        loop.call_later(spread * number / len(people), person.say, job.model)
    patience = spread + job.seconds + PATIENCE
    await asyncio.wait([person.ended for person in people], timeout=patience)
    latency = sorted(1000 * each for person in people for each in person.latency)
    first = sorted(1000 * person.first for person in people if person.first is not None)
    whole = sum(person.is_whole for person in people)
    return Figures(len(people), whole, len(latency), first, latency)


async def serve() -> None:
    """Job after job."""
    held: list[Person] = []
    whose: tuple[str, list[str]] | None = None
    while line := await asyncio.to_thread(sys.stdin.readline):
        job = msgspec.json.decode(line, type=Job)
        if (job.url, job.cookies) != whose:
            for person in held:
                person.close()
            held = await open_all(job)
        whose = (job.url, job.cookies)
        figures = Figures(len(held), 0, 0, [], [])
        if job.model:
            figures = await ask(held, job)
            whose = None  # their sockets have had their answers
        print(msgspec.json.encode(figures).decode(), flush=True)


class Crowd:
    """The process with the people, as seen from the one that measures."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def do(self, job: Job) -> Figures:
        """Have it done, and wait."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(msgspec.json.encode(job).decode() + "\n")
        self._process.stdin.flush()
        return msgspec.json.decode(self._process.stdout.readline(), type=Figures)


@contextmanager
def crowd() -> Iterator[Crowd]:
    """People who are there meanwhile."""
    command = [sys.executable, "-m", "tests.bench.people"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield Crowd(process)
        finally:
            process.kill()


if __name__ == "__main__":
    asyncio.run(serve())
