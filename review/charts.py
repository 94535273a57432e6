"""The dashboard's charts: what is drawn, of which lines, in which colours."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chat.models import Message
from review.dashboard import Line, Lines, Points

Value = Callable[[Line], float | None]


@dataclass(frozen=True)
class Series:
    """One value of each line, in a colour of the page's own: the name of a custom property."""

    label: str | Promise
    colour: str
    value: Value


@dataclass(frozen=True)
class Chart:
    """Bars, upright or sideways, which may stand on each other, or lines."""

    title: str | Promise
    series: Sequence[Series]
    is_line: bool = False
    is_stacked: bool = False
    is_sideways: bool = False

    def drawn(self, lines: Sequence[Line]) -> dict[str, Any]:
        """As the page's script gets it."""
        return {
            "labels": [str(line.name) for line in lines],
            "type": "line" if self.is_line else "bar",
            "isStacked": self.is_stacked,
            "isSideways": self.is_sideways,
            "series": [
                {
                    "label": str(each.label),
                    "colour": each.colour,
                    "values": [each.value(line) for line in lines],
                }
                for each in self.series
            ],
        }


def _outcome(status: Message.Status, colour: str) -> Series:
    return Series(status.label, colour, lambda line: line.outcomes[status.value])


def _median_and_95(value: Callable[[Line], Sequence[float | None]]) -> list[Series]:
    return [
        Series(_("median"), "focus", lambda line: value(line)[0]),
        Series(pgettext_lazy("percentile", "95 %"), "code-name", lambda line: value(line)[1]),
    ]


# Blue and red, not green: these two everybody tells apart.
RATINGS = [
    Series(_("good"), "code-name", lambda line: line.good),
    Series(_("bad"), "danger", lambda line: line.bad),
]
BY_TIME = [
    Chart(_("Conversations begun"), [Series("", "accent", lambda line: line.conversations)]),
    Chart(_("Messages"), [Series("", "accent", lambda line: line.messages)]),
    Chart(_("Tokens"), [Series("", "accent", lambda line: line.tokens)]),
    Chart(_("People active"), [Series("", "accent", lambda line: len(line.people))]),
    Chart(_("Seconds to the first token"), _median_and_95(lambda line: line.wait), is_line=True),
    Chart(_("Tokens a second"), _median_and_95(lambda line: line.speed), is_line=True),
    Chart(
        _("Outcomes"),
        [
            _outcome(Message.Status.COMPLETE, "code-name"),
            _outcome(Message.Status.LENGTH, "accent"),
            _outcome(Message.Status.STOPPED, "ink-3"),
            _outcome(Message.Status.INTERRUPTED, "code-type"),
            _outcome(Message.Status.FAILED, "danger"),
        ],
        is_stacked=True,
    ),
    Chart(_("Ratings"), RATINGS, is_stacked=True),
]
BY_MODEL = [Chart(_("Ratings by model"), RATINGS, is_stacked=True, is_sideways=True)]


def of(lines: Lines, points: Points) -> list[tuple[str | Promise, dict[str, Any]]]:
    """Each chart, of these points or of the models, under its title."""
    asked = ((BY_TIME, lines.each(points)), (BY_MODEL, lines.models))
    return [(chart.title, chart.drawn(drawn)) for charts, drawn in asked for chart in charts]
