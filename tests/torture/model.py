"""A model server that says a known text to each turn, and that can be killed amid a word."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from collections.abc import Iterator
from typing import Any

from chat.wire.continuing import GO_ON
from tests.scripted_model import MODEL, finish, text
from tests.scripted_server import END, Answer, Request, ScriptedServer, Step, chunk, head, whole

WORDS = "water is été naïve 水は何ですか שלום 👩‍👩‍👧 🇸🇪 **bold** `code`".split()
WORDS += ["\n\n- a list\n", "\n```py\nx = 1\n```\n", "e\u0301", "\u2028"]
LIST = {"object": "list", "data": [{"id": MODEL, "max_model_len": 100_000}]}


def known_text(turn: str) -> str:
    """What the model says to this turn, whole."""
    dice = random.Random(turn)
    return " ".join(dice.choices(WORDS, k=dice.randint(20, 400)))


class Model(ScriptedServer):
    """Answers each turn with its known text in uneven pieces, or with what is left of it."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: Counter[str] = Counter()  # by turn

    def _script_for(self, request: Request) -> Answer:
        if request.method == "GET":
            return Answer((whole(json.dumps(LIST).encode()),))
        turn, so_far = _asked(json.loads(request.body)["messages"])
        self.calls[turn] += 1
        return Answer(tuple(_steps(turn, known_text(turn).removeprefix(so_far))))

    async def die(self) -> None:
        """End like a process that is killed: nobody listens, and connections end in the middle."""
        self._server.close()
        for task in list(self._tasks):
            task.cancel()

    async def revive(self) -> None:
        """Listen again, at the same address."""
        self._server = await asyncio.start_server(
            self._serve, "127.0.0.1", self.port, limit=2**20, backlog=1000
        )


def _asked(messages: list[dict[str, Any]]) -> tuple[str, str]:
    """The turn to be answered, and what there is of its answer."""
    if messages[-1]["content"] == GO_ON:
        messages = messages[:-1]
    so_far = messages[-1]["content"] if messages[-1]["role"] == "assistant" else ""
    said = next(each["content"] for each in reversed(messages) if each["role"] == "user")
    return said.split("\n\n")[-1], so_far  # turns without an answer are sent as one


def _steps(turn: str, rest: str) -> Iterator[Step]:
    dice = random.Random(f"{turn} {len(rest)}")
    slowest = dice.choice([0.0, 0.01, 0.05, 0.2])
    yield head()
    yield dice.uniform(0, 0.5)
    while rest:
        size = dice.randint(1, 12)
        yield chunk(text(rest[:size]))
        yield dice.uniform(0, slowest)
        rest = rest[size:]
    yield chunk(finish())
    yield END
