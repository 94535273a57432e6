"""Small ASGI applications that do what the server must withstand.

What they see is written, a line an event, into the file that ``RECORD`` names.
"""

import asyncio
import json
import os
import threading
import time
import warnings
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from h2oweb.lifespan import Lifespan

Event = dict[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]

FAILS_WHILE = Path(os.environ.get("FAILS_WHILE", "/no such file"))
PIECE = b"x" * 65_536
state: Counter[str] = Counter()
background: set[asyncio.Task[None]] = set()


def record(line: str) -> None:
    if name := os.environ.get("RECORD"):
        with open(name, "a") as file:
            file.write(f"{line}\n")


async def live_on() -> None:
    """What an application's own tasks are: nobody's child, to be ended by a cancel."""
    try:
        await asyncio.Event().wait()
    finally:
        await asyncio.sleep(0.05)
        record("task ended")


async def start() -> None:
    record("start")
    background.add(asyncio.create_task(live_on()))
    fail_if_told()


def fail_if_told() -> None:
    if FAILS_WHILE.exists():
        raise RuntimeError("The database is asleep.")


async def stop() -> None:
    record("stop")
    await asyncio.sleep(float(os.environ.get("STOP_TAKES", "0.05")))
    record("stopped")


async def answer(send: Send, body: bytes, status: int = 200) -> None:
    await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body", "body": body})


async def http_hello(scope: Event, receive: Receive, send: Send) -> None:
    await answer(send, b"hello")


async def http_named(scope: Event, receive: Receive, send: Send) -> None:
    """An answer that says its request's id, and stays unfinished if it is asked to."""
    headers = [(b"X-Request-ID", b"of-this-request")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"so far", "more_body": True})
    if scope["query_string"]:
        await until_gone(receive, "http.disconnect")
    await send({"type": "http.response.body"})


async def http_state(scope: Event, receive: Receive, send: Send) -> None:
    await answer(send, json.dumps(state).encode())


async def http_pid(scope: Event, receive: Receive, send: Send) -> None:
    await answer(send, str(os.getpid()).encode())


async def http_scope(scope: Event, receive: Receive, send: Send) -> None:
    shown = {key: scope[key] for key in ("path", "root_path", "scheme", "client")}
    await answer(send, json.dumps(shown).encode())


async def http_body(scope: Event, receive: Receive, send: Send) -> None:
    length, pieces, largest, more = 0, 0, 0, True
    while more:
        event = await receive()
        length += len(event["body"])
        largest = max(largest, len(event["body"]))
        pieces += 1
        more = event["more_body"]
    await answer(send, json.dumps({"length": length, "largest": largest}).encode())


async def http_deaf(scope: Event, receive: Receive, send: Send) -> None:
    """Takes nothing of the body until it is too late to matter."""
    state["deaf"] += 1
    await asyncio.sleep(float(scope["query_string"] or 5))
    await answer(send, b"deaf")


async def http_slow(scope: Event, receive: Receive, send: Send) -> None:
    record("slow began")
    await asyncio.sleep(float(scope["query_string"]))
    await answer(send, b"at last")


async def http_stream(scope: Event, receive: Receive, send: Send) -> None:
    """A piece every tenth of a second."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for number in range(int(scope["query_string"])):
        await send({"type": "http.response.body", "body": b"%d\n" % number, "more_body": True})
        await asyncio.sleep(0.1)
    await send({"type": "http.response.body", "body": b"end\n"})


async def http_flood(scope: Event, receive: Receive, send: Send) -> None:
    """Endless, as fast as the server lets it."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    gone = asyncio.create_task(until_gone(receive, "http.disconnect"))
    while not gone.done():
        await send({"type": "http.response.body", "body": PIECE, "more_body": True})
        state["flooded"] += len(PIECE)
        await asyncio.sleep(0)
    record("flood ended")


async def until_gone(receive: Receive, kind: str) -> None:
    while (await receive())["type"] != kind:
        pass


async def http_break(scope: Event, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"so far", "more_body": True})
    raise RuntimeError("broken amid the answer")


async def http_raise(scope: Event, receive: Receive, send: Send) -> None:
    raise RuntimeError("broken before the answer")


async def http_mute(scope: Event, receive: Receive, send: Send) -> None:
    """Returns without a word."""


async def http_warn(scope: Event, receive: Receive, send: Send) -> None:
    warnings.warn("the milk is sour", UserWarning, stacklevel=1)
    await answer(send, b"warned")


async def http_thread(scope: Event, receive: Receive, send: Send) -> None:
    threading.Thread(target=time.sleep, args=(60,)).start()
    await answer(send, b"a thread is stuck")


