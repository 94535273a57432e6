"""The coefficients, against examples that were published with their results, and a library."""

import random
from math import comb

import krippendorff
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from review.agreement import Level, alpha, by_pair, cohen, estimate, fleiss, percent, table

# J. Cohen, "A coefficient of agreement for nominal scales", 1960, table 2.
COHEN = [[88, 14, 18], [10, 40, 10], [2, 6, 12]]

# J. L. Fleiss, "Measuring nominal scale agreement among many raters", 1971, table 1:
# 30 patients, five diagnoses, six psychiatrists.
FLEISS = """
00060 03003 01401 00006 03030 20400 00402 20310 20040 00006 10050 11040 03300 10050 02031
00501 30012 51000 02040 10203 00006 01050 02013 20040 10041 05010 40002 02040 10500 00006
"""

# K. Krippendorff, "Computing Krippendorff's alpha-reliability", 2011, section C:
# four observers, twelve units, some of them not seen by all.
KRIPPENDORFF = ["123321412...", "1233224125.3", ".3332342251.", "12332441251."]


def krippendorffs() -> list[list[int]]:
    columns = zip(*KRIPPENDORFF, strict=True)
    return [[int(value) for value in unit if value != "."] for unit in columns]


def once(rows: int) -> np.ndarray:
    return np.ones((1, rows))


def test_cohens_own_example():
    pairs = [
        (row, column)
        for row, counts in enumerate(COHEN)
        for column, count in enumerate(counts)
        for _ in range(count)
    ]
    assert cohen(pairs) == pytest.approx(0.492, abs=0.0005)


def test_fleiss_own_example():
    counts = np.array([[int(each) for each in row] for row in FLEISS.split()], dtype=float)
    assert percent(once(30), counts)[0] == pytest.approx(0.5556, abs=0.0001)
    assert fleiss(once(30), counts)[0] == pytest.approx(0.430, abs=0.0005)


@pytest.mark.parametrize(
    ("level", "value"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)]
)
def test_krippendorffs_own_example_with_missing_values(level: Level, value: float):
    counts = table(krippendorffs(), [1, 2, 3, 4, 5])
    assert len(counts) == 11  # one unit was judged by one observer only
    assert alpha(level)(once(11), counts)[0] == pytest.approx(value, abs=0.0005)


@given(
    st.lists(st.lists(st.integers(1, 5), max_size=5), min_size=2, max_size=12),
    st.sampled_from(["nominal", "ordinal", "interval"]),
)
@settings(deadline=None, max_examples=200)
def test_alpha_is_what_a_library_says(units, level):
    counts = table(units, [1, 2, 3, 4, 5])
    if (counts.sum(axis=0) > 0).sum() < 2:
        assert estimate(alpha(level), counts).value is None
        return
    theirs = krippendorff.alpha(
        value_counts=counts.astype(int), value_domain=[1, 2, 3, 4, 5], level_of_measurement=level
    )
    assert estimate(alpha(level), counts).value == pytest.approx(theirs)


def test_the_interval_holds_the_value_and_shrinks_with_more_reviews():
    units = krippendorffs()
    few = estimate(alpha("nominal"), table(units, [1, 2, 3, 4, 5]))
    many = estimate(alpha("nominal"), table(units * 20, [1, 2, 3, 4, 5]))
    assert few.low < few.value < few.high
    assert many.high - many.low < (few.high - few.low) / 3
    assert few == estimate(alpha("nominal"), table(units, [1, 2, 3, 4, 5]))


def binomial(share: float, of: int, chance: float) -> int:
    """The least number of hits among so many that as large a part of all draws stays under."""
    below = 0.0
    for hits in range(of + 1):
        below += comb(of, hits) * chance**hits * (1 - chance) ** (of - hits)
        if below >= share:
            return hits
    raise AssertionError


@pytest.mark.parametrize(("agreed", "rows"), [(70, 100), (30, 60), (180, 200)])
def test_the_interval_of_two_reviewers_agreement_is_that_of_the_binomial_distribution(agreed, rows):
    """Drawing rows of which such a part agrees is tossing a coin: its 2.5 and 97.5 % are known."""
    counts = table([[1, 1]] * agreed + [[1, 2]] * (rows - agreed), [1, 2])
    told = estimate(percent, counts)
    exact = [binomial(share, rows, agreed / rows) / rows for share in (0.025, 0.975)]
    assert [told.low, told.high] == pytest.approx(exact, abs=1.01 / rows)


def drawn_again(units: list[list[int]], level: Level, draws: int = 600) -> list[float]:
    """The 95 % interval of a library's alpha over units that are drawn again and again."""
    chance = random.Random(11)
    found = []
    for _ in range(draws):
        counts = table(chance.choices(units, k=len(units)), [1, 2, 3, 4, 5]).astype(int)
        if (counts.sum(axis=0) > 0).sum() > 1:
            value = krippendorff.alpha(
                value_counts=counts, value_domain=[1, 2, 3, 4, 5], level_of_measurement=level
            )
            found.append(value)
    return [float(each) for each in np.quantile(found, [0.025, 0.975])]


@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval"])
def test_the_interval_of_alpha_is_that_of_a_library_whose_units_are_drawn_again(level):
    units = [unit for unit in krippendorffs() if len(unit) > 1] * 3
    told = estimate(alpha(level), table(units, [1, 2, 3, 4, 5]))
    assert [told.low, told.high] == pytest.approx(drawn_again(units, level), abs=0.04)


def test_what_cannot_be_told_is_not_told():
    assert estimate(fleiss, table([], [1, 2])).value is None
    assert estimate(fleiss, table([[1, 1], [1, 1]], [1, 2])).value is None  # no chance to beat
    assert estimate(percent, table([[1, 1], [1, 1]], [1, 2])).value == 1
    assert cohen([]) is None
    assert cohen([(1, 1), (1, 1)]) is None


def test_each_two_reviewers_are_compared_where_both_judged():
    units = [{"a": 1, "b": 2}, {"b": 3, "c": 3}, {"a": 4, "b": 4, "c": 5}]
    assert by_pair(units) == {
        ("a", "b"): [(1, 2), (4, 4)],
        ("b", "c"): [(3, 3), (4, 5)],
        ("a", "c"): [(4, 5)],
    }
