"""The dashboard: figures that are counted once, and shown to those who answer for the service."""

import csv
import re
from datetime import UTC, date, datetime, timedelta
from html import unescape
from io import StringIO
from math import inf
from uuid import uuid4

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db import connection
from django.db.models import Sum
from django.test import Client
from django.test.utils import CaptureQueriesContext

from chat.models import Conversation, Feedback, Run
from review import counting, weeks
from review.models import CountedDay, Figure
from review.models.figures import WeekFigure
from tests.admin.conftest import add

PAGE = "/admin/review/figure/"
DAY = date(2026, 3, 1)
RANGE = {"first": "2026-03-01", "last": "2026-03-02"}


@pytest.fixture
def answers(alice, process) -> list[Run]:
    """One hundred answers in one conversation, of 10, 20 … 1000 ms to the first token."""
    conversation = Conversation.objects.create(id=uuid4(), owner=alice, title="=1+1")
    turn = add(conversation, "user", "Why?")
    made = []
    for number in range(1, 101):
        message = add(conversation, "assistant", "Because.", turn, model="=danube")
        run = Run.objects.create(
            id=uuid4(),
            message=message,
            process=process,
            model="=danube",
            outcome="failed" if number > 97 else "complete",
            prompt_tokens=3,
            completion_tokens=7,
            first_token_ms=number * 10,
            tokens_per_second=number / 2,
            started_at=datetime(2026, 3, 1, 9, tzinfo=UTC) + timedelta(minutes=number),
        )
        made.append(run)
    Feedback.objects.create(
        message=made[0].message,
        person=alice,
        verdict="bad",
        changed_at=datetime(2026, 3, 2, 1, tzinfo=UTC),
    )
    return made


def table(client: Client, **given: str) -> dict[str, dict[str, str]]:
    text = client.get(PAGE, {**RANGE, **given, "as": "csv"}).content.decode()
    return {row["name"]: row for row in csv.DictReader(StringIO(text))}


def test_the_figures_are_those_of_the_runs(admin, answers):
    rows = table(admin)
    day, total = rows["2026-03-01"], rows["all"]
    counts = {"conversations_begun": "1", "messages": "101", "tokens": "1000", "people": "1"}
    assert {name: day[name] for name in counts} == counts
    assert (day["complete"], day["failed"], total["bad"], day["bad"]) == ("97", "3", "1", "0")
    figures = ("first_token_median_s", "first_token_95_s", "tokens_a_second_median")
    for name, wanted in zip(figures, (0.5, 0.95, 25), strict=True):
        assert float(day[name]) == pytest.approx(wanted, rel=0.05)
    assert rows["'=danube"]["messages"] == "101"
    assert "all" in table(admin, group="lead")
    assert table(admin, group="lead")["all"]["messages"] == "0"


def test_a_conversation_counts_once_where_it_began(admin, alice, process):
    """Two days and two models; a minute before midnight; and one that a file brought."""
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    midnight, night = datetime(2026, 3, 2, tzinfo=UTC), timedelta(minutes=1)
    going_on = [(noon, "danube"), (noon + timedelta(days=1), "gpt")]
    talks = {
        noon: going_on,
        midnight - night: [(midnight + night, "gpt")],
        midnight - 2 * night: [(midnight - night, "danube"), (midnight + night, "gpt")],
        noon - timedelta(days=400): going_on,
    }
    for created_at, asked in talks.items():
        conversation = Conversation.objects.create(id=uuid4(), owner=alice)
        Conversation.objects.filter(pk=conversation.pk).update(created_at=created_at)
        for started_at, model in asked:
            message = add(conversation, "assistant", "Because.", model=model)
            Run.objects.create(
                id=uuid4(), message=message, process=process, model=model, started_at=started_at
            )
    rows = table(admin)
    begun = {name: int(row["conversations_begun"]) for name, row in rows.items()}
    assert begun == {"2026-03-01": 2, "2026-03-02": 1, "danube": 2, "gpt": 1, "all": 3}
    assert [row["by"] for row in rows.values()] == ["day", "day", "model", "model", "all"]


def test_a_day_that_is_over_is_counted_once_and_the_page_costs_the_same(admin, answers):
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert admin.get(PAGE, RANGE).status_code == 200
        return len(seen)

    queries()
    few = queries()
    call_command("seed_conversations", 20, until="2026-03-02 12:00")
    Figure.objects.all().delete()
    assert queries() == few <= 14
    assert not Figure.objects.exists()  # nothing was counted again
    CountedDay.objects.all().delete()
    assert counting.count(DAY, DAY)
    assert Figure.objects.exists()


