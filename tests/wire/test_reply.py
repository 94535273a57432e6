"""The examples that the page's fold in JavaScript is held to as well."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from chat.wire.events import Event
from chat.wire.reply import Gap, Reply, apply, fold

FILES = sorted((Path(__file__).parents[1] / "fixtures" / "wire").glob("reply-*.json"))
EXAMPLES = [example for file in FILES for example in json.loads(file.read_text())]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["name"])
def test_a_reply_is_what_its_events_say(example: dict[str, Any]) -> None:
    reply = msgspec.convert(example["reply"], Reply)
    events = msgspec.convert(example["events"], list[Event])
    assert fold(reply, events) == _expected(example["expected"])


def test_an_ignored_event_gives_the_same_reply() -> None:
    (example,) = [one for one in EXAMPLES if one["name"] == "an old event is ignored"]
    reply = msgspec.convert(example["reply"], Reply)
    (event,) = msgspec.convert(example["events"], list[Event])
    assert apply(reply, event) is reply


def _expected(example: dict[str, Any]) -> Reply | Gap:
    if example.get("type") == "gap":
        return msgspec.convert(example, Gap)
    return msgspec.convert(example, Reply)
