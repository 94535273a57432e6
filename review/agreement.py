"""How far reviewers agree: the coefficients, and how sure one can be of them.

A *table* has a row for each thing that was judged and a column for each value that could
be given, and counts how many reviewers gave it; a review that is missing is just not
counted. *Weights* say how often each row is taken: a matrix of samples × rows, so that a
bootstrap is one product. Each coefficient gives a number for each sample; NaN where all
reviewers always gave the same value, since then there is no chance to be measured against.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Coefficient = Callable[[Numbers, Numbers], Numbers]
Level = Literal["nominal", "ordinal", "interval"]

RESAMPLES = 1_000
SEED = 20_260_301  # the same reviews always give the same interval


@dataclass(frozen=True)
class Estimate:
    """A coefficient and its 95 % interval; None where it is not defined."""

    value: float | None
    low: float | None = None
    high: float | None = None


def table(units: Iterable[Iterable[Hashable]], values: Sequence[Hashable]) -> Numbers:
    """Counts of each value, for the units that two reviewers or more have judged."""
    place = {value: at for at, value in enumerate(values)}
    rows = []
    for unit in units:
        row = [0.0] * len(values)
        for value in unit:
            row[place[value]] += 1
        if sum(row) >= 2:
            rows.append(row)
    return np.array(rows, dtype=np.float64).reshape(len(rows), len(values))


def percent(weights: Numbers, counts: Numbers) -> Numbers:
    """The share of pairs of reviewers who agree, averaged over the rows (Fleiss' P̄)."""
    return _ratio(weights @ _pairs(counts), weights.sum(axis=1))


def fleiss(weights: Numbers, counts: Numbers) -> Numbers:
    """Fleiss' kappa (1971), with a number of reviewers that may differ from row to row."""
    observed = percent(weights, counts)
    given = weights @ counts
    expected = ((given / given.sum(axis=1, keepdims=True)) ** 2).sum(axis=1)
    return _ratio(observed - expected, 1 - expected)


def alpha(level: Level) -> Coefficient:
    """Krippendorff's alpha (2011) for values of this level of measurement."""

    def coefficient(weights: Numbers, counts: Numbers) -> Numbers:
        seen = counts.sum(axis=1)
        together = counts[:, :, None] * counts[:, None, :]
        together -= counts[:, :, None] * np.eye(counts.shape[1])
        coincidences = np.tensordot(weights, together / (seen - 1)[:, None, None], axes=1)
        given = coincidences.sum(axis=2)
        distance = _distance(level, given)
        expected = (given[:, :, None] * given[:, None, :] * distance).sum(axis=(1, 2))
        disagreement = (coincidences * distance).sum(axis=(1, 2)) * (given.sum(axis=1) - 1)
        return 1 - _ratio(disagreement, expected)

    return coefficient


def _distance(level: Level, given: Numbers) -> Numbers:
    """Samples × values × values: how far apart two values are, squared."""
    samples, values = given.shape
    if level == "nominal":
        return np.broadcast_to(1 - np.eye(values), (samples, values, values))
    if level == "interval":
        at = np.broadcast_to(np.arange(values, dtype=np.float64), (samples, values))
    else:  # between two ranks lie all that were given from the middle of one to that of the other
        at = given.cumsum(axis=1) - given / 2
    return np.asarray((at[:, :, None] - at[:, None, :]) ** 2)


def cohen(pairs: Sequence[tuple[Hashable, Hashable]]) -> float | None:
    """Cohen's kappa (1960) of two reviewers who judged the same things."""
    if not pairs:
        return None
    total = len(pairs)
    together = Counter(pairs)
    firsts, seconds = (Counter(given) for given in zip(*pairs, strict=True))
    observed = sum(times for (first, second), times in together.items() if first == second) / total
    expected = sum(firsts[value] * seconds[value] for value in firsts) / (total * total)
    return None if expected == 1 else (observed - expected) / (1 - expected)


def estimate(coefficient: Coefficient, counts: Numbers) -> Estimate:
    """The coefficient of a table, with the percentile interval of a bootstrap over its rows.

    Rows that are alike are taken together, so that thousands cost no more than dozens.
    """
    rows = len(counts)
    if not rows:
        return Estimate(None)
    kinds, times = np.unique(counts, axis=0, return_counts=True)
    value = _number(coefficient(times[None, :].astype(np.float64), kinds)[0])
    if rows < 2 or value is None:
        return Estimate(value)
    draws = np.random.default_rng(SEED).multinomial(rows, times / rows, RESAMPLES)
    samples = coefficient(draws.astype(np.float64), kinds)
    samples = samples[~np.isnan(samples)]
    if not len(samples):
        return Estimate(value)
    low, high = np.percentile(samples, [2.5, 97.5])
    return Estimate(value, float(low), float(high))


def by_pair(
    units: Iterable[Mapping[Any, Hashable]],
) -> dict[tuple[Any, Any], list[tuple[Hashable, Hashable]]]:
    """What each two reviewers gave to the same things; ``units`` map reviewers to values."""
    pairs: dict[tuple[Any, Any], list[tuple[Hashable, Hashable]]] = {}
    for unit in units:
        reviewers = sorted(unit)
        for at, first in enumerate(reviewers):
            for second in reviewers[at + 1 :]:
                pairs.setdefault((first, second), []).append((unit[first], unit[second]))
    return pairs


def _pairs(counts: Numbers) -> Numbers:
    """For each row, the share of its pairs that agree."""
    seen = counts.sum(axis=1)
    return np.asarray((counts * (counts - 1)).sum(axis=1) / (seen * (seen - 1)))


def _ratio(above: Numbers, below: Numbers) -> Numbers:
    shape = np.broadcast(above, below).shape
    undefined = np.full(shape, np.nan)
    return np.asarray(np.divide(above, below, out=undefined, where=np.abs(below) > 1e-12))


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