@pytest.mark.parametrize("kind", [Figure, WeekFigure])
def test_a_rating_counts_once_as_it_is_now_on_the_day_it_was_given(admin, answers, alice, kind):
    def rated():
        row = table(admin)["all"]
        told = tuple(int(row[name]) for name in ("good", "bad", "messages"))
        sums = {name: Sum(name) for name in ("good", "bad", "messages")}
        return told if kind is Figure else tuple(kind.objects.aggregate(**sums).values())

    rating = Feedback.objects.get()
    Run.objects.filter(pk=answers[-1].pk).update(started_at=datetime(2026, 2, 23, tzinfo=UTC))
    counting.count(date(2026, 2, 23), date(2026, 3, 8), patience=inf)
    for begin in weeks.due():
        weeks.store(begin, weeks.figures_of(begin))
    good, bad, messages = rated()
    assert (good, bad) == (0, 1)
    Run.objects.filter(pk=answers[50].pk).delete()  # what is erased stays counted
    Feedback.objects.give(alice, rating.message, verdict="good")
    assert rated() == (0, 0, messages)  # it is of today
    Feedback.objects.update(changed_at=rating.changed_at)
    for each in (Figure, WeekFigure):
        each.objects.filter(day=rating.changed_at.date()).update(good=1)
    assert rated() == (1, 0, messages)
    Feedback.objects.of(alice).filter(message=rating.message).delete()
    assert rated() == (0, 0, messages)


def test_a_page_may_lack_days_and_says_so_but_a_file_is_whole(admin, answers, monkeypatch):
    monkeypatch.setattr(counting, "PATIENCE", -1)
    assert not admin.get(PAGE, RANGE).context["is_whole"]
    assert table(admin)["all"]["messages"] == "101"
    assert admin.get(PAGE, RANGE).context["is_whole"]


def test_who_is_in_two_groups_counts_in_both_and_once_in_all(admin, answers, alice, bob):
    for name in ("physics", "=chess"):
        Group.objects.create(name=name).user_set.add(alice)
    Group.objects.create(name="idle").user_set.add(bob)
    rows = table(admin)
    assert [rows[name]["messages"] for name in ("physics", "'=chess", "all")] == ["101"] * 3
    assert "idle" not in rows
    assert table(admin, group="physics")["all"]["messages"] == "101"


def test_the_page_has_charts_with_tables_and_a_wrong_range_is_told(admin, answers):
    answer = admin.get(PAGE, RANGE)
    page = answer.content.decode()
    assert page.count("<figure-chart label=") == page.count("<canvas role=") == 9
    drawn = {str(title): chart for title, chart in answer.context["charts"]}
    week = admin.get(PAGE, {"first": "2026-02-28", "last": "2026-03-06"}).context["charts"]
    assert dict(week)["Messages"]["series"][0]["values"] == [0, 101, 0, 0, 0, 0, 0]
    assert drawn["Messages"]["labels"] == ["2026-03-01", "2026-03-02"]
    assert drawn["Messages"]["series"][0]["values"] == [101, 0]
    median, most = (each["values"][0] for each in drawn["Seconds to the first token"]["series"])
    assert (median, most) == (pytest.approx(0.5, rel=0.05), pytest.approx(0.95, rel=0.05))
    outcomes = {each["label"]: each["values"][0] for each in drawn["Outcomes"]["series"]}
    assert (outcomes["Complete"], outcomes["Failed"]) == (97, 3)
    assert drawn["Ratings by model"]["series"][1]["values"] == [1]
    assert "At most two years" in admin.get(PAGE, {**RANGE, "first": "1999-01-01"}).content.decode()


def test_the_tables_of_the_page_have_the_figures_of_the_file(admin, answers, alice):
    Group.objects.create(name="physics").user_set.add(alice)
    page, file = admin.get(PAGE, RANGE).content.decode(), table(admin)
    tables = re.findall(r'<table class="figures">(.*?)</table>', page, re.DOTALL)
    heads = [re.findall("<th scope=.col.>(.*?)</th>", each) for each in tables]
    assert [head[:3] for head in heads] == [
        [by, "Conversations begun", "Messages"] for by in ("Model", "Group", "Day")
    ]
    rows = {
        unescape(name): [cell.replace(",", "") for cell in re.findall("<td>(.*?)</td>", cells)]
        for each in tables
        for name, cells in re.findall('<tr><th scope="row">(.*?)</th>(.*?)</tr>', each)
    }
    assert set(rows) == {"=danube", "physics", "2026-03-01", "2026-03-02"}
    for name, cells in rows.items():
        wanted = list(file.get(name, file.get(f"'{name}", {})).values())[2:]
        assert len(cells) == len(wanted) == len(heads[0]) - 1
        for cell, value in zip(cells, wanted, strict=True):
            assert (cell == "–") if value == "" else (float(cell) == float(value))


def test_a_percentile_of_nothing_is_none():
    assert counting.percentile({}, 0.5) is None
