"""Weeks of the dashboard: added up once, and as honest as the days they are made of."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from math import inf
from uuid import uuid4

import pytest
from asgiref.sync import sync_to_async
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from chat.models import Conversation, Process, Run
from review import counting, weeks
from review.dashboard import Points, RangeForm, lines
from review.figures_behind import count_behind
from review.models import CountedDay, CountedWeek, Figure, WeekFigure
from tests.admin.conftest import add
from tests.review.test_dashboard import PAGE, table

MONDAY = date(2026, 3, 2)
SUNDAY = MONDAY + timedelta(days=20)  # three weeks
LONG = {"first": str(MONDAY - timedelta(days=100)), "last": str(SUNDAY)}


def answer(owner, process, day: date, waited: int, model: str = "danube") -> None:
    conversation = Conversation.objects.create(id=uuid4(), owner=owner)
    message = add(conversation, "assistant", "Because.", model=model)
    at = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    Conversation.objects.filter(pk=conversation.pk).update(created_at=at)
    Run.objects.create(
        id=uuid4(),
        message=message,
        process=process,
        model=model,
        outcome="complete",
        first_token_ms=waited,
        tokens_per_second=waited / 10,
        started_at=at,
    )


@pytest.fixture
def three_weeks(alice, bob, process) -> None:
    """Alice on every day, bob on Mondays, with waits of 100, 200, 300 … ms."""
    for after in range(21):
        day = MONDAY + timedelta(days=after)
        answer(alice, process, day, 100 * (after + 1))
        if day.weekday() == 0:
            answer(bob, process, day, 5_000, "gpt")


def add_up() -> list[date]:
    due = weeks.due()
    for monday in due:
        weeks.store(monday, weeks.figures_of(monday))
    return due


def cells(*, first: date, last: date, are_weeks: bool = True) -> list[list[list[object]]]:
    form = RangeForm({"first": str(first), "last": str(last)})
    assert form.is_valid()
    points = Points(first, last, are_weeks=are_weeks)
    found = lines(form.rows(points), points, {})
    return [[line.cells for line in each] for each in (found.points, found.models, [found.total])]


@pytest.mark.parametrize(("early", "late"), [(0, 0), (1, 0), (0, 1), (3, 5), (7, 7)])
def test_weeks_that_are_added_up_say_what_their_days_say(three_weeks, early, late):
    first, last = MONDAY + timedelta(days=early), SUNDAY - timedelta(days=late)
    counting.count(MONDAY, SUNDAY, patience=inf)
    known = cells(first=first, last=last)
    assert not WeekFigure.objects.exists()
    assert add_up() == [MONDAY + timedelta(days=after) for after in (14, 7, 0)]
    assert cells(first=first, last=last) == known
    assert cells(first=first, last=last, are_weeks=False)[1:] == known[1:]
    points = known[0]
    assert next(point[0] for point in points) == str(first)
    assert {point[4] for point in points[1:]} <= {2}  # people active, each of them once
    assert known[2][0][4] == (2 if early < 1 or late < 14 else 1)


def test_the_days_of_weeks_are_not_read(three_weeks):
    counting.count(MONDAY, SUNDAY, patience=inf)
    add_up()
    known = cells(first=MONDAY, last=SUNDAY)
    Figure.objects.all().delete()
    assert cells(first=MONDAY, last=SUNDAY) == known


def test_a_week_is_added_up_once_and_only_of_days_that_are_counted_for_good(three_weeks):
    assert add_up() == []
    counting.count(MONDAY, SUNDAY, patience=inf)
    wednesday = MONDAY + timedelta(days=2)
    soon = datetime(2026, 3, 5, tzinfo=UTC)
    CountedDay.objects.filter(day=wednesday).update(counted_at=soon)
    assert MONDAY not in add_up()
    CountedDay.objects.filter(day=wednesday).update(counted_at=timezone.now())
    assert add_up() == [MONDAY]
    assert add_up() == []


def test_a_day_that_is_counted_again_takes_its_week_along(three_weeks, alice, process):
    counting.count(MONDAY, SUNDAY, patience=inf)
    add_up()
    answer(alice, process, MONDAY, 100)
    counting.store(MONDAY, counting.figures_of(MONDAY))
    messages = cells(first=MONDAY, last=SUNDAY)[2][0][2]
    assert messages == 2 * (21 + 3) + 1  # one question has two answers
    assert add_up() == [MONDAY]
    assert cells(first=MONDAY, last=SUNDAY)[2][0][2] == messages


def test_what_two_count_at_once_is_there_once(three_weeks):
    mine, theirs = counting.figures_of(MONDAY), counting.figures_of(MONDAY)
    counting.store(MONDAY, mine)
    counting.add(Figure, theirs)
    assert Figure.objects.filter(day=MONDAY).count() == 2


def test_a_long_range_is_shown_by_week_and_costs_no_more_queries(admin, three_weeks):
    def asked() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert admin.get(PAGE, LONG).status_code == 200
        return len(seen)

    counting.count(MONDAY - timedelta(days=100), SUNDAY, patience=inf)
    asked()
    days_only = asked()
    add_up()
    assert asked() <= days_only + 1 <= 13
    answer = admin.get(PAGE, LONG)
    chart = {str(title): drawn for title, drawn in answer.context["charts"]}["Messages"]
    assert chart["labels"][:2] == [LONG["first"], "2025-11-24"]
    assert len(chart["labels"]) == 18
    assert chart["series"][0]["values"][-4:] == [0, 16, 16, 16]
    page = answer.content.decode()
    assert "By week" in page
    assert "By day" not in page
    assert "2026-03-04" in table(admin, **LONG)


async def test_two_processes_share_the_days(runs, alice, monkeypatch):
    process = await Process.objects.acreate()
    first = timezone.now().date() - timedelta(days=40)
    for after in range(0, 38, 2):
        await sync_to_async(answer)(alice, process, first + timedelta(days=after), 100)
    counted: list[date] = []
    figures_of = counting.figures_of

    def note(day: date) -> list[Figure]:
        counted.append(day)
        return figures_of(day)

    monkeypatch.setattr(counting, "figures_of", note)
    work = [asyncio.create_task(count_behind(runs.journal)) for _ in range(2)]
    while await sync_to_async(counting.due)():
        await asyncio.sleep(0.01)
    for each in work:
        each.cancel()
    await asyncio.wait(work)
    assert len(set(counted)) == 39
    assert len(counted) < 60


async def test_what_is_over_is_counted_by_itself(runs, alice):
    last_monday = timezone.now().date() - timedelta(days=timezone.now().weekday() + 14)
    process = await Process.objects.acreate()
    for after in range(7):
        await sync_to_async(answer)(alice, process, last_monday + timedelta(days=after), 100)
    work = asyncio.create_task(count_behind(runs.journal))
    while not await CountedWeek.objects.aexists():
        await asyncio.sleep(0.01)
    work.cancel()
    await asyncio.wait([work])
    assert (await CountedWeek.objects.aget()).day == last_monday
    assert (await WeekFigure.objects.aget()).messages == 14
    today = timezone.now().date()
    assert not await CountedDay.objects.filter(day__gte=today - timedelta(days=1)).aexists()
