"""The account of reading: every page that shows another's words writes it down first."""

from __future__ import annotations

import re
import sys
from types import ModuleType
from typing import Any
from uuid import UUID

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, path, reverse

import h2oweb.urls
from chat.models import Conversation, Hold, Message, Run
from review.admin import ConversationAdmin
from review.models import Dataset, Item, Queue, Reading, Rule
from search.indexing import take_in
from tests.admin.conftest import gives_a_reason
from tests.admin.test_access import rows

CANARY = "canary words"


def addresses() -> list[str]:
    """Every address of the administration that can be asked for, as a pattern."""
    root = next(each for each in get_resolver().url_patterns if str(each.pattern) == "admin/")
    return list(_walk(root, "/"))


def _walk(pattern: Any, before: str) -> Any:
    route = f"{before}{pattern.pattern}"
    if isinstance(pattern, URLResolver):
        for each in pattern.url_patterns:
            yield from _walk(each, route)
    elif isinstance(pattern, URLPattern):
        yield route


def any_of(model: Any) -> int:
    """The number of one, or that of none."""
    return int(model.objects.values_list("pk", flat=True).first() or 0)


def fill(route: str, queue: Queue) -> str:
    """The address of what the test made."""
    item, run = queue.items.get(), Run.objects.get()
    ids = {
        "chat/conversation": item.conversation_id,
        "chat/run": run.pk,
        "review/item": item.pk,
        "review/queue": queue.pk,
        "review/rubric": queue.rubric_id,
        "chat/hold": any_of(Hold),
        "review/dataset": any_of(Dataset),
        "review/rule": any_of(Rule),
        "auth/user": item.conversation.owner_id,
    }
    pk = next((str(pk) for part, pk in ids.items() if part in route), "1")
    route = re.sub(r"\^?\(\?P<app_label>.*", "chat/", route)
    return re.sub(r"\(\?P<url>.*|<(?:\w+:)?\w+>", pk, route)


@pytest.fixture
def read(queue: Queue, talk) -> Queue:
    """A queue with a conversation whose every text is told apart from all others."""
    conversation = talk(CANARY, question=CANARY, answer=CANARY)
    Conversation.objects.filter(pk=conversation.pk).update(system_prompt=CANARY)
    queue.fill([conversation.pk])
    Hold.objects.create(conversation=conversation, subject="x", reason="a test")
    Rule.objects.create(name="All", days=1)
    Dataset.objects.create(name="Some", queue=queue, maker=queue.maker)
    while take_in(100):
        pass
    return queue


def asked(queue: Queue) -> list[str]:
    """All addresses, and those of them that mean something else with a question."""
    more = ["/admin/chat/conversation/?q=canary", "/admin/chat/run/?q=canary"]
    return [*(fill(route, queue) for route in addresses()), *more]


def shown_to(person: User, queue: Queue) -> dict[str, bool]:
    """Each address whose page shows this person words, and whether the account has it."""
    browser = gives_a_reason(person)
    owner = queue.items.get().conversation.owner_id
    found = {}
    for address in asked(queue):
        before = Reading.objects.count()
        shown = browser.get(address)
        if CANARY in shown.content.decode(errors="replace"):
            noted = Reading.objects.all()[: Reading.objects.count() - before]
            told = [(each.owner_id, each.reader_id) for each in noted]
            has_reason = all(each.reason in ("quality review", "a test") for each in noted)
            found[address] = told == [(owner, person.pk)] and has_reason
    return found


def test_every_page_of_the_administration_that_shows_words_is_in_the_account(read, carol, rita):
    """Walks all addresses there are, so that a new one that forgets fails here."""
    read.reviewers.add(carol)
    showing = shown_to(carol, read)
    assert [address for address, is_noted in showing.items() if not is_noted] == []
    assert len(showing) >= 8
    assert {each.page for each in Reading.objects.all()} == {
        "list",
        "search",
        "transcript",
        "run",
        "request",
        "judging",
        "verdict",
    }
    assert set(shown_to(rita, read).values()) == {True}


