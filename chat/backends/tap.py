"""A transport that shows the bytes of every answer as they come."""

from collections.abc import AsyncIterator, Callable

import httpx

Tap = Callable[[bytes], None]


class TappedTransport(httpx.AsyncBaseTransport):
    """Passes everything through. The tap gets each answer's status, its headers and its body."""

    def __init__(self, transport: httpx.AsyncBaseTransport, tap: Tap) -> None:
        self._transport = transport
        self._tap = tap

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request on and tap the answer. Requests are not shown: they hold the key."""
        self._tap(f"> {request.method} {request.url}\n".encode())
        response = await self._transport.handle_async_request(request)
        lines = [f"< {response.status_code}", *(f"< {k}: {v}" for k, v in response.headers.items())]
        self._tap("\n".join([*lines, "", ""]).encode())
        stream = response.stream
        assert isinstance(stream, httpx.AsyncByteStream)
        response.stream = _TappedStream(stream, self._tap)
        return response

    async def aclose(self) -> None:
        """Close what is below."""
        await self._transport.aclose()


class _TappedStream(httpx.AsyncByteStream):
    def __init__(self, stream: httpx.AsyncByteStream, tap: Tap) -> None:
        self._stream = stream
        self._tap = tap

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._stream:
            self._tap(piece)
            yield piece

    async def aclose(self) -> None:
        await self._stream.aclose()
