"""How the index comes to have what is stored."""

import asyncio

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection

from chat import behind
from chat.models import Message
from search import indexing
from search.find import search
from search.models import Entry
from tests.chat.people import say, whole
from tests.search.conftest import index_all


@pytest.mark.django_db
def test_the_command_takes_in_all_there_is_and_tells_how_far_it_is(alice, said, capsys):
    for number in range(9):
        said(f"tide {number}", title=f"Tides {number}")
    said("not this", temporary=True)
    call_command("index_messages")
    assert "18 texts" in capsys.readouterr().err
    assert (indexing.missing(), Entry.objects.count()) == (0, 18)
    call_command("index_messages")  # again, and nothing is doubled
    assert Entry.objects.count() == 18


async def test_an_answer_can_be_found_soon_after_its_end(runs, alice, scripted_model, monkeypatch):
    """Behind the answers; an attempt that the database refuses is made again."""
    attempts = []

    def stumble(most):
        attempts.append(most)
        if len(attempts) == 1:
            raise OperationalError("database is locked")
        return indexing.take_in(most)

    monkeypatch.setattr(behind, "LOOK", 0.02)
    keeping_up = asyncio.create_task(
        indexing.index_behind(_Stumbling(runs.journal, stumble)),  # type: ignore[arg-type]
    )
    scripted_model.says("The moon pulls the sea.")
    await whole(runs, alice, say("What are tides?"))
    while await runs.journal.write(indexing.missing):
        await asyncio.sleep(0.01)
    keeping_up.cancel()
    found = search(alice, "moon pulling")
    assert [hit.message.text for hit in found.messages] == ["The moon pulls the sea."]
    assert not Message.objects.to_be_indexed().exists()


class _Stumbling:
    """A journal whose writes go through a function first."""

    def __init__(self, journal, stumble):
        self._journal = journal
        self._stumble = stumble

    async def write(self, _, most):
        return await self._journal.write(self._stumble, most)


@pytest.mark.sqlite  # the other database has its index as it always was
@pytest.mark.django_db(transaction=True)
def test_the_index_is_made_anew_from_what_is_stored(alice, said):
    kept, gone = said("tides and currents"), said("tides alone")
    index_all()
    try:
        call_command("migrate", "search", "0002", verbosity=0)
        gone.delete()
    finally:
        call_command("migrate", "search", verbosity=0)
    fresh = said("the tide of evening")
    index_all()
    for begun in ("tid", "tide", "tides"):
        found = [hit.message for hit in search(alice, begun).messages]
        assert set(found) == {fresh, kept}
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO search_terms(search_terms) VALUES ('integrity-check')")
