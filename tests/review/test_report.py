"""The queue's page tells of its reviewers what published examples and a library tell of theirs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from statistics import fmean
from uuid import uuid4

import krippendorff
import pytest
from django.contrib.auth.models import User

from chat.models import Conversation
from review.agreement import Estimate, Level, alpha, estimate, fleiss, percent, table
from review.models import Item, Judgement, Mark, Question, Queue
from review.models.rubric import SCALE
from tests.admin.conftest import gives_a_reason
from tests.review.test_agreement import COHEN, FLEISS, KRIPPENDORFF

NAMES = ("ann", "ben", "cem", "dan", "eva", "fay")
MONDAY = datetime(2025, 12, 22, tzinfo=UTC)
ROW = re.compile("<tr>(.*?)</tr>", re.DOTALL)
CELL = re.compile("<t[hd].*?>(.*?)</t[hd]>", re.DOTALL)
Reviews = dict[str, int]  # by the reviewer's name: the value given


@pytest.fixture
def judges(queue: Queue) -> dict[str, User]:
    people = {name: User.objects.create_user(name) for name in NAMES}
    queue.reviewers.set(people.values())
    return people


@pytest.fixture
def scale(queue: Queue) -> Question:
    """The only question of the rubric."""
    queue.rubric.questions.all().delete()
    return queue.rubric.questions.create(text="How good", kind="scale", scope="conversation")


@pytest.fixture
def judged(alice, queue, judges, scale):
    """Fills the queue with what reviewers said of one thing after the other, and when."""

    def fill(units: Iterable[Reviews], at: datetime = MONDAY) -> None:
        whole = list(units)
        kept = Conversation.objects.bulk_create(
            Conversation(id=uuid4(), owner=alice) for _ in whole
        )
        items = Item.objects.bulk_create(
            Item(queue=queue, conversation=each, position=place) for place, each in enumerate(kept)
        )
        given = [
            (Judgement(item=item, reviewer=judges[name], saved_at=at), value)
            for item, unit in zip(items, whole, strict=True)
            for name, value in unit.items()
        ]
        Judgement.objects.bulk_create(judgement for judgement, _ in given)
        Mark.objects.bulk_create(
            Mark(judgement=judgement, question=scale, value=value) for judgement, value in given
        )

    return fill


def rows(lena: User, queue: Queue, heading: str) -> list[list[str]]:
    """The cells of the table with this name, as a lead reads them."""
    page = gives_a_reason(lena).get(f"/admin/review/queue/{queue.pk}/change/").content.decode()
    [_, after] = page.split(f'role="group" tabindex="0" aria-label="{heading}"')
    body = after[after.index("<tbody>") : after.index("</tbody>")]
    return [
        [" ".join(re.sub("<[^>]*>", " ", cell).split()) for cell in CELL.findall(row)]
        for row in ROW.findall(body)
    ]


def shown(told: Estimate) -> str:
    """As the page writes it."""
    at, low, high = (f"{each:.2f}" for each in (told.value, told.low, told.high) if each)
    return f"{at} ({low} – {high})"


def kappa(units: Iterable[Mapping[str, int]], one: str, other: str) -> float:
    """Cohen's kappa by his own formula, of the proportions in a table."""
    pairs = [(unit[one], unit[other]) for unit in units if one in unit and other in unit]
    share = {
        (row, column): pairs.count((row, column)) / len(pairs) for row in SCALE for column in SCALE
    }
    agreed = sum(share[value, value] for value in SCALE)
    by_chance = sum(
        sum(share[value, each] for each in SCALE) * sum(share[each, value] for each in SCALE)
        for value in SCALE
    )
    return (agreed - by_chance) / (1 - by_chance)


def krippendorffs() -> list[Reviews]:
    """With what is missing left out."""
    units = zip(*KRIPPENDORFF, strict=True)
    return [
        {name: int(value) for name, value in zip(NAMES, unit, strict=False) if value != "."}
        for unit in units
    ]


def test_krippendorffs_example_is_told_whole(judged, queue, lena):
    units = krippendorffs()
    judged(units)
    counts = table((unit.values() for unit in units), SCALE)
    [row] = rows(lena, queue, "Agreement")
    assert row[:3] == ["How good", "11", shown(estimate(percent, counts))]
    kappas = {
        (one, other): kappa(units, one, other)
        for at, one in enumerate(NAMES[:4])
        for other in NAMES[at + 1 : 4]
    }
    assert row[3] == f"{fmean(kappas.values()):.2f}"
    assert row[4] == shown(estimate(fleiss, counts))
    assert [cell.split()[0] for cell in row[5:]] == ["0.74", "0.82", "0.85"]  # as published
    given = [[unit.get(name, float("nan")) for unit in units] for name in NAMES[:4]]
    levels: tuple[Level, ...] = ("nominal", "ordinal", "interval")
    for cell, level in zip(row[5:], levels, strict=True):
        value = krippendorff.alpha(given, level_of_measurement=level)
        assert float(cell.split()[0]) == pytest.approx(value, abs=0.006)
        assert cell == shown(estimate(alpha(level), counts))
    assert rows(lena, queue, "Each two reviewers (Cohen’s kappa)") == [
        [
            *("How good", f"{one}, {other}"),
            *(str(sum(one in unit and other in unit for unit in units)), f"{value:.2f}"),
        ]
        for (one, other), value in kappas.items()
    ]


