"""Finding conversations: the filters, the search, the pages, and what they cost."""

import re
from datetime import timedelta
from html import escape, unescape
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from chat.models import Conversation, Feedback, Message, Run
from review import digesting, distinct, finding
from review.models import Digest, Judgement, Mark, Question, Reading, SavedFilter
from search.indexing import take_in
from tests.admin.conftest import add, gives_a_reason

LIST = "/admin/chat/conversation/"


def index() -> None:
    """Bring the search index up to date."""
    while take_in(100):
        pass


def titles(client: Client, **query: str) -> list[str]:
    """The titles of the list, from the top, each once."""
    index()
    page = client.get(f"{LIST}?{urlencode(query)}")
    assert page.status_code == 200, page.get("Location")
    return list(dict.fromkeys(row.conversation.title for row in page.context["found"].rows))


def rate(conversation: Conversation, verdict: str, *reasons: str) -> None:
    answer = conversation.messages.get(role="assistant")
    Feedback.objects.create(
        message=answer, person=conversation.owner, verdict=verdict, reasons=list(reasons)
    )


def test_each_filter_lets_through_what_it_names(admin, talk, bob, queue, rita):
    plain = talk("Plain", question="Why are there two tides a day in most places?")
    broken = talk("Broken", owner=bob, model="other", status="failed", error="No answer.")
    rated = talk("Rated", question="Почему приливы бывают два раза в сутки?")
    add(rated, "user", "And then?", minute=5)
    rate(rated, "bad", "wrong")
    rate(plain, "good")
    Run.objects.filter(message__conversation=rated).update(first_token_ms=9000)
    Conversation.objects.filter(pk=broken.pk).update(active_at="2026-03-01T12:00Z")
    group = Group.objects.create(name="physics")
    bob.groups.add(group)
    queue.fill([plain.pk])
    judgement = Judgement.objects.create(
        item=queue.items.get(), reviewer=rita, saved_at=timezone.now()
    )
    labels = Question.objects.get(kind="labels")
    Mark.objects.create(judgement=judgement, question=labels, value=["unsafe"], labels="|unsafe|")
    expected = {
        ("person", "bob"): "Broken",
        ("person", "nobody"): "",
        ("group", str(group.pk)): "Broken",
        ("model", "other"): "Broken",
        ("outcome", "failed"): "Broken",
        ("error", "yes"): "Broken",
        ("error", "no"): "Plain Rated",
        ("until", "2026-03-01"): "Broken",
        ("since", "2026-03-02"): "Plain Rated",
        ("rating", "bad"): "Rated",
        ("rating", "good"): "Plain",
        ("rating", "none"): "Broken",
        ("reason", "wrong"): "Rated",
        ("longer", "3"): "Rated",
        ("shorter", "2"): "Broken Plain",
        ("slower", "5000"): "Rated",
        ("language", "ru"): "Rated",
        ("language", "en"): "Broken Plain",
        ("label", "unsafe"): "Plain",
        ("reviewed", "yes"): "Plain",
        ("reviewed", "no"): "Broken Rated",
        ("q", "приливы"): "Rated",
    }
    found = {asked: " ".join(sorted(titles(admin, **{asked[0]: asked[1]}))) for asked in expected}
    assert found == expected
    assert titles(admin, error="no", rating="bad", language="ru", q="сутки") == ["Rated"]


def test_who_judges_blind_finds_nothing_by_what_others_judged(talk, queue, rita, raj, lena):
    talk_judged = talk("Judged")
    queue.fill([talk_judged.pk])
    judgement = Judgement.objects.create(
        item=queue.items.get(), reviewer=rita, saved_at=timezone.now()
    )
    labels = Question.objects.get(kind="labels")
    Mark.objects.create(judgement=judgement, question=labels, value=["unsafe"], labels="|unsafe|")
    for query in ({"label": "unsafe"}, {"reviewed": "yes"}):
        assert titles(gives_a_reason(rita), **query) == ["Judged"]
        assert titles(gives_a_reason(lena), **query) == ["Judged"]
        assert titles(gives_a_reason(raj), **query) == []
    assert titles(gives_a_reason(raj), reviewed="no") == ["Judged"]


def test_a_filter_tells_its_values_by_their_names(db):
    physics = Group.objects.create(name="physics")
    of_it = [("Group", "physics"), ("Outcome", "Failed")]
    query = f"outcome=failed&group={physics.pk}&nonsense=1&rating="
    assert sorted(finding.told_of(query)) == sorted(finding.form_of(query).told()) == of_it
    told = finding.form_of("outcome=failed&reason=not_asked&longer=3&q=tides").told()
    assert [(label, value) for label, value in told if label in ("Outcome", "Reason")] == [
        ("Outcome", "Failed"),
        ("Reason", "Not what I asked"),
    ]
    assert len(told) == 4


