"""Every recorded exchange, in every split, ends as the table in ``tests/outcomes.py`` says."""

from collections.abc import Iterator

import pytest

from tests import captures
from tests.outcomes import TABLE, decode, outcome_of, read

NAMES = captures.names()


def bodies() -> Iterator[captures.Capture]:
    """One capture of each distinct answer that has a body."""
    seen = set()
    for name in NAMES:
        capture = captures.load(name)
        kind = (capture.server.startswith("chatui"), capture.body)
        if capture.body and kind not in seen:
            seen.add(kind)
            yield capture


BODIES = list(bodies())
STREAMS = [
    capture for capture in BODIES if "event-stream" in capture.headers.get("content-type", "")
]


def test_every_capture_is_in_the_table():
    assert list(TABLE) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_capture_ends_as_the_table_says(name):
    capture = captures.load(name)
    assert read(capture, capture.chunks) == TABLE[name]


@pytest.mark.parametrize("name", NAMES)
def test_a_capture_ends_the_same_byte_by_byte(name):
    capture = captures.load(name)
    single = [bytes([byte]) for byte in capture.body]
    assert read(capture, single) == TABLE[name]


@pytest.mark.parametrize("capture", BODIES, ids=lambda capture: capture.name)
def test_no_split_changes_what_a_capture_says(capture):
    body = capture.body
    whole = decode(capture, [body])
    for cut in range(len(body)):
        assert decode(capture, [body[:cut], body[cut:]]) == whole


@pytest.mark.parametrize("capture", STREAMS, ids=lambda capture: capture.name)
def test_a_stream_cut_at_any_byte_keeps_the_text_so_far(capture):
    body = capture.body
    whole = outcome_of(decode(capture, [body]))
    for cut in range(len(body)):
        part = outcome_of(decode(capture, [body[:cut]]))
        assert whole.text.startswith(part.text)
        assert part.kind in ("interrupted", whole.kind)
        assert part.kind == "interrupted" or part == whole
