"""What is found, by whom, in which order, and how it is shown."""

from dataclasses import replace

import pytest

from chat.models import Conversation, Message
from search import index
from search.find import PAGE, TITLES, BadPlace, search, search_all
from search.models import Entry
from search.words import wanted
from tests.search.conftest import index_all

pytestmark = pytest.mark.django_db


def found(person, typed, after=""):
    """The texts of the messages that a person finds, best first."""
    return [hit.message.text for hit in search(person, typed, after).messages]


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("program ", "We were programming all day."),
        ("programs ", "One program."),
        ("столы ", "У нас нет столов."),
        ("бежать ", "Он бежал домой."),
        ("программ", "Программирование на Rust"),
        ("ёжик ", "Ежик в тумане"),
        ("ежи", "Ёжик в тумане"),
        ("cafe ", "Meet me at the café"),
        ("café ", "Meet me at the cafe\u0301"),
        ("rust столы", "Столы из rust"),
        ("PROGRAM ", "program"),
        ("pro", "programming"),
        ("prog", "programming"),
        ("programmi", "programming"),
        ("hash ta", "How does a hash table work?"),
        ("go", "Go is a language"),
        ("c", "In C there are pointers"),
        ("漢字", "日本語の漢字を読む"),
        ("x²", "x2 is not x²"),
        ("йод", "йод и бром"),
        ("straße ", "STRASSE"),
        ("404", "HTTP 404 not found"),
        ("snake_case", "a snake_case name"),
        ("foo/bar.py", "see foo/bar.py:17"),
    ],
)
def test_words_are_found_in_all_their_forms(typed, text, alice, said):
    said(text)
    said("Nothing of that kind; только вода.")
    index_all()
    assert found(alice, typed) == [text]


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "   ",
        "?!",
        "tides moon",
        "tid ",
        '"',
        '" OR terms:"',
        "':1'",
        "NEAR(",
        "*",
        ":1",
        "#",
        "\0",
    ],
)
def test_what_is_not_there_or_no_word_finds_nothing(typed, alice, said):
    said("Why are there two tides a day?", title="Tides")
    index_all()
    page = search(alice, typed)
    assert (page.titles, page.messages, page.after) == ([], [], None)


def test_s36_nobody_finds_what_is_not_theirs_however_alike_it_is(alice, bob, said):
    """Also where a text looks like the index's own terms of a person."""
    lure = f"secret tides :{alice.pk} u{alice.pk} owner {alice.pk} ^sec #"
    said(lure, owner=bob, title=lure)
    mine = said("secret tides", title="secret tides")
    index_all()
    for typed in ("secret", "secret tides ", f":{alice.pk} secret", "sec", "#secret"):
        page = search(alice, typed)
        texts = [hit.message.text for hit in page.messages]
        assert lure not in texts
        assert {hit.conversation for hit in page.titles} <= {mine.conversation}
    assert found(alice, "secret tides ") == ["secret tides"]
    assert found(bob, "secret tides ") == [lure]
    assert {hit.message.text for hit in search_all("secret").messages} == {lure, "secret tides"}


def test_deleted_and_temporary_conversations_are_never_found(alice, said):
    said("tides here", temporary=True, title="tides")
    gone = said("tides there", title="tides").conversation
    index_all()
    assert found(alice, "tides") == ["tides there"]
    gone.delete_softly()
    page = search(alice, "tides")
    assert (page.titles, page.messages) == ([], [])
    gone.delete()
    assert search_all("tides").messages == []


def test_an_answer_is_found_when_it_has_ended_and_again_when_it_went_on(alice, said):
    question = said("What moves the sea?")
    answer = said(
        "The moon", question.conversation, role="assistant", status="streaming", parent=question
    )
    index_all()
    assert found(alice, "moon") == []
    Message.objects.filter(pk=answer.pk).update(status="stopped", in_search=False)
    index_all()
    assert found(alice, "moon") == ["The moon"]
    Message.objects.filter(pk=answer.pk).update(text="The moon pulls", in_search=False)
    index_all()
    assert found(alice, "moon pulls") == ["The moon pulls"]


def test_titles_are_found_and_follow_when_they_change(alice, said):
    conversation = said("Anything", title="Rust, gently").conversation
    index_all()
    conversation.rename("Lifetimes explained")
    index_all()
    assert search(alice, "rust").titles == []
    (hit,) = search(alice, "lifetime ").titles
    assert [(piece.text, piece.is_hit) for piece in hit.title] == [
        ("Lifetimes", True),
        (" explained", False),
    ]
    assert hit.message is None


def test_the_best_comes_first(alice, said):
    weak = said("The table stands in the hall. " + "Nothing else to say here. " * 60 + "A hash.")
    apart = said("This table has no hash in it")
    phrase = said("A hash table is quick")
    index_all()
    assert found(alice, "hash table ") == [phrase.text, apart.text, weak.text]


def test_pages_follow_one_another_to_the_last_match(alice, said, monkeypatch):
    """Through more than one window, without a gap or a double, while new ones come."""
    monkeypatch.setattr("search.find.WINDOW", PAGE + 7)
    conversation = said("start").conversation
    for number in range(3 * PAGE):
        said(f"tide number {number}", conversation, title=f"tide {number}")
    index_all()
    page = search(alice, "tide")
    texts = [hit.message.text for hit in page.messages]
    said("tide that came later", conversation)
    index_all()
    while page.after:
        page = search(alice, "tide", page.after)
        texts += [hit.message.text for hit in page.messages]
        assert page.titles == []
    assert sorted(texts) == sorted(f"tide number {number}" for number in range(3 * PAGE))
    with pytest.raises(BadPlace):
        search(alice, "tide", "1.x")