def test_cohens_example_is_told_of_two_reviewers(judged, queue, lena):
    judged(
        {"ann": row + 1, "ben": column + 1}
        for row, counts in enumerate(COHEN)
        for column, count in enumerate(counts)
        for _ in range(count)
    )
    [row] = rows(lena, queue, "Agreement")
    [pair] = rows(lena, queue, "Each two reviewers (Cohen’s kappa)")
    assert pair == ["How good", "ann, ben", "200", "0.49"]  # as published
    assert (row[1], row[2].split()[0], row[3]) == ("200", "0.70", "0.49")


def test_fleiss_example_is_told_of_six_reviewers(judged, queue, lena):
    units = [
        [value for value, count in zip(SCALE, counts, strict=True) for _ in range(int(count))]
        for counts in FLEISS.split()
    ]
    judged(dict(zip(NAMES, unit, strict=True)) for unit in units)
    [row] = rows(lena, queue, "Agreement")
    assert (row[1], row[2].split()[0], row[4].split()[0]) == ("30", "0.56", "0.43")  # as published


def test_labels_are_told_one_by_one_and_have_no_order(judged, queue, scale, lena):
    """Whether one was chosen: so nobody can be half right about it."""
    judged([{"ann": 1, "ben": 1}, {"ann": 1, "ben": 1}, {"ann": 1, "ben": 1}, {"ann": 1, "ben": 1}])
    labels = queue.rubric.questions.create(
        text="What", kind="labels", scope="conversation", labels="wrong\nrude"
    )
    chosen = {"ann": [["wrong"], ["wrong"], [], []], "ben": [["wrong"], [], [], []]}
    for name, said in chosen.items():
        own = Judgement.objects.filter(reviewer__username=name).order_by("item__position")
        for judgement, value in zip(own, said, strict=True):
            Mark.objects.create(judgement=judgement, question=labels, value=value)
    _, wrong, rude = rows(lena, queue, "Agreement")
    assert (wrong[0], wrong[2].split()[0], wrong[3]) == ("What: wrong", "0.75", "0.50")
    assert wrong[-2:] == rude[-2:] == ["–", "–"]
    assert (rude[0], rude[2], rude[3:]) == ("What: rude", "1.00 (1.00 – 1.00)", ["–"] * 5)


def test_drift_is_told_of_each_week_by_its_monday(judged, queue, lena):
    """Ann becomes kinder from week to week, over the end of a year; the others stay."""
    weeks = [
        (MONDAY, [{"ann": 2, "ben": 3, "cem": 3}, {"ann": 3, "ben": 3, "cem": 3}]),
        (MONDAY + timedelta(days=13, hours=23, minutes=59), [{"ann": 4, "ben": 3, "cem": 3}]),
        (MONDAY + timedelta(days=14), [{"ann": 5, "ben": 4, "cem": 2}, {"ann": 5, "ben": 5}]),
    ]
    for at, units in weeks:
        judged(units, at)
    judged([{"dan": 1}], MONDAY)
    assert rows(lena, queue, "Drift") == [
        ["ann", "2025-12-22", "2", "-0.50", "0.50"],
        ["ann", "2025-12-29", "1", "+1.00", "0.00"],
        ["ann", "2026-01-05", "2", "+1.00", "0.33"],
        ["ben", "2025-12-22", "2", "+0.25", "0.75"],
        ["ben", "2025-12-29", "1", "-0.50", "0.50"],
        ["ben", "2026-01-05", "2", "+0.25", "0.33"],
        ["cem", "2025-12-22", "2", "+0.25", "0.75"],
        ["cem", "2025-12-29", "1", "-0.50", "0.50"],
        ["cem", "2026-01-05", "1", "-2.50", "0.00"],
        ["dan", "2025-12-22", "1", "–", "–"],
    ]


def test_a_review_counts_in_the_week_in_which_it_was_saved(judged, queue, lena):
    judged([{"ann": 2, "ben": 4}])
    later = MONDAY + timedelta(days=7)
    Judgement.objects.filter(reviewer__username="ben").update(saved_at=later)
    assert rows(lena, queue, "Drift") == [
        ["ann", str(MONDAY.date()), "1", "-2.00", "0.00"],
        ["ben", str(date(2025, 12, 29)), "1", "+2.00", "0.00"],
    ]
