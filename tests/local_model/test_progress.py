import contextlib
import io
import os

import pytest

from local_model.progress import Progress

MEGABYTE = 1_000_000


def fetch_in_thousands(progress):
    for share in range(1001):
        progress.show("A model", share * MEGABYTE // 2, 500 * MEGABYTE)


def test_elsewhere_than_on_a_terminal_each_tenth_is_a_line():
    stream = io.StringIO()
    fetch_in_thousands(Progress(stream))
    lines = stream.getvalue().splitlines()
    assert lines[0] == "Fetching A model: 0 / 500 MB (0 %)"
    assert lines[5] == "Fetching A model: 250 / 500 MB (50 %)"
    assert lines[-1] == "Fetching A model: 500 / 500 MB (100 %)"
    assert len(lines) == 11


def test_on_a_terminal_one_line_is_drawn_again():
    ours, theirs = os.openpty()
    with open(theirs, "w") as terminal:
        progress = Progress(terminal)
        progress.show("A model", 9, 5 * MEGABYTE)
        progress.show("A model", MEGABYTE, 5 * MEGABYTE)
        progress.show("A model", MEGABYTE + 1, 5 * MEGABYTE)
        progress.say("There it is.")
        progress.say("It is ready.")
    shown = ""
    with contextlib.suppress(OSError):  # that is how a terminal says that nobody writes any more
        while piece := os.read(ours, 10_000):
            shown += piece.decode()
    os.close(ours)
    assert shown == (
        "\r\x1b[KFetching A model: 0 / 5 MB (0 %)"
        "\r\x1b[KFetching A model: 1 / 5 MB (20 %)"
        "\r\nThere it is.\r\nIt is ready.\r\n"
    )


def test_a_terminal_that_is_gone_stops_nothing():
    ours, theirs = os.pipe()
    os.close(ours)
    with pytest.raises(BrokenPipeError), open(theirs, "w") as stream:
        Progress(stream).say("Nobody hears this.")
        went_on = True  # and only closing the stream fails
    assert went_on


def test_nothing_is_shown_before_the_first_byte_has_come():
    stream = io.StringIO()
    Progress(stream).show("A model", 0, 0)
    Progress(stream).show("A model", 0, 5 * MEGABYTE)
    assert stream.getvalue() == ""
