"""The real server asked to end while people read: soon, well, and with everything stored."""

import asyncio
import json
import random
import sqlite3
from contextlib import closing
from uuid import uuid4

import pytest
from django.conf import settings
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from chat.wire.commands import Say
from tests.scripted_model import text
from tests.scripted_server import Hold, ScriptedServer, chunk, head, whole
from tests.torture.model import LIST
from tests.torture.place import Place, migrate, people_at
from tests.torture.reader import Manner, Tab

pytestmark = pytest.mark.sqlite

PEOPLE = 12
SOON = 5.0  # seconds
COME_BACK = 1012


@pytest.fixture
def place(tmp_path):
    given = {
        "DATA_DIR": str(tmp_path),
        "SECRET_KEY": settings.SECRET_KEY,
        "H2O_TITLES": "off",
        "LOG_LEVEL": "WARNING",
    }
    migrate(given)
    return Place(tmp_path, given)


async def test_asked_to_end_it_stores_all_that_was_seen_and_sends_everyone_back(
    place, django_db_blocker
):
    with django_db_blocker.unblock():
        cookies = people_at(f"sqlite:///{place.data_dir / 'chat.sqlite3'}", PEOPLE)
    async with ScriptedServer() as model, place.serving(model) as (server,):
        model.plays(whole(json.dumps(LIST).encode()), on="GET")
        model.plays(head(), chunk(text("Once upon a time")), Hold(), on="POST")
        tabs = [Tab([server.url], cookie, Manner("live"), random.Random(1)) for cookie in cookies]
        readings = [await _said(tab) for tab in tabs]
        headers = {"Cookie": cookies[0](server.url), "Origin": server.url}
        address = f"{server.url.replace('http', 'ws', 1)}/ws/chat/"
        async with connect(address, additional_headers=headers, proxy=None) as quiet:
            await server.term()
            with pytest.raises(ConnectionClosed) as closed:
                await quiet.recv()
        for tab in tabs:
            await tab.close()
    assert closed.value.rcvd
    assert closed.value.rcvd.code == COME_BACK
    assert max(server.ends) < SOON
    assert {reading.reply.text for reading in readings} == {"Once upon a time"}
    with closing(sqlite3.connect(place.data_dir / "chat.sqlite3")) as database:
        stored = database.execute("SELECT text, status FROM chat_message WHERE role = 'assistant'")
        assert stored.fetchall() == [("Once upon a time", "interrupted")] * PEOPLE


async def _said(tab):
    """A reader that has seen the beginning of an answer."""
    command = Say(uuid4(), uuid4(), None, "Tell me a story.", uuid4())
    accepted = await tab.ask(command.id, command)
    reading = await tab.follow(accepted.run)
    while not reading.reply.text:
        await asyncio.sleep(0.01)
    return reading
