"""A quick model server in a process of its own, so that a bench measures the client alone.

The model's name is the script: ``20x0.05`` is 20 tokens, one each 0.05 seconds. A token is the
instant at which it was written: microseconds of the clock that all processes of a machine
share (``time.monotonic``), after a space. ``GET /stats`` tells how many connections are open.
Run as ``python -m tests.bench.upstream [MODEL ...]`` with the models that it lists; it prints
its port.
"""

import asyncio
import json
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

TOKEN = b'data: {"choices":[{"index":0,"delta":{"content":" %d"}}]}\n\n'
LAST = b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"


class Upstream(asyncio.Protocol):
    """One connection, kept alive."""

    open = 0
    accepted = 0
    models: Sequence[str] = ("script",)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._received = b""
        self._timer: asyncio.TimerHandle | None = None
        Upstream.open += 1
        Upstream.accepted += 1

    def connection_lost(self, error: Exception | None) -> None:
        Upstream.open -= 1
        if self._timer:
            self._timer.cancel()

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, body = self._received.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: *(\d+)", head)
        if not end or len(body) < (int(length[1]) if length else 0):
            return
        self._received = b""
        self._answer(head, body)

    def _answer(self, head: bytes, body: bytes) -> None:
        if head.startswith(b"POST"):
            tokens, pause = json.loads(body)["model"].split("x")
            self._transport.write(HEAD)
            self._next(int(tokens), float(pause), asyncio.get_running_loop().time())
        elif b"/stats" in head.split(b"\r\n")[0]:
            counts = {"open": Upstream.open - 1, "accepted": Upstream.accepted}
            self._document(json.dumps(counts).encode())
        else:
            listed = [{"id": name, "max_model_len": 100_000} for name in Upstream.models]
            self._document(json.dumps({"data": listed}).encode())

    def _next(self, left: int, pause: float, due: float) -> None:
        if not left:
            self._transport.write(b"%x\r\n%s\r\n0\r\n\r\n" % (len(LAST), LAST))
            return
        loop = asyncio.get_running_loop()
        token = TOKEN % int(loop.time() * 1e6)
        self._transport.write(b"%x\r\n%s\r\n" % (len(token), token))
        due += pause  # of the clock, not of the last token: a late one delays no other
        self._timer = loop.call_at(due, self._next, left - 1, pause, due)

    def _document(self, body: bytes) -> None:
        head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
        self._transport.write(head % len(body) + body)


@contextmanager
def upstream(*models: str) -> Iterator[str]:
    """The address of a server that runs meanwhile, and lists these models."""
    command = [sys.executable, "-m", "tests.bench.upstream", *models]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.terminate()


def stats(url: str) -> dict[str, Any]:
    """How many connections the server has ``open``, and has ``accepted``."""
    with urllib.request.urlopen(f"{url}/stats") as answer:
        counts: dict[str, Any] = json.load(answer)
    return counts


async def _serve() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Upstream, "127.0.0.1", 0, backlog=1000)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    Upstream.models = sys.argv[1:] or Upstream.models
    asyncio.run(_serve())