def test_there_are_few_titles(alice, said):
    for number in range(TITLES + 3):
        said("Hello", title=f"Tides {number}")
    index_all()
    assert len(search(alice, "tides").titles) == TITLES


def test_the_excerpt_is_where_the_words_are(alice, said):
    said("Padding words. " * 40 + "Then the moon <b>pulls</b> the sea. " + "More of it. " * 40)
    index_all()
    (hit,) = search(alice, "moon sea").messages
    marked = [piece.text for piece in hit.excerpt if piece.is_hit]
    text = "".join(piece.text for piece in hit.excerpt)
    assert marked == ["moon", "sea"]
    assert text.startswith("…")
    assert text.endswith("…")
    assert "<b>pulls</b>" in text
    assert len(text) < 260


def test_reviewers_search_within_the_conversations_they_name(alice, bob, said):
    said("tides of alice")
    theirs = said("tides of bob", owner=bob)
    index_all()
    within = Conversation.objects.filter(owner=bob)
    assert [hit.message for hit in search_all("tide", within).messages] == [theirs]
    assert len(search_all("tide").messages) == 2


@pytest.mark.parametrize(
    ("typed", "tried"), [("tide", 600), ("tide numbe", 600), ("tide numbe", 0), ("numbe", 600)]
)
@pytest.mark.parametrize(
    ("few", "limit"), [(0, 200), (0, 3), (0, 5), (0, 25), (100, 200), (100, 5)]
)
def test_what_is_found_is_the_same_however_far_apart_it_was_said(
    few, limit, typed, tried, alice, bob, said, monkeypatch
):
    """Words of a week, of a year, and of ten, looked for here and there."""
    monkeypatch.setattr(index, "FEW", few)
    monkeypatch.setattr(index, "MOST_TRIED", tried)
    for number in range(30):
        said(f"tide number {number}", owner=bob if number % 5 == 0 else alice)
        said(f"tide of numerals {number}", owner=bob if number % 5 == 0 else alice)
    said("tide and numeral", owner=bob)
    index_all()
    for number, pk in enumerate(Entry.objects.order_by("-pk").values_list("pk", flat=True)):
        Entry.objects.filter(pk=pk).update(id=pk + index.NEIGHBOURS * (200 - number))
    every = list(Entry.objects.filter(message__text__contains="number").order_by("-pk"))
    if typed == "tide":
        every = list(Entry.objects.exclude(message=None).order_by("-pk"))
    of_bob = Conversation.objects.filter(owner=bob)
    theirs = [each.pk for each in every if each.conversation.owner_id == bob.pk]
    asked = index.Asked(wanted(typed), limit=limit)
    assert index.newest(asked) == [each.pk for each in every][:limit]
    assert index.newest(replace(asked, within=of_bob)) == theirs[:limit]
    assert index.newest(replace(asked, within=of_bob.none())) == []
    before = every[7].pk
    later = [pk for pk in theirs if pk < before]
    assert index.newest(replace(asked, within=of_bob, before=before)) == later[:limit]
    of_one = replace(asked, fixed=[index.owner_term(bob.pk)], person=bob)
    assert index.newest(of_one) == theirs[:limit]
    assert index.newest(replace(of_one, before=before)) == later[:limit]
    assert index.newest(replace(of_one, before=theirs[-1])) == []


@pytest.mark.parametrize("few", [0, 100])
@pytest.mark.parametrize(
    ("typed", "texts"),
    [
        ("runni", ["running late", "late, and running"]),
        ("running", ["running late", "late, and running", "runs daily"]),
        ("late runni", ["running late", "late, and running"]),
        ("late run", ["running late", "late, and running", "a late runt"]),
        ("dai", ["runs daily"]),
    ],
)
def test_a_beginning_finds_the_same_for_who_said_little_and_much(
    typed, texts, few, alice, bob, said, monkeypatch
):
    monkeypatch.setattr(index, "FEW", few)
    texts_of_hers = ["running late", "late, and running", "runs daily", "a late runt"]
    for text in [*texts_of_hers, "ruined", "urunning"]:
        said(text)
    said("running late", owner=bob)
    index_all()
    found = search(alice, typed).messages
    assert sorted(hit.message.text for hit in found) == sorted(texts)


@pytest.mark.parametrize("messages", [3, 60])
def test_a_search_takes_the_same_few_queries_whatever_there_is(
    messages, alice, said, django_assert_num_queries
):
    from django.db import connection

    for number in range(messages):
        said(f"tide number {number}", title=f"Tide {number}")
    index_all()
    of_postgres = 2 * 4 if connection.vendor == "postgresql" else 0
    with django_assert_num_queries(7 + of_postgres):
        assert search(alice, "tide").messages


def test_a_huge_text_of_one_word_and_words_of_any_size_are_taken_in(alice, said):
    said("a" * 500_000)
    said(" ".join(f"слово{number}" for number in range(60_000)))
    said("")
    index_all()
    assert len(found(alice, "aaaa")) == 1
    assert len(found(alice, "слово77")) == 1
