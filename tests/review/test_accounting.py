"""The account of reading: every page that shows another's words writes it down first."""

from __future__ import annotations

import re
import sys
from datetime import date
from math import inf
from types import ModuleType
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest
from asgiref.sync import async_to_sync
from django.contrib import admin
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, path, reverse
from django.utils import timezone

import h2oweb.urls
from accounts.models import Invitation
from chat.models import Conversation, Feedback, Hold, Limit, Message, ModelAccess, ModelServer
from review import counting
from review.datasets import background
from review.models import Dataset, Item, Judgement, Mark, Queue, Reading, Rule, SavedFilter
from search.indexing import take_in
from tests.admin.conftest import gives_a_reason
from tests.admin.test_access import rows

CANARY = "canary words"
#: What is not there for the owner either: pages that are no pages.
NOWHERE = {
    "/admin/r/<path:content_type_id>/<path:object_id>/",
    *(
        f"/admin/{name}/<path:object_id>/history/"
        for name in (
            *("chat/conversation", "chat/hold", "chat/run", "review/dataset"),
            *("review/item", "review/queue", "review/rule"),
        )
    ),
}


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


def ids() -> dict[str, Any]:
    """By the beginning of a model's addresses: which row of it there is, and there has to be."""
    found = {}
    for model in admin.site._registry:
        row = model._default_manager.order_by("pk").first()
        assert row is not None, f"The test makes no {model.__name__}."
        found[f"/admin/{model._meta.app_label}/{model._meta.model_name}/"] = row.pk
    found["/admin/auth/user/"] = Conversation.objects.get().owner_id  # whose words they are
    return found


def fill(route: str, known: dict[str, Any]) -> str:
    """The address of what the test made."""
    pk = next((quote(str(pk)) for before, pk in known.items() if route.startswith(before)), "")
    if "/filters/<" in route:
        pk = str(SavedFilter.objects.get().pk)
    if route.startswith("/admin/r/"):
        kind = ContentType.objects.get_for_model(Conversation)
        return f"/admin/r/{kind.pk}/{Conversation.objects.get().pk}/"
    route = re.sub(r"\^?\(\?P<app_label>.*", "chat/", route)
    return re.sub(r"\(\?P<url>.*|<(?:\w+:)?\w+>", str(pk), route)


@pytest.fixture
def read(queue: Queue, talk) -> Queue:
    """A queue with a conversation whose every text is told apart from all others."""
    conversation = talk(CANARY, question=CANARY, answer=CANARY, error=CANARY)
    Conversation.objects.filter(pk=conversation.pk).update(system_prompt=CANARY)
    Message.objects.filter(pk=conversation.leaf.pk).update(reasoning=CANARY)
    Feedback.objects.give(conversation.owner, conversation.leaf, verdict="bad", words=CANARY)
    queue.fill([conversation.pk])
    while take_in(100):
        pass
    return queue


@pytest.fixture
def everything(read: Queue, bob: User, carol: User, settings, tmp_path) -> Queue:
    """The same, and a row of everything that the administration has pages of."""
    settings.DATA_DIR = tmp_path
    make_everything(read, bob, CANARY)
    take_out(Dataset.objects.get(), carol)
    return read


def take_out(dataset: Dataset, person: User) -> None:
    """As if all were in the file, which has its words as they are."""
    dataset.begin(person)
    Reading.objects.note(
        person, Reading.Page.EXPORT, "a test", Conversation.objects.all(), dataset.name
    )
    dataset.finish(manifest={})
    background.file_of(dataset).parent.mkdir()
    background.file_of(dataset).write_text(CANARY)


def make_everything(queue: Queue, bob: User, words: str) -> None:
    """A row of each model that has pages, around the only conversation of a queue."""
    conversation = Conversation.objects.get()
    judgement = Judgement.objects.create(
        item=queue.items.get(), reviewer=queue.reviewers.latest("pk"), saved_at=timezone.now()
    )
    note = queue.rubric.questions.create(kind="note", scope="conversation", text="Why?")
    Mark.objects.create(judgement=judgement, question=note, value=words)
    Hold.objects.create(conversation=conversation, subject="x", reason="a test")
    Rule.objects.create(name="All", days=1)
    Dataset.objects.create(name="Some", queue=queue, maker=queue.maker)
    SavedFilter.objects.create(name="Some", query="q=canary", maker=queue.maker)
    Limit.objects.create(person=bob)
    ModelAccess.objects.create(model="danube")
    ModelServer.objects.create(name="lab", state="up")
    Invitation.objects.create(made_by=queue.maker, token_hash="x")
    Conversation.objects.create(id=uuid4(), owner=bob).delete()  # which leaves an erasure
    counting.count(date(2026, 1, 1), timezone.now().date(), patience=inf)
    Reading.objects.note(bob, Reading.Page.EXPORT, "a test", [conversation])


