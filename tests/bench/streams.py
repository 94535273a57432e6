"""Many answers at once: what one costs, on each transport.

Run as ``python -m tests.bench.streams [--streams 400] [--tokens 100] [--pause 0.02]``. All
streams begin together and run side by side; the processor time is of the client alone.
"""

import argparse
import asyncio
import time
from contextlib import aclosing

from chat.backends import Backend, ServerConfig, open_server
from chat.wire.deltas import Text
from chat.wire.request import ChatRequest, Turn
from tests.bench.upstream import upstream


async def measure(url: str, transport: str, streams: int, tokens: int, pause: float) -> str:
    """Figures of one run, in words."""
    config = ServerConfig(name="bench", url=url, transport=transport, max_streams=streams)  # type: ignore[arg-type]
    backend = open_server(config)
    request = ChatRequest(model=f"{tokens}x{pause}", turns=(Turn("user", "Hello"),))
    await _read(backend, request)  # connections, imports and the server's kind are ready now
    began, processor = time.monotonic(), time.process_time()
    firsts = await asyncio.gather(*(_read(backend, request) for _ in range(streams)))
    seconds, processor = time.monotonic() - began, time.process_time() - processor
    await backend.aclose()
    late = sorted(first - began for first in firsts)
    return (
        f"{transport}: {streams} streams of {tokens} tokens in {seconds:.2f} s "
        f"(the model alone {tokens * pause:.2f} s); first token after {late[len(late) // 2]:.2f} s "
        f"(median), {late[-1]:.2f} s (last); "
        f"CPU {1e3 * processor / streams:.1f} ms a stream, "
        f"{1e6 * processor / streams / tokens:.0f} µs a token"
    )


async def _read(backend: Backend, request: ChatRequest) -> float:
    """Read an answer to its end. Gives the time of its first token."""
    first = 0.0
    async with aclosing(backend.stream(request)) as stream:
        async for deltas in stream:
            if not first and isinstance(deltas[0], Text):
                first = time.monotonic()
    return first


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--streams", type=int, default=400)
    parser.add_argument("--tokens", type=int, default=100)
    parser.add_argument("--pause", type=float, default=0.02, help="seconds between tokens")
    arguments = parser.parse_args()
    sizes = (arguments.streams, arguments.tokens, arguments.pause)
    for transport in ("aiohttp", "httpx"):
        with upstream() as url:
            print(asyncio.run(measure(url, transport, *sizes)), flush=True)


if __name__ == "__main__":
    main()
