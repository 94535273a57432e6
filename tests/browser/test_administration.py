"""The administration, sign-in and error pages in a real browser: whole, readable, clean."""

from __future__ import annotations

import json
import subprocess
import sys
from uuid import UUID, uuid4

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from chat.models import Conversation, Hold, Message, Process, Run
from review.models import Item, Queue, Rubric, Rule
from tests.browser.application import Application
from tests.browser.conftest import LookAt, OpenPage, Theme
from tests.browser.keys import walk
from tests.browser.looking import ground
from tests.prepared import environment
from tests.settings import PROJECT

COLOURS = """chart => ["ok", "danger"].map((name) => {
  chart.style.color = `var(--${name})`;
  return getComputedStyle(chart).color;
})"""
ANSWER = "Use **this**:\n\n```python\nprint('tides')\n```\n\n| a | b |\n|---|--:|\n| 1 | 2 |\n"
LOOKS = [("light", "desk"), ("dark", "phone")]
LISTS = (
    "chat/conversation/",
    "chat/conversation/?q=tides&rating=good",
    "chat/run/",
    "chat/limit/",
    "chat/modelaccess/",
    "chat/modelserver/",
    "accounts/invitation/",
    "accounts/invitation/add/",
    "auth/group/",
    "auth/user/",
    "auth/user/add/",
    "review/queue/add/",
    "review/rubric/",
    "review/rubric/1/change/",
    "review/figure/",
    "review/dataset/",
    "review/dataset/add/",
    "review/reading/",
    "review/reading/unmask/",
    "review/erasure/",
    "review/rule/add/",
    "chat/hold/add/",
)


#: Lists that are empty, or nearly, until somebody has worked here.
WITH_WORK = (
    "chat/conversation/",
    "chat/conversation/?q=the&rating=bad",
    "chat/run/",
    "chat/limit/",
    "review/queue/",
    "review/dataset/",
    "review/figure/",
    "review/reading/",
    "review/erasure/",
)


@pytest.fixture
def owner(server: Application) -> User:
    return server.person(f"carol-{uuid4().hex[:6]}", is_staff=True, is_superuser=True)


@pytest.fixture
def transcript(server: Application, owner: User) -> str:
    """The address of a conversation with two versions of its answer, one of them failed."""
    with server.database() as alias:
        process = Process.objects.using(alias).create(host="test")
        talk = Conversation(id=uuid4(), owner=owner, title="Tides in code")
        talk.save(using=alias)
        asked = Message(id=uuid4(), role="user", text="Show me.", status="complete")
        failed = Message(id=uuid4(), role="assistant", status="failed", error="No answer.")
        answer = Message(id=uuid4(), role="assistant", text=ANSWER, status="complete")
        for message in (asked, failed, answer):
            message.conversation = talk
            message.parent = None if message is asked else asked
            message.save(using=alias)
            if message is not asked:
                Run.objects.using(alias).create(
                    id=uuid4(),
                    message=message,
                    process=process,
                    model="danube",
                    outcome=message.status,
                    error=message.error,
                    request={"messages": [{"role": "user", "content": "Show me."}]},
                )
        talk.leaf = answer
        talk.save(using=alias)
    return f"/admin/chat/conversation/{talk.pk}/change/"


@pytest.fixture
def queue(server: Application, owner: User, transcript: str) -> tuple[str, ...]:
    """The addresses of the queues, and of one in which the owner judges that conversation."""
    with server.database() as alias:
        queue = Queue.objects.using(alias).create(
            name="Low-rated",
            rubric=Rubric.objects.using(alias).latest("pk"),
            maker=owner,
            reason="a test",
        )
        queue.reviewers.add(owner)
        Item.objects.using(alias).create(
            queue=queue, conversation_id=UUID(transcript.split("/")[-3]), position=1
        )
    return "review/queue/", f"review/queue/{queue.pk}/change/"


@pytest.fixture(scope="module")
def _filled(_server: Application) -> tuple[User, list[str]]:
    owner = _server.person(f"carla-{uuid4().hex[:6]}", is_staff=True, is_superuser=True)
    filling = subprocess.run(
        [sys.executable, "-m", "tests.browser.filled", owner.username],
        cwd=PROJECT,
        env=environment(**_server.settings),
        check=True,
        capture_output=True,
        text=True,
    )
    return owner, json.loads(filling.stdout.splitlines()[-1])


@pytest.fixture
def filled(server: Application, _filled: tuple[User, list[str]]) -> tuple[User, list[str]]:
    """Who owns an installation in which people have worked for weeks, and addresses in it."""
    return _filled


@pytest.fixture
def kept(server: Application, transcript: str) -> tuple[str, ...]:
    """The addresses of rules and holds, of a rule, and of a hold on that conversation."""
    with server.database() as alias:
        rule = Rule.objects.using(alias).create(name=f"Old ones {uuid4().hex[:6]}", days=1)
        hold = Hold.objects.using(alias).create(
            conversation_id=UUID(transcript.split("/")[-3]), subject="it", reason="a court’s order"
        )
    return (
        "review/rule/",
        f"review/rule/{rule.pk}/change/",
        "chat/hold/",
        f"chat/hold/{hold.pk}/change/",
    )


def say_why(page: Page, server: Application) -> None:
    """Give the reason for reading, which is asked once a session."""
    page.goto(f"{server.url}/admin/review/reading/reason/")
    page.get_by_label("Reason").fill("quality review")
    page.get_by_role("button", name="Continue").click()


