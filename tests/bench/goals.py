"""A table of what was measured, what was hoped for, and whether that is met."""

from __future__ import annotations

import os
from dataclasses import dataclass

UNJUDGED = "BENCH_UNJUDGED"  # set where only that it measures is of interest


@dataclass(frozen=True)
class Goal:
    """A figure that should stay below ``most``, both in ``unit``."""

    name: str
    value: float
    most: float
    unit: str

    @property
    def is_met(self) -> bool:
        """Whether it does."""
        return self.value <= self.most


_missed: list[Goal] = []


def end() -> None:
    """The end of a measurement: a bad one if a goal was missed that has been shown."""
    if _missed and UNJUDGED not in os.environ:
        raise SystemExit(f"{len(_missed)} goals were missed.")


def show(title: str, goals: list[Goal]) -> None:
    """Print them as a table."""
    print(title)
    _missed.extend(goal for goal in goals if not goal.is_met)
    for goal in goals:
        mark = "✓" if goal.is_met else "✗"
        print(f"  {mark} {goal.name:<58}{goal.value:9.1f}  goal {goal.most:6.1f} {goal.unit}")
