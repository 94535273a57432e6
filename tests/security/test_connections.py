"""S20 to S23: whatever addresses stand in texts, names and files, no page or file asks for them."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.contrib.auth.models import User

from chat.models import Conversation, Message, Preset, Prompt
from tests.search.conftest import index_all
from tests.security.test_permissions import METHODS, path_of, rows
from tests.security.world import MEMBER, OWNER, THINGS, person, signed_in, whole

HOST = "fetched.example"
URL = f"http://{HOST}:8111/x.png"
EVERYWHERE = f"See {URL} ![x]({URL}) [x]({URL}) <img src={URL}> {URL}"


@contextmanager
def connections(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """Notes what this process looks up or connects to, and lets it come to nothing."""
    made: list[Any] = []

    def refuse(*asked: Any, **_: Any) -> None:
        made.append(asked)
        raise OSError("Nothing is to be asked for here.")

    with monkeypatch.context() as guarded:
        guarded.setattr(socket, "getaddrinfo", refuse)
        guarded.setattr(socket.socket, "connect", refuse)
        guarded.setattr(socket.socket, "connect_ex", refuse)
        yield made


def test_what_connects_is_noted(monkeypatch):
    with connections(monkeypatch) as made, socket.socket() as unconnected:
        for connect in (socket.create_connection, unconnected.connect):
            with pytest.raises(OSError, match="asked for"):
                connect((HOST, 80))
    assert len(made) == 2


@pytest.mark.django_db
def test_s20_no_page_file_or_import_connects_to_anything(monkeypatch):
    for role in (MEMBER, OWNER):
        asking = person(role)
        things = {name: thing(asking) for name, thing in THINGS.items()}
        _write_everywhere(asking)
        browser, asked = signed_in(asking), 0
        with connections(monkeypatch) as made:
            for row in rows():
                if "GET" in METHODS[row.method]:
                    answer = browser.get(path_of(row.route, things[row.thing]), {"q": URL})
                    asked += HOST in whole(answer).decode(errors="replace")
            item = json.loads(whole(browser.get(f"/c/{things['conversation']['pk']}/export/")))
            brought = browser.post("/import/", [item], content_type="application/json")
            assert brought.json()[0]["outcome"] == "known"
        assert made == []
        assert asked > 10, "pages on which the address stands"


def _write_everywhere(owner: User) -> None:
    """The address is in all that this person has written, and is their own."""
    User.objects.filter(pk=owner.pk).update(first_name=URL[:150], email=f"x@{HOST}")
    Conversation.objects.filter(owner=owner).update(title=URL, system_prompt=EVERYWHERE)
    Message.objects.filter(conversation__owner=owner).update(text=EVERYWHERE)
    Preset.objects.filter(person=owner).update(name=URL, system_prompt=EVERYWHERE)
    Prompt.objects.filter(person=owner).update(name=URL, text=EVERYWHERE)
    index_all()
