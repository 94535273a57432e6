"""Spans for OpenTelemetry: a turn, its run, what the run asks of the model server, each commit.

They carry ids, names and counts, never a text. Until ``use`` is called, which needs packages
that the application does not, ``begin`` costs a comparison. A span is handed from one to the
next by hand: a run outlives the turn that began it, and a commit belongs to many runs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opentelemetry.trace import Span as Span
    from opentelemetry.trace import Tracer

_tracer: Tracer | None = None


def use(tracer: Tracer | None) -> None:
    """Make spans with this tracer from now on, or none."""
    global _tracer
    _tracer = tracer


def begin(
    name: str, within: Span | None = None, of: Iterable[Span | None] = (), **about: str | int
) -> Span | None:
    """A span that has begun ``within`` another and is linked to those it is part ``of``."""
    if _tracer is None:
        return None
    from opentelemetry.trace import Link, set_span_in_context

    links = [Link(span.get_span_context()) for span in of if span is not None]
    parent = None if within is None else set_span_in_context(within)
    return _tracer.start_span(name, parent, attributes=_named(about), links=links)


def end(span: Span | None, **about: str | int) -> None:
    """Its end, and what is known only then."""
    if span is not None:
        span.set_attributes(_named(about))
        span.end()


@contextmanager
def around(
    name: str, within: Span | None = None, of: Iterable[Span | None] = (), **about: str | int
) -> Iterator[Span | None]:
    """A span that ends with the block."""
    span = begin(name, within, of, **about)
    try:
        yield span
    finally:
        end(span)


def _named(about: dict[str, str | int]) -> dict[str, str | int]:
    return {f"h2o.{name}": value for name, value in about.items()}
