"""S28: whatever is sent, nothing stumbles, and nobody gets what is another's.

A few inputs in every test run, and as many as ``FUZZ_INPUTS`` says by ``make fuzz``. Commands
go to the real server; each address of the site is asked in this process.
"""

import os
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chat.models import Message
from tests.fuzz import site as inputs
from tests.scripted_model import finish, text
from tests.security.people import Socket
from tests.security.world import CANARY, MEMBER, OUT, REVIEWER, answer, person

INPUTS = int(os.environ.get("FUZZ_INPUTS", "0"))
BATCH = 10  # frames of one example, with one ping behind them
CROWD = 40 if INPUTS else 10  # people who take turns: each may send only so many a second
pytestmark = pytest.mark.timeout(7200 if INPUTS else 240)
#: A client's own pings take random numbers, amid those that Hypothesis draws.
UNPROMPTED: dict[str, Any] = {"ping_interval": None}
FUZZING: dict[str, Any] = {
    "deadline": None,
    "derandomize": not INPUTS,
    "database": None,
    "suppress_health_check": list(HealthCheck),
}


def test_s28_no_command_makes_the_server_stumble(site, newcomer, anna, model):
    model.plays(text(f"All of {CANARY}."), finish())
    socket = anna.socket(**UNPROMPTED)
    socket.send(**anna.say(f"What of {CANARY}?"))
    hers = socket.until("accepted")
    socket.until("run_finished")
    with site.database() as alias:
        assert Message.objects.using(alias).filter(text__contains=CANARY).count() == 2
    known = [hers[name] for name in ("id", "conversation", "run", "reply")] + [str(uuid4())]
    crowd = [newcomer().socket(**UNPROMPTED) for _ in range(CROWD)]
    turn = iter(range(10**9))
    sent = 0

    @settings(max_examples=max(30, INPUTS // 2 // BATCH), **FUZZING)
    @given(st.lists(inputs.commands(known), min_size=BATCH, max_size=BATCH))
    def throw(frames):
        nonlocal sent
        sent += len(frames)
        assert CANARY not in _told(crowd[next(turn) % CROWD], frames)

    throw()
    print(f"{sent} frames")
    assert socket.is_there()


def _told(socket: Socket, frames: list[str]) -> str:
    """What is answered, up to the pong that shows that the socket is still served."""
    for frame in frames:
        socket.connection.send(frame)
    socket.send(type="ping")
    heard = []
    pings = 1 + sum('"type": "ping"' in frame for frame in frames)
    while pings:
        heard.append(str(socket.get()))
        pings -= heard[-1] == "{'type': 'pong'}"
        assert len(heard) < 1000
    return "".join(heard)


@pytest.mark.django_db
@pytest.mark.parametrize("role", [OUT, MEMBER, REVIEWER])
def test_s28_no_address_makes_the_site_stumble(role):
    hers = answer(person(MEMBER))
    known = [str(hers.pk), str(hers.conversation_id), str(hers.runs.get().pk), "1", "pin", "delete"]
    asking: User | None = None
    sent = 0

    @settings(max_examples=max(120, INPUTS // 6 + 1), **FUZZING)
    @given(inputs.requests(known))
    def ask(asked):
        nonlocal asking, sent
        sent += 1
        client = Client()
        if role != OUT:
            if asking is None or not User.objects.filter(pk=asking.pk, is_active=True).exists():
                asking = person(role)
            client.force_login(asking)
        content = _content(client, asked)
        if role != REVIEWER or not asked.path.startswith("/admin/"):
            assert CANARY not in content, asked

    ask()
    print(f"{sent} requests")


def _content(client: Client, asked: inputs.Asked) -> str:
    call = client.get if asked.method == "GET" else client.post
    try:
        response = call(asked.path.encode("utf-8", "replace").decode(), _sendable(asked.fields))
    except (RequestDataTooBig, TooManyFieldsSent):
        return ""
    assert response.status_code < 500, asked
    return "" if response.streaming else response.content.decode(errors="replace")


def _sendable(fields: dict[str, str]) -> dict[str, str]:
    return {name: value.encode("utf-8", "replace").decode() for name, value in fields.items()}
