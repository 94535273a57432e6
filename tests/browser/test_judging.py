"""The judging page in a real browser, by its keys alone; and the progress of a dataset."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest
from django.contrib.auth.models import Group, User
from django.db.models.functions import Now
from playwright.sync_api import Page, expect

from accounts.roles import Role
from chat.models import Conversation, Message, Process, Run
from review.models import Dataset, Item, Judgement, Queue, Rubric, Skip
from tests.browser.application import Application
from tests.browser.conftest import OpenPage
from tests.browser.looking import expect_soon


def worker(server: Application, role: Role) -> User:
    """Somebody new who works in the review."""
    person = server.person(f"{role.value}-{uuid4().hex[:6]}")
    with server.database() as alias:
        person.groups.add(Group.objects.using(alias).get(name=role.value))
    return person


@pytest.fixture
def rita(server: Application) -> User:
    return worker(server, Role.REVIEWER)


@pytest.fixture
def talk(server: Application, rita: User) -> Conversation:
    """Two questions, the second of which has two answers: two branches."""
    owner = server.person()
    with server.database() as alias:
        process = Process.objects.using(alias).create(host="test")
        talk = Conversation(id=uuid4(), owner=owner, title="Tides")
        talk.save(using=alias)
        before: Message | None = None
        for role, text in (
            ("user", "Why are there tides?"),
            ("assistant", "The moon pulls."),
            ("user", "And the sun?"),
            ("assistant", "It pulls too."),
            ("assistant", "Half as much."),
        ):
            is_version = before is not None and before.role == role
            message = Message(id=uuid4(), conversation=talk, role=role, text=text)
            message.parent = before.parent if before and is_version else before
            message.status = Message.Status.COMPLETE
            message.save(using=alias)
            before = message
            if role == "assistant":
                Run.objects.using(alias).create(
                    id=uuid4(),
                    message=message,
                    process=process,
                    outcome="complete",
                    request={"messages": [{"role": "user", "content": f"asked: {text}"}]},
                )
        talk.leaf = before
        talk.save(using=alias)
    return talk


@pytest.fixture
def queue(server: Application, rita: User, talk: Conversation) -> Queue:
    """That conversation, and one of which nothing is known."""
    with server.database() as alias:
        queue = Queue.objects.using(alias).create(
            name="Tides",
            rubric=Rubric.objects.using(alias).latest("pk"),
            maker=rita,
            reason="a test",
        )
        queue.reviewers.add(rita)
        other = Conversation(id=uuid4(), owner=talk.owner, title="Nothing")
        other.save(using=alias)
        for position, each in enumerate((talk, other), start=1):
            Item.objects.using(alias).create(queue=queue, conversation=each, position=position)
    return queue


@pytest.fixture
def desk(server: Application, open_page: OpenPage, rita: User, queue: Queue) -> Page:
    """The first of the queue, before somebody who never said why they read."""
    page = open_page(f"/admin/review/queue/{queue.pk}/change/", person=rita)
    page.get_by_role("button", name="Judge the next").press("Enter")
    expect(page.locator("judging-desk:defined")).to_be_attached()
    return page


def test_a_reviewer_sees_what_was_sent_by_the_reason_of_the_queue(desk: Page):
    blocks = desk.locator("details.request")
    expect(blocks).to_have_count(2)
    blocks.first.locator("summary").click()
    expect(blocks.first.locator("pre")).to_contain_text("asked: The moon pulls.")


def test_what_was_sent_is_not_taken_for_a_page_that_asks_something(desk: Page):
    """As after a session that ended, or a server that is away for a moment."""
    desk.locator("sent-request").first.evaluate(
        "block => block.setAttribute('src', block.getAttribute('src').split('?')[0])"
    )
    block = desk.locator("details.request").first
    block.locator("summary").click()
    expect(block.get_by_text("It could not be shown here.")).to_be_visible()
    expect(block.locator("pre")).to_have_count(0)
    expect(block.get_by_role("link", name="Open")).to_have_attribute(
        "href", re.compile(r"/request/\?item=")
    )


def test_answers_branches_lead_and_skip_have_keys(desk: Page, server: Application, queue: Queue):
    now = desk.locator(".message.now")
    expect(now).to_contain_text("The moon pulls.")
    desk.keyboard.press("j")
    expect(now).to_contain_text("Half as much.")
    desk.keyboard.press("j")  # there is no other after it
    expect(now).to_contain_text("Half as much.")
    desk.keyboard.press("k")
    expect(now).to_contain_text("The moon pulls.")

    desk.keyboard.press("b")
    expect(desk.get_by_text("It pulls too.")).to_be_visible()
    expect(desk.locator("judging-desk:defined")).to_be_attached()

    lead = desk.get_by_role("checkbox", name=re.compile("Needs a lead"))
    desk.keyboard.press("l")
    expect(lead).to_be_checked()
    expect(desk.get_by_text("Kept as a draft.")).to_be_visible()
    with server.database() as alias:
        assert Judgement.objects.using(alias).get(item__queue=queue).needs_lead

    desk.keyboard.press("s")
    expect(desk.locator(".breadcrumbs")).to_contain_text("Conversation 2")
    with server.database() as alias:
        assert Skip.objects.using(alias).get(item__queue=queue).item.position == 1


def test_the_last_review_is_taken_back_by_a_key_and_what_was_begun_is_kept(
    desk: Page, server: Application, queue: Queue
):
    lead = desk.get_by_role("checkbox", name=re.compile("Needs a lead"))
    for place in (1, 2):
        expect(desk.locator(".breadcrumbs")).to_contain_text(f"Conversation {place}")
        expect(desk.locator("judging-desk:defined")).to_be_attached()
        desk.keyboard.press("l")
        expect(lead).to_be_checked()
        desk.keyboard.press("Control+Enter" if place == 1 else "u")
    expect(desk.get_by_text("Your review is a draft again.")).to_be_visible()
    expect(desk.locator(".breadcrumbs")).to_contain_text("Conversation 1")
    expect(lead).to_be_checked()
    with server.database() as alias:
        drafts = Judgement.objects.using(alias).filter(item__queue=queue, saved_at=None)
        needing = drafts.filter(needs_lead=True)
        expect_soon(desk, lambda: needing.count() == 2)


def test_letters_are_words_where_somebody_writes(desk: Page):
    desk.keyboard.press("c")
    note = desk.locator("textarea:focus")
    desk.keyboard.type("jklsb")
    expect(note).to_have_value("jklsb")
    expect(desk.get_by_role("checkbox", name=re.compile("Needs a lead"))).not_to_be_checked()
    expect(desk.locator(".breadcrumbs")).to_contain_text("Conversation 1")


def test_the_bar_of_a_dataset_goes_on_and_gives_way_to_what_came_of_it(
    server: Application, open_page: OpenPage
):
    lena = worker(server, Role.LEAD)
    with server.database() as alias:
        datasets = Dataset.objects.using(alias)
        dataset = datasets.create(name=uuid4().hex, maker=lena, formats=["csv"], reason="to learn")
        under_way = datasets.filter(pk=dataset.pk)
        under_way.update(taker=lena, begun_at=Now(), told_at=Now(), total=40, done=13)
    page = open_page(f"/admin/review/dataset/{dataset.pk}/change/", person=lena)
    bar = page.locator("dataset-progress progress")
    expect(page.get_by_text("13 of 40")).to_be_visible()
    expect(bar).to_have_js_property("value", 13)
    with server.database():
        under_way.update(done=26, total=50)
    expect(page.get_by_text("26 of 50")).to_be_visible()
    expect(bar).to_have_js_property("value", 26)
    expect(bar).to_have_js_property("max", 50)
    with server.database():
        under_way.update(finished_at=Now(), error="It broke off. The log says why.")
    expect(page.get_by_role("alert")).to_contain_text("It broke off.")
    expect(bar).to_have_count(0)
