"""Personal data is masked on every page of the review, until one who may says why not."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from django.test import Client

from accounts.roles import Role, give, take
from chat.models import Conversation, Feedback, Message, Run
from review import masking
from review.models import Judgement, Mark, Queue, Reading
from search.indexing import take_in
from tests.admin.conftest import gives_a_reason
from tests.review.test_accounting import asked, make_everything

MAIL, CARD, NAME = "jane.doe@example.org", "4111 1111 1111 1111", "Wenceslas"
WORDS = f"canary {MAIL}, {CARD}, {NAME}"
UNMASK = "/admin/review/reading/unmask/"


@pytest.fixture
def queue_of_personal_data(queue: Queue, talk, alice, bob) -> Queue:
    """A conversation that has it in everything that a person or a model wrote."""
    alice.first_name = NAME
    alice.save()
    conversation = talk(WORDS, question=WORDS, answer=WORDS, error=WORDS)
    Conversation.objects.update(system_prompt=WORDS)
    answer = conversation.messages.get(role="assistant")
    Message.objects.filter(pk=answer.pk).update(reasoning=WORDS)
    Feedback.objects.create(message=answer, person=alice, verdict="bad", words=WORDS)
    sent = {"messages": [{"role": "user", "content": [{"text": WORDS}]}]}
    Run.objects.update(request=sent, error=f"Failed: {WORDS}", parameters={"stop": [WORDS]})
    queue.fill([conversation.pk])
    make_everything(queue, bob, WORDS)
    better = queue.rubric.questions.create(kind="better", scope="answer", text="Better")
    judgement = Judgement.objects.get()
    Mark.objects.create(judgement=judgement, question=better, message=answer, value=WORDS)
    while take_in(100):
        pass
    return queue


def showing(browser: Client, queue: Queue) -> Iterator[str]:
    """The addresses, of all there are, whose pages show personal data."""
    for address in asked(queue):
        if "auth/user" in address:  # which is about the account itself
            continue
        page = browser.get(address).content.decode(errors="replace")
        if any(each in page for each in (MAIL, CARD, NAME)):
            yield address


def test_no_page_shows_personal_data_but_to_who_may_see_it_and_says_why(
    queue_of_personal_data, rita, lena
):
    queue = queue_of_personal_data
    queue.reviewers.add(lena)
    Queue.objects.update(is_blind=False)  # where the last word waits for no review of hers
    reviewer, lead = gives_a_reason(rita), gives_a_reason(lena)
    for browser in (reviewer, lead):
        assert list(showing(browser, queue)) == []
    noted = Reading.objects.filter(reader__in=(rita, lena))
    assert {"list", "search", "transcript", "run", "request", "judging"} < {
        each.page for each in noted
    }
    assert {each.is_masked for each in noted} == {True}

    assert reviewer.get(UNMASK).status_code == 403
    assert reviewer.post(UNMASK, {"reason": "curious"}).status_code == 403
    assert list(showing(reviewer, queue)) == []

    assert lead.post(UNMASK, {"reason": " ", "next": "/admin/"}).status_code == 200
    transcript = f"/admin/chat/conversation/{queue.items.get().conversation_id}/change/"
    went = lead.post(UNMASK, {"reason": "a court’s order", "next": transcript})
    assert went["Location"] == transcript
    before = Reading.objects.count()
    assert len(list(showing(lead, queue))) >= 7
    noted = Reading.objects.all()[: Reading.objects.count() - before]
    assert {(each.is_masked, each.reason) for each in noted} == {(False, "a court’s order")}
    lead.post("/admin/review/reading/mask/")
    assert list(showing(lead, queue)) == []


def test_what_was_lifted_ends_by_itself_and_with_the_role(
    queue_of_personal_data, lena, aldo, monkeypatch
):
    address = (
        f"/admin/chat/conversation/{queue_of_personal_data.items.get().conversation_id}/change/"
    )
    for person in (lena, aldo):
        browser = gives_a_reason(person)
        browser.post(UNMASK, {"reason": "an inquiry"})
        assert MAIL in browser.get(address).content.decode()
    later = time.time() + masking.LASTS + 1
    with monkeypatch.context() as clock:
        clock.setattr(time, "time", lambda: later)
        assert MAIL not in browser.get(address).content.decode()
    assert MAIL in browser.get(address).content.decode()
    take(aldo, Role.AUDITOR)
    give(aldo, Role.REVIEWER)
    queue_of_personal_data.reviewers.add(aldo)
    page = browser.get(address)
    assert page.status_code == 200
    assert MAIL not in page.content.decode()


def test_an_excerpt_has_no_end_of_what_is_masked(queue_of_personal_data, lena):
    """Masked is the text, and the excerpt taken from that: a cut number would not be known."""
    browser = gives_a_reason(lena)
    page = browser.get("/admin/chat/conversation/?q=example.org+1111+canary").content.decode()
    assert "canary" in page
    for part in ("1111 1", "jane", "doe@"):
        assert part not in page.split("<tbody>")[1]


@pytest.mark.parametrize("typed", ["jane.doe", "jane doe canary", "4111", "wences", "example.org"])
def test_a_search_does_not_tell_what_is_masked(queue_of_personal_data, rita, lena, typed):
    """Neither by its hits, nor by what stands beside them, nor by the runs of what has them."""
    item = queue_of_personal_data.items.get()
    at = f"/admin/chat/conversation/{item.conversation_id}/change/"

    def found(browser: Client, words: str) -> list[bool]:
        hits = browser.get("/admin/chat/conversation/", {"q": words}).context["found"].rows
        message = item.conversation.messages.first().pk
        beside = browser.get(at, {"in": f"q={words}", "message": message}).context
        runs = browser.get("/admin/chat/run/", {"q": words.split()[0]}).context["cl"].result_count
        return [bool(hits), bool(beside["before"] or beside["after"]), bool(runs)]

    Run.objects.update(error="")
    reviewer, lead = gives_a_reason(rita), gives_a_reason(lena)
    for browser in (reviewer, lead):
        assert found(browser, typed) == [False] * 3
        assert found(browser, "canary")[:2] == [True] * 2
    lead.post(UNMASK, {"reason": "an inquiry"})
    assert found(lead, typed) == [True] * 3


def test_who_trusts_all_may_switch_it_off(queue_of_personal_data, rita, settings):
    settings.REDACTION_ON_DISPLAY = False
    browser = gives_a_reason(rita)
    address = f"/admin/review/item/{queue_of_personal_data.items.get().pk}/judge/"
    page = browser.get(address).content.decode()
    assert MAIL in page
    assert "is masked" not in page
    assert Reading.objects.get(reader=rita).is_masked is False


def test_the_person_sees_whether_it_was_masked(queue_of_personal_data, alice, lena):
    address = (
        f"/admin/chat/conversation/{queue_of_personal_data.items.get().conversation_id}/change/"
    )
    browser, own = gives_a_reason(lena), Client()
    own.force_login(alice)
    browser.get(address)
    assert "personal data was masked" in own.get("/readings/").content.decode()
    Reading.objects.get(reader=lena)
    browser.post(UNMASK, {"reason": "an inquiry"})
    browser.get(address)
    page = own.get("/readings/").content.decode()
    assert page.count("personal data was masked") == 1
    assert "Reason: an inquiry" in page


def test_nothing_that_is_shown_masked_is_stored_masked(queue_of_personal_data, lena, rita):
    for browser in (gives_a_reason(lena), gives_a_reason(rita)):
        list(showing(browser, queue_of_personal_data))
        item = queue_of_personal_data.items.get()
        for name in ("judge", "draft", "hold", "leave"):
            browser.post(f"/admin/review/item/{item.pk}/{name}/", {"needs_lead": "on"})
    conversation = Conversation.objects.get()
    assert (conversation.title, conversation.system_prompt) == (WORDS, WORDS)
    assert set(Message.objects.values_list("text", flat=True)) == {WORDS}
    assert Feedback.objects.get().words == WORDS
    assert MAIL in str(Run.objects.get().request)
    assert MAIL in Run.objects.get().error
    kept = Mark.objects.filter(question__kind__in=("note", "better"))
    assert [mark.value for mark in kept] == [WORDS, WORDS]