@pytest.mark.parametrize("query", ["model=nobody", "longer=-1", "since=x", "group=9", "rating=1"])
def test_what_no_filter_offers_finds_nothing(admin, talk, query):
    talk()
    page = admin.get(f"{LIST}?{query}")
    assert page.status_code == 200
    assert page.context["found"].rows == []


def test_hits_are_shown_with_what_stands_around_them(admin, talk):
    talk(answer="Long before. The <b>moon</b> pulls the sea.")
    index()
    page = admin.get(f"{LIST}?q=moon").content.decode()
    assert "&lt;b&gt;<mark>moon</mark>&lt;/b&gt; pulls" in page
    assert f"&amp;message={Message.objects.get(role='assistant').pk}#provenance-" in page


def test_what_is_deleted_or_temporary_is_not_found_and_what_changed_is_found_anew(admin, talk):
    kept = talk("Kept")
    gone = talk("Gone")
    talk("Temporary", temporary=True)
    assert sorted(titles(admin)) == ["Gone", "Kept"]
    gone.delete_softly()
    assert titles(admin) == ["Kept"]
    assert titles(admin, rating="bad") == []
    rate(kept, "bad")
    assert titles(admin, rating="bad") == ["Kept"]
    streaming = talk("Live", status="streaming")
    assert titles(admin, outcome="streaming") == ["Live"]
    Message.objects.filter(conversation=streaming).update(status="complete")
    assert titles(admin, outcome="streaming") == []


def test_a_rating_is_found_as_it_is_now(admin, talk, client, alice):
    rated = talk("Rated")
    client.force_login(alice)
    where = reverse("chat:feedback", args=[rated.messages.get(role="assistant").pk])
    for verdict in ("bad", "good", ""):
        assert client.post(where, {"verdict": verdict}).status_code == 204
        found = [each for each in ("bad", "good", "none") if titles(admin, rating=each)]
        assert found == [verdict or "none"]


