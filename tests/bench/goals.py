"""A table of what was measured, what was hoped for, and whether that is met."""

from __future__ import annotations

from dataclasses import dataclass


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


def show(title: str, goals: list[Goal]) -> None:
    """Print them as a table."""
    print(title)
    for goal in goals:
        mark = "✓" if goal.is_met else "✗"
        print(f"  {mark} {goal.name:<58}{goal.value:9.1f}  goal {goal.most:6.1f} {goal.unit}")
