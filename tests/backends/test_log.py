"""The log: who asked whom, how long, how much; never a word of it, never a key."""

import logging
from collections.abc import Sequence

import pytest

from chat.backends import ServerConfig, answering_run
from chat.wire.request import ChatRequest, Turn
from tests.backends.hearing import first_text, hear
from tests.scripted_model import failure, finish, text
from tests.scripted_server import Hold, Reset, Step, chunk, head, stream, whole

CANARY = "canary-4711"
REQUEST = ChatRequest("the-model", (Turn("user", f"prompt {CANARY}"),))
SCRIPTS: dict[str, Sequence[Step]] = {
    "whole": stream(text(f"answer {CANARY}"), finish()),
    "cut off": stream(text(f"answer {CANARY}")),
    "failed": stream(failure(CANARY)),
    "BrokenOff": [head(), chunk(text(CANARY)), 0.02, Reset()],
    "Refused(422)": [whole(f'{{"detail": [{{"msg": "{CANARY}"}}]}}'.encode(), 422)],
    "BackendError": [whole(CANARY.encode(), 200, "image/png")],
    "Unreachable": [],
}


@pytest.fixture
def backend(connect, server):
    server.plays(whole(b'{"data": [{"id": "m"}]}'), on="GET")
    return connect(api_key=f"sk-{CANARY}", tries=1)


@pytest.mark.parametrize("end", SCRIPTS)
async def test_a_line_says_how_a_try_ended_and_nothing_of_what_was_said(
    server, backend, caplog, end
):
    caplog.set_level(logging.DEBUG)
    server.plays(*SCRIPTS[end], on="POST")
    answering_run.set("run-7")
    await hear(backend, REQUEST)
    (line,) = [each for each in caplog.records if each.name == "chat.backends"]
    message = line.getMessage()
    assert message.startswith(
        f"run=run-7 server=scripted model=the-model attempt=1 end={end} first_byte="
    )
    assert "bytes=" in message
    assert line.levelno == (logging.INFO if end == "whole" else logging.WARNING)
    others = [each.getMessage() for each in caplog.records if not each.name.startswith("h")]
    assert not any(CANARY in each for each in others)


async def test_a_reader_who_leaves_is_no_warning(server, backend, caplog):
    caplog.set_level(logging.INFO, "chat.backends")
    server.plays(head(), chunk(text("Hello")), Hold(), on="POST")
    await first_text(backend, REQUEST)
    (line,) = [each for each in caplog.records if each.name == "chat.backends"]
    assert "end=left" in line.getMessage()
    assert line.levelno == logging.INFO


async def test_each_try_has_a_line(server, backend, connect, caplog):
    server.plays(whole(b"", 502), on="POST")
    server.plays(*SCRIPTS["whole"], on="POST")
    caplog.set_level(logging.INFO, "chat.backends")
    await hear(connect(), REQUEST)
    lines = [each.getMessage() for each in caplog.records if each.name == "chat.backends"]
    assert ["attempt=1 end=Refused(502)" in lines[0], "attempt=2 end=whole" in lines[1]]


def test_a_config_does_not_show_its_secrets():
    shown = repr(ServerConfig(name="x", api_key=CANARY, proxy=f"http://u:{CANARY}@p"))
    assert CANARY not in shown
