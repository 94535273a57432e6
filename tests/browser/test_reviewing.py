"""A review from its beginning to its end: found, queued, judged, settled, taken out, read again."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID
from zipfile import ZipFile

import krippendorff
import pandas as pd
import pyarrow.parquet as pq
import pytest
from django.contrib.auth.models import Group, User
from playwright.sync_api import Locator, Page, expect

from accounts.roles import Role
from chat.models import Conversation, Message, Preferences
from review.models import Item, Judgement
from tests.browser.application import Application
from tests.browser.conftest import OpenPage, PageErrors
from tests.browser.looking import expect_soon
from tests.browser.test_administration import say_why
from tests.prepared import environment
from tests.settings import PROJECT

REVIEWERS = ("raj", "rita", "ruth")
#: By the conversation's place in the queue: how correct and how helpful it is to each of them.
SAID = {
    1: [(5, 5), (5, 5), (5, 5)],
    2: [(2, 3), (2, 3), (3, 3)],
    3: [(1, 1), (4, 2), (5, 5)],
    4: [(4, 4), (4, 4), (4, 4)],
}
#: The labels that are set, by their digits: all three call one unsafe, one an invention.
LABELS = ("invented fact", "out of date", "unsafe")
LABELLED = {**{(3, name): "unsafe" for name in REVIEWERS}, (4, "rita"): "invented fact"}
BETTER, BY = "It is **simpler** than that.", (2, "ruth")
OTHER = ("Simpler.", (3, "raj")), ("Not so.", (3, "rita"))  # of which the lead takes the second
WRITTEN = {BY: BETTER, **{by: text for text, by in OTHER}}
#: What the lead is left to say: on the scales, and whether no label fits; all else is agreed.
VERDICTS: dict[int, dict[str, int]] = {2: {"Correct": 2}, 3: {"Correct": 1, "Helpful": 2}, 4: {}}
#: What the dataset must say of each: the scales, the labels and the better answer.
TOLD = {
    1: (5, 5, [], None),
    2: (2, 3, [], BETTER),
    3: (1, 2, ["unsafe"], "Not so."),
    4: (4, 4, [], None),
}


@pytest.fixture
def installation(new_server: Callable[..., Application]) -> Application:
    """200 conversations with ratings and errors, whose people allow them to be learned from."""
    server = new_server()
    seeding = [sys.executable, "manage.py", "seed_conversations", "200", "--seed", "5"]
    subprocess.run(
        seeding, cwd=PROJECT, env=environment(**server.settings), check=True, capture_output=True
    )
    with server.database() as alias:
        for person in User.objects.using(alias).all():
            Preferences.objects.using(alias).create(person=person, may_improve=True)
    return server


@pytest.fixture
def desk(installation: Application, open_page: OpenPage) -> Callable[[str, Role], Page]:
    """Opens the administration for a new person of a role."""

    def sit_down(name: str, role: Role) -> Page:
        person = installation.person(name)
        with installation.database() as alias:
            person.groups.add(Group.objects.using(alias).get(name=role.value))
        return open_page("/admin/", person=person, server=installation)

    return sit_down


@pytest.mark.timeout(480)  # some thirty pages, of a server that starts with the test
def test_conversations_become_a_dataset_of_what_was_judged(
    installation: Application,
    desk: Callable[[str, Role], Page],
    page_errors: PageErrors,
    tmp_path: Path,
):
    page_errors.allow("ERR_FAILED.*/draft/")
    page_errors.allow("status of 422.*/verdict/")
    reviewers = {name: desk(name, Role.REVIEWER) for name in REVIEWERS}
    lead = desk("lena", Role.LEAD)
    say_why(lead, installation)
    make_queue(lead)
    nobody_gets_what_another_has(installation, reviewers["rita"], reviewers["raj"])
    for name, page in reviewers.items():
        judge_all(page, name)
    look_back(reviewers["ruth"])
    lead.reload()
    expect(lead.locator(".queue-head")).to_contain_text("12 of 12")
    the_agreement_is_that_of_a_library(lead)
    settle(lead)
    files = take_out(lead, tmp_path)
    the_dataset_is_what_was_judged(installation, files)
    another_process_makes_the_same_bytes(installation, tmp_path)
    the_dashboard_draws(lead)


def make_queue(page: Page) -> None:
    """Find what was rated bad and did not fail, and give four of it to three reviewers."""
    page.get_by_role("link", name="Conversations", exact=True).first.click()
    expect(page.get_by_role("status")).to_have_text("200 conversations")
    page.get_by_text("Filters", exact=True).click()
    page.get_by_label("Rating").select_option("bad")
    page.get_by_label("Has an error").select_option("no")
    page.get_by_role("button", name="Find").click()
    page.get_by_role("link", name="Make a queue of these").click()
    page.get_by_label("Name", exact=True).fill("Rated bad")
    page.get_by_label("Rubric").select_option(index=1)
    for name in REVIEWERS:
        page.get_by_label(name, exact=True).check()
    page.get_by_label("Reviews of each conversation").fill("3")
    page.get_by_label("Conversations", exact=True).fill("4")
    page.get_by_role("button", name="Make the queue").click()
    expect(page.locator(".queue-head")).to_contain_text("0 of 12")


def nobody_gets_what_another_has(server: Application, one: Page, other: Page) -> None:
    for page, place in ((one, 1), (other, 2)):
        next_one(page)
        assert place_of(page) == place
    for page in (one, other):
        page.get_by_role("link", name="Rated bad").click()
    with server.database() as alias:
        held = Item.objects.using(alias).exclude(holder=None)
        expect_soon(one, lambda: not held.exists())


def judge_all(page: Page, name: str) -> None:
    """Four judgements, blind and without the mouse."""
    next_one(page)
    for _ in SAID:
        place = place_of(page)
        others = REVIEWERS.index(name)
        hidden = page.get_by_text(re.compile("hidden until yours is saved"))
        expect(hidden).to_have_count(1 if others else 0)
        expect(page.locator(".judgement")).to_have_count(0)
        rate(page, tuple(zip(("Correct", "Helpful"), SAID[place][others], strict=True)))
        if label := LABELLED.get((place, name)):
            page.keyboard.press("Tab")
            page.keyboard.press(f"Digit{LABELS.index(label) + 1}")
            expect(page.get_by_label(label)).to_be_checked()
        if text := WRITTEN.get((place, name)):
            better = page.get_by_role("textbox", name=re.compile("^Better answer"))
            page.keyboard.press("c")
            expect(better).to_be_focused()
            it_is_told_whether_it_is_kept(page, text)
        with page.expect_navigation():
            page.keyboard.press("Control+Enter")
    expect(page.get_by_text("There is nothing for you to judge")).to_be_visible()


def it_is_told_whether_it_is_kept(page: Page, text: str) -> None:
    """Nothing that is written goes unsaid, and what could not be kept is sent again."""
    told = page.locator(".kept")
    page.route("**/draft/", lambda route: route.abort())
    page.keyboard.insert_text(text)
    expect(told).to_have_text("Not kept yet: trying again.")
    page.unroute("**/draft/")
    expect(told).to_have_text("Kept as a draft.", timeout=30_000)
    page.keyboard.press("Escape")
    expect(page.locator("textarea:focus")).to_have_count(0)


def look_back(page: Page) -> None:
    """Through what was judged, where the reviews of the others are shown by now."""
    page.get_by_role("link", name="1", exact=True).press("Enter")
    for key, place in (("n", 2), ("n", 3), ("p", 2)):
        expect(page.locator("judging-desk:defined")).to_be_attached()
        with page.expect_navigation():
            page.keyboard.press(key)
        assert place_of(page) == place
    expect(page.locator(".judgement")).to_have_count(2)


def the_agreement_is_that_of_a_library(page: Page) -> None:
    table = page.get_by_role("region", name="Agreement").locator("table").first
    for at, question in enumerate(("Correct", "Helpful")):
        by_reviewer = list(
            zip(*([said[at] for said in SAID[place]] for place in SAID), strict=True)
        )
        cells = table.get_by_role("row", name=re.compile(f"^{question}")).get_by_role("cell")
        told = [float(cell.split()[0]) for cell in cells.all_inner_texts()]
        alphas = [
            krippendorff.alpha(by_reviewer, level_of_measurement=level)
            for level in ("nominal", "ordinal", "interval")
        ]
        assert told[0] == len(SAID)
        assert told[-3:] == pytest.approx(alphas, abs=0.006)
    drift = page.get_by_role("group", name="Drift")
    expect(drift.get_by_role("rowheader")).to_have_text(list(REVIEWERS))


def settle(page: Page) -> None:
    """The last word on what the reviewers differ about."""
    page.get_by_role("link", name=f"Conversation {min(VERDICTS)}").press("Enter")
    for place, verdict in VERDICTS.items():
        assert place_of(page) == place
        differing = page.locator(".side-by-side .differs")
        expect(differing.first).to_be_visible()
        is_filled(page, place)
        rate(page, tuple(verdict.items()))
        if place == OTHER[1][1][0]:
            page.get_by_role("button", name="Use what rita wrote").press("Enter")
            expect(page.get_by_role("textbox", name=re.compile("^Better"))).to_be_focused()
        if place == max(VERDICTS):
            page.keyboard.press("Control+Enter")
            expect(page.get_by_text("Please answer: Labels")).to_be_visible()
            expect(page.get_by_label("invented fact")).to_be_focused()
            page.get_by_label("none of these").press("Space")
        with page.expect_navigation():
            page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Nothing waits.")).to_be_visible()


def is_filled(page: Page, place: int) -> None:
    """What all three said stands in the form, and says so."""
    agreed = page.locator("fieldset", has=page.locator(".as-said"))
    told = {
        2: ["Helpful", "Labels", "Better answer"],
        3: ["Labels"],
        4: ["Correct", "Helpful"],
    }
    expect(agreed.locator("legend")).to_contain_text(told[place])
    expect(page.get_by_label("unsafe")).to_be_checked(checked=place == 3)


def take_out(page: Page, tmp_path: Path) -> dict[str, bytes]:
    """The files of the dataset, by their names."""
    page.get_by_role("link", name="Make a dataset").click()
    page.get_by_label("Name", exact=True).fill("Bad ones")
    for form in ("OpenAI chat, JSONL", "CSV", "Parquet"):
        page.get_by_label(form).check()
    page.get_by_label("for testing, %").fill("0")
    page.get_by_label("the same words only once").uncheck()
    page.get_by_label("Reason").fill("to learn")
    page.get_by_role("button", name="Keep").click()
    page.get_by_role("button", name="Take out").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download", exact=True).click()
    download.value.save_as(tmp_path / "bad-ones.zip")
    with ZipFile(tmp_path / "bad-ones.zip") as zipped:
        return {name: zipped.read(name) for name in zipped.namelist()}


def the_dataset_is_what_was_judged(server: Application, files: dict[str, bytes]) -> None:
    with server.database() as alias:
        queued = Item.objects.using(alias).values_list("position", "conversation")
        places = {str(conversation): place for place, conversation in queued}
        assert Judgement.objects.using(alias).saved().count() == 3 * len(SAID) + len(VERDICTS)
        said = {conversation: spoken(alias, conversation) for conversation in places}
    rows = pq.read_table(io.BytesIO(files["train.conversations.parquet"])).to_pylist()
    cells = pd.read_csv(io.BytesIO(files["train.conversations.csv"]))
    lines = [json.loads(line) for line in files["train.openai.jsonl"].splitlines()]
    assert [row["conversation"] for row in rows] == list(cells["conversation"]) == sorted(places)
    assert [row["messages"] for row in rows] == [line["messages"] for line in lines]
    assert [row["messages"] for row in rows] == [*map(json.loads, cells["messages"])]
    assert [row["judged"] for row in rows] == [*map(json.loads, cells["judged"])]
    for row in rows:
        place = places[row["conversation"]]
        values = {each["question"]: json.loads(each["value"]) for each in row["judged"]}
        asked = ("Correct", "Helpful", "Labels", "Better answer")
        assert tuple(values.get(each) for each in asked) == TOLD[place]
        assert (row["reviews"], row["agreement"]) == (3, 1.0)
        *turns, last = [(turn["role"], turn["content"]) for turn in row["messages"]]
        assert turns == said[row["conversation"]][: len(turns)]
        answer = said[row["conversation"]][len(turns)]
        better = TOLD[place][-1]
        assert last == (("assistant", better) if better else answer)


def another_process_makes_the_same_bytes(server: Application, tmp_path: Path) -> None:
    """With the marks, the verdicts and the agreement in it."""
    made = tmp_path / "again.zip"
    taking = ["export_dataset", "Bad ones", "--as", "lena", "--to", str(made)]
    subprocess.run(
        [sys.executable, "manage.py", *taking],
        cwd=PROJECT,
        env=environment(**server.settings, PYTHONHASHSEED="7"),
        check=True,
        capture_output=True,
    )
    assert made.read_bytes() == (tmp_path / "bad-ones.zip").read_bytes()


def the_dashboard_draws(page: Page) -> None:
    page.get_by_role("link", name="Dashboard").first.click()
    charts = page.get_by_role("img", name=re.compile("a chart"))
    expect(charts).to_have_count(9)
    is_drawn = """(canvases) => canvases.every((each) => {
        const { data } = each.getContext("2d").getImageData(0, 0, each.width, each.height);
        return data.some(Boolean);
    })"""
    assert charts.evaluate_all(is_drawn)
    progress = page.get_by_role("progressbar", name="Reviews done")
    expect(progress).to_have_attribute("value", "12")


def spoken(alias: str, conversation: str) -> list[tuple[str, str]]:
    """The branch that people see, as roles and texts."""
    message: Any = Conversation.objects.using(alias).get(pk=UUID(conversation)).leaf
    turns = []
    while message is not None:
        turns.append((message.role, message.text))
        message = message.parent
    assert turns[0][0] == Message.Role.ASSISTANT
    return turns[::-1]


def next_one(page: Page) -> None:
    """Take the next conversation of the queue, by the keyboard."""
    if page.url.endswith("/admin/"):
        page.get_by_role("link", name="Queues").first.press("Enter")
        page.get_by_role("link", name="Rated bad").press("Enter")
    page.get_by_role("button", name="Judge the next").press("Enter")
    expect(page.locator("judging-desk")).to_be_visible()


def place_of(page: Page) -> int:
    """Which conversation of the queue is on the desk."""
    crumbs = page.locator(".breadcrumbs").inner_text()
    return int(crumbs.rsplit(" ", 1)[1])


def rate(page: Page, values: tuple[tuple[str, int], ...]) -> None:
    """Answer the scales that are open by their digits, once the page listens to keys."""
    expect(page.locator("judging-desk:defined")).to_be_attached()
    for question, value in values:
        page.keyboard.press(f"Digit{value}")
        scale: Locator = page.get_by_role("group", name=question)
        expect(scale.get_by_label(str(value), exact=True)).to_be_checked()
