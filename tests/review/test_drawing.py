"""Samples: the same by the database and of a search, the same again, and as large as asked."""

from collections import Counter
from hashlib import md5
from uuid import UUID

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from chat.models import Conversation
from review.drawing import sample
from review.finding import form_of
from review.models import Digest
from search.indexing import take_in
from tests.admin.conftest import add

THERE_ARE = 40


@pytest.fixture
def found(alice: User) -> list[str]:
    """Ids whose order is none of their hashes, each with two words about tides."""
    for number in range(THERE_ARE):
        made = Conversation.objects.create(id=_id(number), owner=alice, title="Tides")
        add(made, "user", "Why are there tides?")
        Digest.objects.create(conversation=made, owner=alice, active_at=timezone.now())
    while take_in(100):
        pass
    return [_id(number) for number in range(THERE_ARE)]


def _id(number: int) -> str:
    return f"{number:08x}-0000-4000-8000-{number:012x}"


def by_hash(ids: list[str], seed: int) -> list[str]:
    return sorted(ids, key=lambda pk: md5(f"{seed}:{pk.replace('-', '')}".encode()).digest())


@pytest.mark.parametrize("query", ["", "q=tides"])
def test_a_seed_draws_the_same_of_every_database_and_of_what_a_search_finds(found, query):
    form = form_of(query)
    drawn = [str(pk) for pk in sample(form, 12, 7)]
    assert drawn == by_hash(found, 7)[:12]
    assert [str(pk) for pk in sample(form, 5, 7)] == drawn[:5]
    assert [str(pk) for pk in sample(form, 12, 8)] == by_hash(found, 8)[:12] != drawn
    assert len(sample(form, THERE_ARE + 1, 7)) == THERE_ARE


def test_all_of_them_are_drawn_equally_often(found):
    draws = 400
    drawn = Counter(pk for seed in range(draws) for pk in sample(form_of(""), 10, seed))
    assert len(drawn) == THERE_ARE
    assert all(60 < times < 145 for times in drawn.values())  # 100 on average, 4.5 deviations


def test_no_more_come_from_the_database_than_are_wanted(found):
    with CaptureQueriesContext(connection) as asked:
        sample(form_of(""), 3, 7)
    assert "LIMIT 3" in asked[-1]["sql"]


def test_what_a_search_finds_in_pieces_and_some_twice_is_drawn_once(found, monkeypatch):
    def pieces(form: object):
        for start in range(0, THERE_ARE, 4):
            yield [*map(UUID, found[start : start + 4]), UUID(found[0])]

    monkeypatch.setattr("review.listing.searched", pieces)
    assert [str(pk) for pk in sample(form_of("q=tides"), 3, 7)] == by_hash(found, 7)[:3]