def many(owner, count: int) -> None:
    now = timezone.now()
    made = [
        Conversation(
            id=uuid4(), owner=owner, title=f"{n}", active_at=now - timedelta(seconds=n // 2)
        )
        for n in range(count)
    ]
    Conversation.objects.bulk_create(made)
    Message.objects.bulk_create(
        Message(id=uuid4(), conversation=each, role="user", text="tides", status="complete")
        for each in made
    )


def test_the_pages_together_are_the_whole_list_each_row_once(admin, alice):
    many(alice, 120)
    seen: list[str] = []
    query: dict[str, str] = {}
    while True:
        page = admin.get(f"{LIST}?{urlencode(query)}")
        seen += [row.conversation.title for row in page.context["found"].rows]
        if not (older := page.context["found"].older):
            break
        query = {"after": older}
    assert len(seen) == 120
    assert sorted(map(int, seen)) == list(range(120))


@pytest.mark.parametrize("after", ["x", "~", "2026-01-01~x", "x~" + "0" * 32])
def test_a_place_that_is_none_is_not_found(admin, after):
    assert admin.get(f"{LIST}?{urlencode({'after': after})}").status_code == 404


def test_a_filter_offers_each_model_and_each_language_once(alice, process, talk):
    assert (distinct.values(Run, "model"), distinct.values(Digest, "language")) == ([], [])
    spoken = ["", "ru", "en", "en", "zh", "de"]
    for number, language in enumerate(spoken):
        conversation = talk(model=["b", "a", ""][number % 3])
        now = timezone.now()
        Digest.objects.create(
            conversation=conversation, owner=alice, active_at=now, language=language
        )
    assert distinct.values(Run, "model") == ["a", "b"]
    assert distinct.values(Digest, "language") == ["de", "en", "ru", "zh"]


@pytest.mark.parametrize("search", ["", "&q=tides"])
def test_nobody_has_said_nothing(admin, talk, search):
    talk()
    while take_in(100):
        pass
    rows = {who: admin.get(f"{LIST}?person={who}{search}") for who in ("alice", "nobody")}
    assert [bool(page.context["found"].rows) for page in rows.values()] == [True, False]


@pytest.mark.parametrize("query", ["", "?q=tides", "?model=danube&rating=bad", "?reviewed=no"])
def test_the_number_of_queries_does_not_grow_with_the_rows(admin, talk, alice, query):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            admin.get(LIST + query)
        return len(captured)

    talk()
    admin.get(LIST)
    few = queries()
    many(alice, 60)
    digesting.catch_up()
    assert queries() == few
    assert few <= 26  # a search sets its limits in PostgreSQL by four


#: A value of each filter by which everything is found that ``all_that_is_asked_for`` makes.
FINDS = {
    "q": "tides",
    "since": "2020-01-01",
    "until": "2100-01-01",
    "person": "alice",
    "group": "physics",
    "model": "danube",
    "outcome": "complete",
    "error": "no",
    "rating": "bad",
    "reason": "wrong",
    "longer": "1",
    "shorter": "9",
    "slower": "1",
    "language": "en",
    "label": "unsafe",
    "reviewed": "yes",
}


@pytest.fixture
def all_that_is_asked_for(talk, alice, queue, rita):
    """Makes conversations that each filter finds."""
    labels = Question.objects.get(kind="labels")
    group = Group.objects.create(name="physics")
    alice.groups.add(group)

    def make(count: int) -> None:
        for position in range(queue.items.count(), queue.items.count() + count):
            said = talk()
            rate(said, "bad", "wrong")
            item = queue.items.create(conversation=said, position=position)
            judged = Judgement.objects.create(item=item, reviewer=rita, saved_at=timezone.now())
            Mark.objects.create(
                judgement=judged, question=labels, value=["unsafe"], labels="|unsafe|"
            )
        Run.objects.update(first_token_ms=9000)
        index()
        digesting.refresh()

    return make


@pytest.mark.parametrize("name", finding.FilterForm.base_fields)
def test_no_filter_costs_more_queries_where_it_finds_more(name, admin, all_that_is_asked_for):
    def look() -> tuple[int, int]:
        value = Group.objects.get(name=FINDS[name]).pk if name == "group" else FINDS[name]
        with CaptureQueriesContext(connection) as captured:
            page = admin.get(f"{LIST}?{urlencode({name: value})}")
        seen.append(list(captured))
        return len(page.context["found"].rows), len(captured)

    seen: list[list[dict[str, str]]] = []
    all_that_is_asked_for(1)
    look()
    assert look()[0] >= 1
    few = look()[1]
    all_that_is_asked_for(12)
    look()
    found, cost = look()
    assert found >= 13
    assert cost <= few, "\n".join(each["sql"][:200] for each in seen[-1])
    assert cost == few <= (36 if connection.vendor == "postgresql" else 32)  # a search's limits


def test_a_plain_list_reads_no_message(admin, alice):
    many(alice, 60)
    admin.get(LIST)
    with CaptureQueriesContext(connection) as captured:
        admin.get(LIST)
    assert [each["sql"] for each in captured if 'FROM "chat_message"' in each["sql"]] == []


def test_a_reviewer_finds_only_what_is_in_the_own_queues(talk, queue, rita, aldo, lena):
    mine = talk("Mine")
    other = talk("Other")
    queue.fill([mine.pk])
    assert titles(gives_a_reason(rita)) == ["Mine"]
    assert titles(gives_a_reason(rita), q="tides") == ["Mine"]
    assert gives_a_reason(rita).get(f"{LIST}{other.pk}/change/").status_code == 404
    assert sorted(titles(gives_a_reason(aldo))) == ["Mine", "Other"]
    assert sorted(titles(gives_a_reason(lena))) == ["Mine", "Other"]


def test_a_transcript_leads_on_through_the_list_that_it_was_found_in(admin, talk, queue, rita):
    talks = [talk(f"{number}", model="other" if number == 1 else "danube") for number in range(4)]
    for number, each in enumerate(talks):
        moment = timezone.now() - timedelta(hours=number)
        Conversation.objects.filter(pk=each.pk).update(active_at=moment)
    titles(admin)
    page = admin.get(f"{LIST}{talks[2].pk}/change/?{urlencode({'in': 'model=danube'})}")
    beside = [page.context[name].conversation for name in ("before", "after")]
    assert beside == [talks[0].pk, talks[3].pk]
    on = f'href="{LIST}{talks[3].pk}/change/?in=model%3Ddanube" data-key="KeyN"'
    assert on in page.content.decode()
    alone = admin.get(f"{LIST}{talks[2].pk}/change/")
    assert "KeyN" not in alone.content.decode()
    queue.fill([talks[0].pk, talks[3].pk])
    own = gives_a_reason(rita).get(f"{LIST}{talks[0].pk}/change/?in=")
    assert own.context["before"] is None
    assert own.context["after"].conversation == talks[3].pk
    item = queue.items.get(conversation=talks[0])
    assert own.context["to_judge"] == item
    Judgement.objects.create(item=item, reviewer=rita, saved_at=timezone.now())
    assert "KeyE" not in gives_a_reason(rita).get(f"{LIST}{talks[0].pk}/change/").content.decode()


def through(client: Client, first: str, name: str) -> list[str]:
    """The addresses that a key leads to, one after the other, until there is none."""
    found = [first]
    while link := re.search(f'href="([^"]+)" data-key="{name}"', read(client, found[-1])):
        found.append(unescape(link[1]))
        assert len(found) < 100, "It leads round in a circle."
    return found


def same(addresses: list[str]) -> list[tuple[str, set[str]]]:
    """Addresses as they compare: what they ask for has no order."""
    parts = [re.split("[?&#]", each) for each in addresses]
    return [(path, set(asked)) for path, *asked in parts]


def read(client: Client, address: str) -> str:
    page = client.get(address)
    assert page.status_code == 200
    return page.content.decode()


@pytest.mark.parametrize("asked", [{"q": "tides"}, {"q": "tides", "model": "danube"}])
def test_a_transcript_leads_on_through_the_hits_of_a_search(admin, talk, monkeypatch, asked):
    """Over pages and windows, to each once, and the same way back."""
    monkeypatch.setattr("search.find.PAGE", 2)
    monkeypatch.setattr("search.find.WINDOW", 5)
    for number in range(6):
        made = talk(f"{number}", question="What are tides?", model="x" if number == 4 else "danube")
        add(made, "user", "And the tides of today?", minute=5)
    talk("All of tides", question="Why?", answer="Because.")
    index()
    page, hits = f"{LIST}?{urlencode(asked)}", []
    while page:
        text = read(admin, page)
        hits += [unescape(each) for each in re.findall(r'<th scope="row"><a href="([^"]+)"', text)]
        older = re.search(r'href="([^"]+)" rel="next"', text)
        page = f"{LIST}{unescape(older[1])}" if older else ""
    assert len(hits) == (13 if len(asked) == 1 else 11)
    assert same(through(admin, hits[0], "KeyN")) == same(hits)
    assert same(through(admin, hits[-1], "KeyP")) == same(hits)[::-1]
    assert f'href="{LIST}?{escape(urlencode(asked))}&amp;after=' in read(admin, hits[-1])
    last = Reading.objects.order_by("-pk")[0]
    assert (last.page, str(last.conversation)) == ("transcript", hits[-1].split("/")[4])


def test_a_way_on_costs_few_queries(admin, alice):
    many(alice, 60)
    digesting.catch_up()
    index()
    hits = admin.get(f"{LIST}?q=tides").context["found"].rows
    middle = hits[len(hits) // 2]

    def queries(query: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert admin.get(f"{LIST}{middle.conversation.pk}/change/?{query}").status_code == 200
        return len(captured)

    plain = queries("")
    assert queries("in=") <= plain + 7
    hits = queries(f"in=q%3Dtides&message={middle.said.pk}")
    assert hits <= plain + (17 if connection.vendor == "postgresql" else 9)  # its limits


def test_a_page_of_hits_that_is_none_is_not_found(admin, talk):
    address = f"{LIST}{talk('Tides').pk}/change/?in=q%3Dtides&page="
    index()
    assert admin.get(address).status_code == 200
    assert admin.get(f"{address}nonsense").status_code == 404


def test_a_filter_is_kept_by_name_and_shared_if_wanted(talk, lena, rita, aldo):
    own, other = gives_a_reason(lena), gives_a_reason(aldo)
    own.post(f"{LIST}filters/", {"name": "Bad ones", "query": "rating=bad&junk=1"})
    own.post(f"{LIST}filters/", {"name": "Slow", "query": "slower=500", "shared": "on"})
    own.post(f"{LIST}filters/", {"name": "Slow", "query": "slower=900", "shared": "on"})
    assert list(SavedFilter.objects.values_list("name", "query")) == [
        ("Bad ones", "rating=bad"),
        ("Slow", "slower=900"),
    ]
    page = other.get(LIST).content.decode()
    assert "?slower=900" in page
    assert "Bad ones" not in page
    shared = SavedFilter.objects.get(name="Slow")
    assert other.post(f"{LIST}filters/{shared.pk}/drop/").status_code == 404
    own.post(f"{LIST}filters/{shared.pk}/drop/")
    assert SavedFilter.objects.count() == 1