def asked(queue: Queue) -> list[str]:
    """All addresses, and those of them that mean something else with a question."""
    more = ["/admin/chat/conversation/?q=canary", "/admin/chat/run/?q=canary"]
    known = ids()
    return [*(fill(route, known) for route in addresses()), *more]


def shown_to(person: User, queue: Queue) -> dict[str, bool]:
    """Each address whose page shows this person words, and whether the account has it."""
    browser = gives_a_reason(person)
    owner = queue.items.get().conversation.owner_id
    found = {}
    for address in asked(queue):
        before = Reading.objects.count()
        shown = browser.get(address)
        if CANARY in text_of(shown):
            noted = Reading.objects.all()[: Reading.objects.count() - before]
            told = [(each.owner_id, each.reader_id) for each in noted]
            has_reason = all(each.reason in ("quality review", "a test") for each in noted)
            found[address] = told == [(owner, person.pk)] and has_reason
    return found


def text_of(answer: Any) -> str:
    """What a browser gets, be it a page or a file."""
    content = async_to_sync(whole)(answer) if answer.streaming else answer.content
    return str(content.decode(errors="replace"))


async def whole(answer: StreamingHttpResponse) -> bytes:
    return b"".join([piece async for piece in answer])


def test_every_page_of_the_admin_that_shows_words_is_in_the_account(everything, carol, rita):
    """Walks all addresses there are, so that a new one that forgets fails here."""
    everything.reviewers.add(carol)
    Queue.objects.update(is_blind=False)  # where the last word waits for no review of hers
    showing = shown_to(carol, everything)
    assert [address for address, is_noted in showing.items() if not is_noted] == []
    assert len(showing) >= 8
    browser, known = gives_a_reason(carol), ids()
    nowhere = {at for at in addresses() if browser.get(fill(at, known)).status_code == 404}
    assert nowhere == NOWHERE
    assert {each.page for each in Reading.objects.filter(reader=carol)} == {
        "list",
        "search",
        "transcript",
        "run",
        "request",
        "judging",
        "verdict",
        "export",
        "file",
    }
    assert set(shown_to(rita, everything).values()) == {True}


def test_a_page_that_forgets_the_account_is_found(everything, carol, settings, monkeypatch):
    """So that the walk above is known to find one, whatever it is a page of."""
    for model, registered in admin.site._registry.items():
        pages, own = type(registered), path("forgetful/<path:pk>/", forgetful_of(model))
        kept = pages.get_urls
        monkeypatch.setattr(pages, "get_urls", lambda self, own=own, kept=kept: [own, *kept(self)])
    urls = ModuleType("forgetful_urls")
    urls.urlpatterns = [path("admin/", admin.site.urls), *h2oweb.urls.urlpatterns]  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, urls.__name__, urls)
    settings.ROOT_URLCONF = urls.__name__
    forgotten = {at for at, is_noted in shown_to(carol, everything).items() if not is_noted}
    assert forgotten == {f"{before}forgetful/{quote(str(pk))}/" for before, pk in ids().items()}


def forgetful_of(model: Any) -> Any:
    """A page of a row that there has to be, which shows words and tells nobody."""

    def forgetful(request: HttpRequest, pk: str) -> HttpResponse:
        model._default_manager.get(pk=pk)
        return HttpResponse(Conversation.objects.get().title)

    return admin.site.admin_view(forgetful)


def test_nothing_is_shown_before_a_reason_is_given(everything, carol, client):
    client.force_login(carol)
    for address in asked(everything):
        if "/review/item/" not in address and not address.endswith("/file/"):
            assert CANARY not in text_of(client.get(address)), address
    told = Reading.objects.filter(reader=carol)  # where a queue or a dataset has the reason
    assert not told.exclude(page__in=("judging", "verdict", "export", "file")).exists()


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


def test_no_post_to_any_address_alters_a_conversation(everything, carol):
    """The owner, who may do everything, sends everything everywhere."""
    everything.reviewers.add(carol)
    browser = gives_a_reason(carol)
    before = rows()
    data = {"title": "Altered", "text": "Altered", "post": "yes", "_save": "Save", "outcome": "x"}
    data |= {"action": "delete_selected", "_selected_action": "1", "name": "n", "query": "q=x"}
    for address in asked(everything):
        if "auth/user" not in address:
            browser.post(address, data)
    person = everything.items.get().conversation.owner_id
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


def test_the_account_says_in_words_what_was_looked_for(read, carol):
    browser = gives_a_reason(carol)
    browser.get("/admin/chat/conversation/?q=canary&outcome=complete")
    page = browser.get("/admin/review/reading/").content.decode()
    for told in ("Search: canary", "Outcome: Complete"):
        assert told in page
    assert "q=canary" not in page


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
