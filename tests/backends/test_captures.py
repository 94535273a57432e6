"""Every recorded exchange, played again over a real socket, to a real backend.

What each means is in ``tests/outcomes.py``; here the bytes come with their status line,
their headers and their chunk framing, as they were read then, and byte by byte.
"""

import os
import re
from collections.abc import Sequence
from functools import partial
from itertools import pairwise

import pytest

from chat.backends import ContextExceeded, ServerConfig, TimeLimits
from chat.wire.request import ChatRequest, Turn
from tests import captures
from tests.backends.conftest import Open
from tests.backends.hearing import Heard, hear
from tests.outcomes import TABLE, Outcome
from tests.scripted_server import Hold, ScriptedServer, Step, stream, whole

REQUEST = ChatRequest(model="h2oai/x", turns=(Turn("user", "Hello"),))
LIMITS = TimeLimits(connect=2, start=2, silence=2, whole=10, back_off=0.1)
HELLO = b'data:{"token":null,"generated_text":"Hello"}\n\n'

# An answer of each dialect, a refusal in the stream and one by status: cut in two at every
# byte. The decoders have every capture cut so, without a socket (tests/wire); with one,
# `make splits` does it, which takes a while.
SPLIT = (
    tuple(captures.names())
    if "EVERY_SPLIT" in os.environ
    else (
        "chatui-2023-06-23/03-message-stream-ok",
        "chatui-2023-06-23/4f-upstream-err422",
        "h2ogpt-openai-server/12-stream-fail-first",
        "h2ogpt-openai-server/22-agent-not-enabled",
    )
)

# The step of the adapter that an exchange is the answer to, by the line of its request.
# What the adapter never asks for is played as the answer to a message.
STEPS = {
    r"POST /settings ": "POST /settings",
    r"POST /conversation ": "POST /conversation$",
    r"DELETE ": "DELETE ",
    r"GET /v1/models ": "GET ",
    r"": "POST /conversation/[0-9a-f]+$|POST /chat/completions$",
}
REST: list[tuple[str, Sequence[bytes]]] = [
    ("POST /settings", [whole(b"", 303)]),
    ("POST /conversation$", [whole(b'{"conversationId": "6b03c5b8c7c4935f41cfeccf"}')]),
    ("POST /conversation/[0-9a-f]+$", stream(HELLO)),
    ("POST /conversation/.*/stop-generating", [whole(b"")]),
    ("DELETE ", [whole(b"")]),
    ("GET ", [whole(b'{"data": [{"id": "m"}]}')]),
]


async def play(
    name: str, server: ScriptedServer, connect: Open, transport: str, cuts: Sequence[int] | None
) -> Heard | Outcome:
    """Let the capture answer its step, and everything else go well.

    ``cuts`` are the places between two reads; None for those of the record.
    """
    capture = captures.load(name)
    step = next(step for line, step in STEPS.items() if re.match(line, capture.request.decode()))
    pieces: list[Step] = [*capture.segments()]
    if cuts is not None:
        pieces = [capture.raw[a:b] for a, b in pairwise([0, *cuts, len(capture.raw)])]
    if capture.end == "TIMEOUT":
        pieces.append(Hold())
    server.plays(*pieces, on=step)
    for on, steps in REST:
        if not step.startswith(on):
            server.plays(*steps, on=on)
    dialect = "h2o" if capture.server.startswith("chatui") else "openai"
    backend = connect(transport=transport, dialect=dialect, model="h2oai/x", tries=1, limits=LIMITS)
    if step == "GET ":
        health = await backend.health()
        names = " ".join(model.name for model in health.models)
        if health.state == "up":
            return Outcome("models", names)
        return Outcome("refused", detail=health.detail)
    heard = await hear(backend, REQUEST)
    await backend.aclose()
    if dialect == "h2o" and len(server.asked("POST /conversation/")):
        assert server.asked("DELETE "), "what was made is deleted"
    return heard


def must_be(heard: Heard, expected: Outcome, capture: captures.Capture) -> None:
    """Whether the person gets what the table says."""
    match expected.kind:
        case "complete" | "length" | "failed":
            assert (heard.end, heard.text) == (expected.kind, expected.text)
            assert heard.detail == expected.detail
        case "interrupted" if capture.terminated:
            assert (heard.end, heard.text, heard.error) == ("interrupted", expected.text, None)
        case "interrupted":
            assert (heard.end, heard.text) == ("failed", expected.text)
            assert "lost" in heard.detail
        case "refused":
            assert (heard.end, heard.text) == ("failed", "")
            assert heard.detail


def is_the_adapters(capture: captures.Capture) -> bool:
    """Whether the recorded request is one that the adapter makes, in its right step."""
    line = capture.request.decode().split(" HTTP")[0]
    return bool(
        re.fullmatch(
            r"POST /settings|POST /conversation|POST /conversation/[0-9a-f]+"
            r"|GET /v1/models|POST /v1/chat/completions",
            line,
        )
    )


@pytest.mark.parametrize("name", captures.names())
async def test_a_recorded_exchange_ends_as_the_table_says(name, server, connect, transport):
    await ends_as_the_table_says(name, server, connect, transport)


@pytest.mark.parametrize("name", captures.names())
async def test_it_ends_the_same_byte_by_byte(name, server, connect):
    cuts = range(1, len(captures.load(name).raw))
    await ends_as_the_table_says(name, server, connect, ServerConfig.transport, cuts)


@pytest.mark.timeout(1800)  # some thousand requests
@pytest.mark.parametrize("name", SPLIT)
async def test_it_ends_the_same_at_every_single_split(name, connect):
    for cut in range(1, len(captures.load(name).raw)):
        async with ScriptedServer() as server:
            await ends_as_the_table_says(
                name, server, partial(connect, url=server.url), ServerConfig.transport, [cut]
            )


async def ends_as_the_table_says(name, server, connect, transport, cuts=None):
    capture, expected = captures.load(name), TABLE[name]
    outcome = await play(name, server, connect, transport, cuts)
    line = capture.request.decode().split(" HTTP")[0]
    if isinstance(outcome, Outcome):
        assert outcome == expected
    elif line.startswith("DELETE"):
        assert (outcome.end, outcome.text) == ("complete", "Hello"), "its fate is no one's concern"
    elif expected.kind in ("settings taken", "conversation"):
        assert (outcome.end, outcome.text) == ("complete", "Hello")
    elif expected.kind == "done" and line == "POST /settings":
        assert "H2O_DIALECT" in outcome.detail
    elif expected.kind == "done":
        assert (outcome.end, outcome.text) == ("interrupted", "")
    else:
        must_be(outcome, expected, capture)
        if isinstance(outcome.error, ContextExceeded):
            assert (outcome.error.prompt_tokens, outcome.error.context) == (2000, 1024)
        elif expected.kind == "refused" and is_the_adapters(capture):
            assert outcome.detail == expected.detail