def test_a_page_that_forgets_the_account_is_found(read, carol, settings, monkeypatch):
    """So that the walk above is known to find one."""

    def forgetful(request: HttpRequest, pk: UUID) -> HttpResponse:
        return HttpResponse(Conversation.objects.get(pk=pk).title)

    kept = ConversationAdmin.get_urls
    own = path("forgetful/<uuid:pk>/", admin.site.admin_view(forgetful), name="forgetful")
    monkeypatch.setattr(ConversationAdmin, "get_urls", lambda self: [own, *kept(self)])
    urls = ModuleType("forgetful_urls")
    urls.urlpatterns = [path("admin/", admin.site.urls), *h2oweb.urls.urlpatterns]  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, urls.__name__, urls)
    settings.ROOT_URLCONF = urls.__name__
    showing = shown_to(carol, read)
    forgotten = [address for address, is_noted in showing.items() if not is_noted]
    assert forgotten == [f"/admin/chat/conversation/forgetful/{read.items.get().conversation_id}/"]


def test_nothing_is_shown_before_a_reason_is_given(read, carol, client):
    client.force_login(carol)
    for address in asked(read):
        if "/review/item/" not in address:  # whose reason is the queue's
            assert CANARY not in client.get(address).content.decode(errors="replace"), address
    assert not Reading.objects.exclude(page__in=("judging", "verdict")).exists()


def test_the_reason_is_asked_once_a_session_and_leads_on(read, carol, client):
    client.force_login(carol)
    question = client.get("/admin/chat/conversation/?q=canary")["Location"]
    assert question.startswith("/admin/review/reading/reason/?next=")
    form = {"next": "/admin/chat/conversation/?q=canary", "reason": "a complaint"}
    answer = client.post("/admin/review/reading/reason/", form)
    assert answer["Location"] == form["next"]
    assert CANARY in client.get(answer["Location"]).content.decode()
    assert Reading.objects.get().reason == "a complaint"
    assert client.post("/admin/review/reading/reason/", {"reason": "  "}).status_code == 200
    abroad = client.post("/admin/review/reading/reason/", form | {"next": "//evil.example/"})
    assert abroad["Location"] == "/admin/"


def test_no_post_to_any_address_alters_a_conversation(read, carol):
    """The owner, who may do everything, sends everything everywhere."""
    read.reviewers.add(carol)
    browser = gives_a_reason(carol)
    before = rows()
    data = {"title": "Altered", "text": "Altered", "post": "yes", "_save": "Save", "outcome": "x"}
    data |= {"action": "delete_selected", "_selected_action": "1", "name": "n", "query": "q=x"}
    for address in asked(read):
        if "auth/user" not in address:
            browser.post(address, data)
    person = read.items.get().conversation.owner_id
    for page in ("delete", "change"):
        browser.post(f"/admin/auth/user/{person}/{page}/", data)
    assert rows() == before
    assert Message.objects.count() == 2


def test_the_account_can_only_grow(read, carol):
    browser = gives_a_reason(carol)
    browser.get("/admin/chat/conversation/")
    line = Reading.objects.get()
    for way in (line.delete, line.save, Reading.objects.all().delete):
        with pytest.raises(TypeError):
            way()
    with pytest.raises(TypeError):
        Reading.objects.update(reason="none")
    for page in ("change", "delete"):
        browser.post(f"/admin/review/reading/{line.pk}/{page}/", {"reason": "none", "post": "yes"})
    carol.delete()
    assert Reading.objects.get().reader_name == "carol"


def test_an_auditor_reads_the_account_and_judges_nothing(read, aldo, rita, carol):
    gives_a_reason(carol).get("/admin/chat/conversation/")
    audit = gives_a_reason(aldo)
    assert "quality review" in audit.get("/admin/review/reading/").content.decode()
    item = read.items.get()
    for name in ("judge", "verdict", "draft", "skip"):
        assert audit.post(reverse(f"admin:review_item_{name}", args=[item.pk])).status_code in (
            403,
            404,
            405,
        )
    assert gives_a_reason(rita).get("/admin/review/reading/").status_code == 403


def test_people_see_who_read_theirs_and_nobody_elses(read, carol, alice, bob):
    gives_a_reason(carol).get(
        f"/admin/chat/conversation/{Item.objects.get().conversation_id}/change/"
    )
    own, other = Client(), Client()
    own.force_login(alice)
    other.force_login(bob)
    page = own.get("/readings/").content.decode()
    for fact in ("carol", "Reason: quality review", CANARY, "whole"):
        assert fact in page, fact
    assert "Nobody has." in other.get("/readings/").content.decode()
    assert own.get("/readings/?before=1").status_code == 200
    assert own.get("/readings/?before=x").status_code == 404
    assert Client().get("/readings/")["Location"].startswith("/sign-in/")
