"""The list of conversations: what it finds, what it says, and what it costs."""

import re
from datetime import timedelta
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from chat.models import Conversation, Message
from tests.admin.conftest import add

LIST = "/admin/chat/conversation/"


def titles(client, **query: str) -> list[str]:
    """The titles of the list, from the top."""
    page = client.get(f"{LIST}?{urlencode(query)}")
    assert page.status_code == 200, page.get("Location")
    return [row.title for row in page.context["cl"].result_list]


def cells(client) -> list[str]:
    """The first row as it is read."""
    page = client.get(LIST).content.decode()
    row = re.search(r"<tbody>.*?</tr>", page, re.DOTALL)
    assert row
    return [text for text in re.findall(r">([^<>\s][^<>]*)<", row[0]) if text.strip()]


def test_a_row_says_what_person_turns_model_time_and_status(admin, talk):
    conversation = talk()
    Conversation.objects.filter(pk=conversation.pk).update(active_at="2026-03-01T12:05Z")
    assert cells(admin) == ["Tides", "alice", "1", "danube", "2026-03-01 12:05", "complete"]


def test_turns_are_counted_in_all_branches_and_the_newest_answer_speaks(admin, talk):
    conversation = talk()
    edited = add(conversation, "user", "And on lakes?", minute=5)
    add(conversation, "assistant", "", edited, minute=6, status="failed", model="other")
    assert cells(admin)[2:4] == ["2", "other"]
    assert cells(admin)[-1] == "failed"


def test_the_last_active_comes_first(admin, talk):
    for hours, title in enumerate(["Newest", "Middle", "Oldest"]):
        moment = Now() - timedelta(hours=hours)
        Conversation.objects.filter(pk=talk(title).pk).update(active_at=moment)
    assert titles(admin) == ["Newest", "Middle", "Oldest"]


def test_what_people_deleted_and_what_is_temporary_is_not_shown(admin, talk):
    talk("Kept")
    talk("Deleted", deleted_at=timezone.now())
    temporary = talk("Temporary", temporary=True)
    assert titles(admin) == ["Kept"]
    assert admin.get(f"{LIST}{temporary.pk}/change/").status_code == 404


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("tides", ["Tides"]),
        ("harvest", ["Moon"]),
        ("HARVEST moon", ["Moon"]),
        ("bob", ["Moon"]),
        ("harvest alice", []),
        ('"two tides"', ["Tides"]),
        ('"tides two"', []),
        ('"', []),
        ("%", []),
        ("_", []),
        ("'; DROP TABLE x; --", []),
    ],
)
def test_search_finds_words_of_titles_messages_and_people(admin, talk, bob, words, found):
    talk("Tides")
    talk("Moon", owner=bob, question="What is a harvest moon?", answer="A full one.")
    assert titles(admin, q=words) == found


def test_search_shows_a_conversation_once_however_often_it_says_the_word(admin, talk):
    conversation = talk()
    for minute in range(2, 5):
        add(conversation, "user", "Tides again", minute=minute)
    assert titles(admin, q="tides") == ["Tides"]


def test_a_search_of_a_thousand_words_is_answered(admin, talk):
    talk()
    assert titles(admin, q="tides " * 1_500) == ["Tides"]


def test_the_filters_narrow_the_list_down(admin, talk, bob):
    talk("Fine")
    talk("Broken", owner=bob, model="other", status="failed", error="No answer.")
    talk("Live", status="streaming")
    assert titles(admin, person=str(bob.pk)) == ["Broken"]
    assert titles(admin, model="other") == ["Broken"]
    assert titles(admin, status="failed") == ["Broken"]
    assert titles(admin, status="streaming") == ["Live"]
    assert titles(admin, error="yes") == ["Broken"]
    assert sorted(titles(admin, error="no")) == ["Fine", "Live"]
    assert titles(admin, error="no", model="other") == []
    assert sorted(titles(admin, active_at__gte="2000-01-01 00:00:00+00:00")) == [
        "Broken",
        "Fine",
        "Live",
    ]


@pytest.mark.parametrize("value", ["", "x", "-1", "9" * 30, "1 OR 1=1"])
def test_a_filter_for_nobody_finds_nothing(admin, talk, value):
    talk()
    assert titles(admin, person=value) == []


def test_an_error_in_a_branch_that_is_not_shown_counts(admin, talk):
    conversation = talk()
    question = conversation.messages.get(role="user")
    add(conversation, "assistant", "", question, minute=-5, status="failed", error="No answer.")
    assert titles(admin, error="yes") == ["Tides"]


def test_the_number_of_queries_does_not_grow_with_the_rows(admin, talk):
    def queries(address: str) -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            admin.get(address)
        return len(captured)

    talk()
    addresses = [LIST, f"{LIST}?q=tides", "/admin/chat/run/"]
    few = [queries(address) for address in addresses]
    for number in range(30):
        talk(f"Tides {number}")
    assert [queries(address) for address in addresses] == few
    assert max(few) <= 12


def test_the_list_of_thousands_reads_messages_of_one_page_only(admin, alice):
    made = [
        Conversation(id=uuid4(), owner=alice, title=f"Talk {number}", active_at=timezone.now())
        for number in range(2000)
    ]
    Conversation.objects.bulk_create(made)
    Message.objects.bulk_create(
        Message(id=uuid4(), conversation=talk, role="user", text="?", status="complete")
        for talk in made
    )
    with CaptureQueriesContext(connection) as captured:
        page = admin.get(LIST)
    assert len(page.context["cl"].result_list) == 50
    assert page.context["cl"].result_count == 2000
    reading = [query["sql"] for query in captured if '"chat_message"' in query["sql"]]
    assert len(reading) == 1
    assert reading[0].count("'") + reading[0].count("%s") >= 50  # the ids of the page
