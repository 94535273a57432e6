"""The kill matrix, for a moment: ``make torture`` runs it for as long as one likes."""

import re
import subprocess
import sys

import pytest

from tests.prepared import environment
from tests.settings import PROJECT
from tests.torture.verdict import Damage, difference, wrong_in

MINUTES = "0.2"


@pytest.mark.parametrize("setup", ["sqlite", "postgres"])
def test_a_moment_of_torture_loses_nothing(setup):
    how = ["--minutes", MINUTES, "--seed", "7", "--setup", setup]
    ended = subprocess.run(
        [sys.executable, "-m", "tests.torture", *how],
        cwd=PROJECT,
        env=environment(),
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    (together,) = re.findall(r"^together +(\d+) +0 +0 +0 +0$", ended.stdout, re.MULTILINE)
    assert int(together) > 5


@pytest.mark.parametrize(
    ("seen", "stored", "lost"),
    [("", "abc", 0), ("ab", "abc", 0), ("abc", "ab", 1), ("axc", "abc", 2), ("abc", "", 3)],
)
def test_what_was_seen_and_is_not_stored_is_counted(seen, stored, lost):
    assert difference(seen, stored) == lost


def test_damage_adds_up():
    assert Damage(1, 0, 2, 3) + Damage(1, 1, 1, 1) == Damage(2, 1, 3, 4)


@pytest.mark.parametrize(
    ("stored", "is_whole", "wrong"),
    [
        ("abcdef", True, 0),
        ("abc", True, 3),  # its end is missing
        ("abc", False, 0),  # as with an answer that was stopped
        ("abcdefdef", True, 3),  # its end is there twice
        ("abccdef", False, 4),  # the middle is
        ("abxdef", True, 4),
    ],
)
def test_what_is_stored_is_compared_with_what_the_model_said(stored, is_whole, wrong):
    assert wrong_in(stored, "abcdef", is_whole=is_whole) == wrong