async def ws_echo(scope: Event, receive: Receive, send: Send) -> None:
    await send({"type": "websocket.accept"})
    while (event := await receive())["type"] == "websocket.receive":
        state["echoed"] += 1
        text = event.get("text") or event["bytes"].decode()
        await send({"type": "websocket.send", "text": text if len(text) < 100 else str(len(text))})
    await asyncio.sleep(0.05)
    record(f"echo ended {event['code']}")


async def ws_named(scope: Event, receive: Receive, send: Send) -> None:
    """Accepts, or refuses if it is asked to, and says its request's id."""
    kind = "websocket.close" if scope["query_string"] else "websocket.accept"
    await send({"type": kind, "headers": [(b"X-Request-ID", b"of-this-socket")]})
    if kind == "websocket.accept":
        await until_gone(receive, "websocket.disconnect")


async def ws_scope(scope: Event, receive: Receive, send: Send) -> None:
    await send({"type": "websocket.accept"})
    headers = [
        [name.decode("latin-1"), value.decode("latin-1")] for name, value in scope["headers"]
    ]
    shown = {key: scope[key] for key in ("path", "root_path", "scheme", "client")}
    await send({"type": "websocket.send", "text": json.dumps(shown | {"headers": headers})})
    await until_gone(receive, "websocket.disconnect")


async def ws_flood(scope: Event, receive: Receive, send: Send) -> None:
    await send({"type": "websocket.accept"})
    gone = asyncio.create_task(until_gone(receive, "websocket.disconnect"))
    while not gone.done():
        await send({"type": "websocket.send", "bytes": PIECE})
        state["flooded"] += len(PIECE)
        await asyncio.sleep(0)
    record("flood ended")


async def ws_busy(scope: Event, receive: Receive, send: Send) -> None:
    """Accepts, and then takes nothing for a while; then counts."""
    await send({"type": "websocket.accept"})
    await asyncio.sleep(float(scope["query_string"]))
    while (await receive())["type"] != "websocket.disconnect":
        state["taken"] += 1


async def ws_undecided(scope: Event, receive: Receive, send: Send) -> None:
    state["undecided"] += 1
    await asyncio.sleep(float(scope["query_string"]))
    await send({"type": "websocket.accept"})
    await until_gone(receive, "websocket.disconnect")


async def ws_refuse(scope: Event, receive: Receive, send: Send) -> None:
    await send({"type": "websocket.close"})


async def ws_close(scope: Event, receive: Receive, send: Send) -> None:
    await send({"type": "websocket.accept"})
    code = int(scope["query_string"])
    await send({"type": "websocket.close", "code": code, "reason": "because"})
    await send({"type": "websocket.send", "text": "too late"})
    await until_gone(receive, "websocket.disconnect")
    await send({"type": "websocket.send", "text": "far too late"})
    record("nothing raised")


async def ws_empty(scope: Event, receive: Receive, send: Send) -> None:
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.send", "text": ""})
    await until_gone(receive, "websocket.disconnect")


async def ws_return(scope: Event, receive: Receive, send: Send) -> None:
    await send({"type": "websocket.accept"})


async def ws_raise(scope: Event, receive: Receive, send: Send) -> None:
    await send({"type": "websocket.accept"})
    await receive()
    raise RuntimeError("broken")


async def ws_subprotocol(scope: Event, receive: Receive, send: Send) -> None:
    await send({"type": "websocket.accept", "subprotocol": "never offered"})


async def ws_late(scope: Event, receive: Receive, send: Send) -> None:
    """Needs longer than it gets to say good-bye."""
    await send({"type": "websocket.accept"})
    await until_gone(receive, "websocket.disconnect")
    try:
        await asyncio.sleep(60)
    finally:
        record("late cancelled")


lifespan = Lifespan(start=start, stop=stop)


async def application(scope: Event, receive: Receive, send: Send) -> None:
    """``/flood/`` of a browser's request is ``http_flood``, of a socket ``ws_flood``."""
    if scope["type"] == "lifespan":
        await lifespan(scope, receive, send)
        return
    kind = {"http": "http", "websocket": "ws"}[scope["type"]]
    name = scope["path"].strip("/").split("/")[0]
    app = globals().get(f"{kind}_{name}")
    if app is None:
        await answer(send, b"nothing here", 404)
    else:
        if kind == "ws":
            await receive()  # websocket.connect
        await app(scope, receive, send)


async def without_lifespan(scope: Event, receive: Receive, send: Send) -> None:
    if scope["type"] != "http":
        raise ValueError(f"No application configured for scope type {scope['type']!r}")
    await answer(send, b"hello")
