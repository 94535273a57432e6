"""What is sent holds no connection to the database meanwhile."""

from uuid import uuid4

import pytest
from asgiref.sync import sync_to_async
from django.db import connection
from django.test import AsyncClient

from chat.models import Conversation
from h2oweb.asker import PERSON

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def pooled(db, monkeypatch):
    """A database to which a connection lasts for a request, as with PostgreSQL's pool."""
    monkeypatch.setitem(connection.settings_dict, "CONN_MAX_AGE", 0)
    connection.close()


@pytest.fixture
def talks(alice):
    made = [
        Conversation(id=uuid4(), owner=alice, title=f"{number}", system_prompt=uuid4().hex * 20)
        for number in range(300)
    ]
    Conversation.objects.bulk_create(made)


@pytest.fixture
async def browser(alice):
    """Alice's, where she has just said her password again."""
    client = AsyncClient()
    password = {"password": "alice likes long walks"}
    await client.post("/sign-in/", {"username": "alice"} | password)
    await client.post("/account/confirm/", password)
    return client


@pytest.mark.parametrize("path", ["/export/?format=json", "/account/data/"])
async def test_no_connection_is_held_between_two_pieces(pooled, browser, talks, path):
    response = await browser.get(path)
    assert response.streaming
    held = sync_to_async(lambda: connection.connection is not None)
    pieces = 0
    async for _ in response.streaming_content:
        assert not await held()
        pieces += 1
    assert pieces > 1


async def test_no_connection_is_held_while_a_page_is_sent(pooled, browser):
    assert (await browser.get("/")).status_code == 200
    assert not await sync_to_async(lambda: connection.connection is not None)()


async def test_the_server_is_told_whose_session_it_is(browser, alice):
    response = await browser.get("/")
    assert response.asgi_request.scope[PERSON] == str(alice.pk)
    response = await AsyncClient().get("/sign-in/")
    assert response.asgi_request.scope[PERSON] is None