@pytest.mark.parametrize(("theme", "size"), LOOKS)
def test_the_pages_of_the_administration_are_whole_and_accessible(
    server: Application,
    open_page: OpenPage,
    look_at: LookAt,
    owner: User,
    transcript: str,
    queue: tuple[str, ...],
    kept: tuple[str, ...],
    theme: Theme,
    size: str,
):
    page = open_page("/admin/", person=owner, theme=theme, size=size)
    look_at(page)
    page.goto(f"{server.url}/admin/chat/conversation/")
    look_at(page, "the question for the reason")
    say_why(page, server)
    page.goto(f"{server.url}{transcript}")
    look_at(page, "a transcript")
    page.get_by_text("Request as sent").click()
    expect(page.locator("sent-request pre")).to_contain_text('"content": "Show me."')
    look_at(page, "a request as sent")
    for address in (*LISTS, *kept, *queue):
        page.goto(f"{server.url}/admin/{address}")
        look_at(page)
    page.get_by_role("button", name="Judge the next").click()
    look_at(page, "judging")


@pytest.mark.timeout(300)  # some fifteen full pages, with all that axe asks of each
@pytest.mark.parametrize(("theme", "size"), LOOKS)
def test_the_pages_of_an_installation_at_work_are_whole_and_accessible(
    server: Application,
    open_page: OpenPage,
    look_at: LookAt,
    filled: tuple[User, list[str]],
    theme: Theme,
    size: str,
):
    owner, addresses = filled
    page = open_page("/admin/", person=owner, theme=theme, size=size)
    say_why(page, server)
    for address in (*WITH_WORK, *addresses):
        page.goto(f"{server.url}/admin/{address}")
        look_at(page)
    page.goto(f"{server.url}/admin/review/figure/")
    drawn = page.locator("figure-chart canvas")
    expect(drawn).to_have_count(9)
    assert all(drawn.evaluate_all("canvases => canvases.map(canvas => canvas.width > 0)"))


def test_nothing_that_a_reviewer_uses_is_out_of_reach_without_a_mouse(
    server: Application, open_page: OpenPage, owner: User, transcript: str, queue: tuple[str, ...]
):
    page = open_page(person=owner)
    say_why(page, server)
    page.goto(f"{server.url}{transcript}")
    assert walk(page) == []
    page.goto(f"{server.url}/admin/{queue[-1]}")
    page.get_by_role("button", name="Judge the next").press("Enter")
    expect(page.locator("judging-desk:defined")).to_be_attached()
    assert walk(page) == []


def test_a_transcript_is_rendered_as_on_the_chat_page(
    server: Application, open_page: OpenPage, owner: User, transcript: str
):
    page = open_page("/admin/", person=owner)
    say_why(page, server)
    page.goto(f"{server.url}{transcript}")
    answer = page.locator("[data-role=assistant] message-text.said")
    expect(answer.locator("strong")).to_have_text("this")
    expect(answer.locator("code-block")).to_contain_text("print('tides')")
    expect(answer.locator("td")).to_have_count(2)
    expect(answer.locator("td").last).to_have_css("text-align", "right")

    page.get_by_text("Request as sent").click()
    expect(page.locator("sent-request pre")).to_contain_text('"content": "Show me."')

    page.get_by_role("navigation", name="Versions").get_by_role("link", name="1").click()
    expect(page.locator("[data-role=assistant] .note")).to_contain_text("No answer.")


def test_without_colours_of_its_own_the_administration_still_tells_what_is_on(
    server: Application, open_page: OpenPage, owner: User, queue: tuple[str, ...]
):
    page = open_page("/admin/auth/user/?is_staff__exact=1", person=owner, forced_colors="active")
    chosen = page.get_by_role("link", name="Yes").first
    assert ground(chosen) != ground(page.get_by_role("link", name="No", exact=True).first)
    say_why(page, server)
    page.goto(f"{server.url}/admin/{queue[0]}")
    expect(page.get_by_role("progressbar").first).to_have_css("border-top-width", "1px")
    page.goto(f"{server.url}/admin/{queue[1]}")
    page.get_by_role("button", name="Judge the next").click()
    page.get_by_role("radio", name="4").first.check()
    steps = page.locator(".scale").first.locator("span")
    assert ground(steps.nth(3)) != ground(steps.nth(2))
    page.goto(f"{server.url}/admin/review/figure/")
    assert len(set(page.locator("figure-chart").first.evaluate(COLOURS))) == 2


def test_a_phone_shows_which_section_this_is_and_what_the_columns_tell(
    server: Application, open_page: OpenPage, owner: User
):
    page = open_page("/admin/auth/user/", person=owner, size="phone")
    sections = page.get_by_role("navigation", name="Sections")
    expect(sections.get_by_role("link", name="Users")).to_be_in_viewport(ratio=0.9)
    expect(page.get_by_role("columnheader", name="Staff status")).to_be_visible()


def test_what_finds_conversations_stands_in_one_line(
    server: Application, open_page: OpenPage, owner: User
):
    page = open_page("/admin/", person=owner)
    say_why(page, server)
    page.goto(f"{server.url}/admin/chat/conversation/")
    box = page.get_by_role("searchbox", name="Search").bounding_box()
    button = page.get_by_role("button", name="Find").bounding_box()
    assert box
    assert button
    assert button["y"] < box["y"] + box["height"] / 2 < button["y"] + button["height"]
    assert box["width"] > 30 * 16


def test_a_theme_chosen_in_the_administration_is_that_of_the_chat(
    server: Application, open_page: OpenPage, owner: User
):
    page = open_page("/admin/", person=owner, theme="light")
    page.locator("button.theme-toggle").click()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(23, 22, 20)"
    page.goto(f"{server.url}/password/")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"
