"""Conversations as files: what is in them, what they are called, and what sending them costs."""

import asyncio
import io
import json
import re
import tracemalloc
import zipfile
from uuid import uuid4

import pytest
from django.urls import reverse

from chat.models import Conversation
from chat.taking.writing import FORMATS
from chat.taking.zipping import archive, file_name
from tests.chat.taking.trees import plant

pytestmark = pytest.mark.django_db(transaction=True)

SHAPE = [(-1, "First"), (0, "Answer"), (0, "Other answer"), (2, "And?")]


async def read(response):
    """The bytes of a download."""
    return b"".join([piece async for piece in response])


async def test_one_conversation_in_each_format(alice, async_client):
    await async_client.aforce_login(alice)
    mine = await asyncio.to_thread(plant, alice, SHAPE, title="Rust: a/b", system_prompt="Be kind.")
    address = reverse("chat:export", args=[mine.pk])

    markdown = await async_client.get(address, {"format": "markdown"})
    assert (await read(markdown)).decode() == (
        "# Rust: a/b\n\n## You\n\nFirst\n\n## Answer (m)\n\nOther answer\n\n## You\n\nAnd?\n"
    )
    name = f'filename="Rust a b {str(mine.pk)[:8]}.md"'
    assert markdown.headers["Content-Disposition"] == f"attachment; {name}"
    assert markdown.headers["X-Content-Type-Options"] == "nosniff"

    whole = json.loads(await read(await async_client.get(address, {"format": "json"})))
    assert (whole["format"], whole["version"], len(whole["messages"])) == ("h2o-web-chat", 1, 4)

    (line,) = (await read(await async_client.get(address, {"format": "openai"}))).splitlines()
    roles = [(each["role"], each["content"]) for each in json.loads(line)["messages"]]
    assert roles == [
        ("system", "Be kind."),
        ("user", "First"),
        ("assistant", "Other answer"),
        ("user", "And?"),
    ]
    assert (await async_client.get(address, {"format": "csv"})).status_code == 404


async def test_a_zip_holds_all_of_ones_own_and_nothing_temporary(alice, bob, async_client):
    def made():
        plant(alice, SHAPE, title="One", archived_at="2026-03-01T00:00Z")
        plant(alice, SHAPE, title="Two")
        plant(alice, SHAPE, title="Secret", temporary=True)
        plant(alice, SHAPE, title="Gone").delete_softly()
        plant(bob, SHAPE, title="Theirs")

    await asyncio.to_thread(made)
    await async_client.aforce_login(alice)
    response = await async_client.get(reverse("chat:export-many"), {"format": "json"})
    assert response.headers["Content-Disposition"].endswith('.zip"')
    packed = zipfile.ZipFile(io.BytesIO(await read(response)))
    assert packed.testzip() is None
    titles = [json.loads(packed.read(name))["title"] for name in packed.namelist()]
    assert titles == ["One", "Two"]


@pytest.mark.parametrize("action", ["export", "export-many"])
async def test_bob_exports_nothing_of_alices(action, alice, bob, async_client):
    mine = await asyncio.to_thread(plant, alice, SHAPE)
    await async_client.aforce_login(bob)
    if action == "export":
        address = reverse("chat:export", args=[mine.pk])
        assert (await async_client.get(address, {"format": "json"})).status_code == 404
        return
    address = reverse("chat:export-many") + "?format=json"
    response = await async_client.post(address, {"conversation": mine.pk})
    packed = zipfile.ZipFile(io.BytesIO(await read(response)))
    assert packed.namelist() == []


@pytest.mark.parametrize(
    "title",
    [
        "../../etc/passwd",
        "con",
        "",
        "=1+1",
        "a\r\nb",
        "\N{RIGHT-TO-LEFT OVERRIDE}gpj.exe",
        "x" * 200,
    ],
)
def test_a_files_name_is_safe_on_every_system(title):
    name = file_name(Conversation(id=uuid4(), title=title), FORMATS["markdown"])
    assert re.fullmatch(r"[\w ]{1,100}\.md", name)
    assert not name.startswith(("=", "con "))


def test_the_size_of_an_archive_costs_no_memory(alice):
    """S35 has no place here: nothing is written that a spreadsheet would run."""
    for _ in range(8):
        plant(alice, [(-1, "words " * 200_000)])
    ids = list(Conversation.objects.values_list("pk", flat=True))
    tracemalloc.start()
    sent = sum(len(piece) for piece in archive(ids, FORMATS["openai"]))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert sent > 8_000
    assert peak < 8_000_000  # one conversation's text a few times over, not eight of them
