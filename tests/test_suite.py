"""A test that fails once is named; one that fails twice, hangs, or holds a promise, fails all."""

import sys

import pytest

from h2oweb.progress import Line, Step
from tests import suite

ONCE = """
from pathlib import Path

def test_once():
    tried = Path(__file__).with_name("tried")
    was_tried = tried.exists()
    tried.touch()
    assert was_tried

def test_always():
    assert {always}
"""

HANGING = """
import time
import pytest

@pytest.mark.timeout(1, method="thread")
def test_that_hangs():
    time.sleep(1000)

def test_after_it():
    pass
"""


def result_of(tmp_path, monkeypatch, name, always):
    tests = tmp_path / name
    tests.parent.mkdir(parents=True, exist_ok=True)
    tests.write_text(ONCE.format(always=always))
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    monkeypatch.setattr(suite, "PROJECT", tmp_path)
    return suite.aloud(name, PYTEST_ADDOPTS="-p no:django")(Step("tests", Line(sys.stderr)))


def test_one_that_passes_when_run_again_is_named(tmp_path, monkeypatch):
    result = result_of(tmp_path, monkeypatch, "tests/browser/test_some.py", always=True)
    assert result.passed
    assert result.note == "passed only when run again: tests/browser/test_some.py::test_once"


@pytest.mark.parametrize(
    ("name", "always"), [("tests/browser/test_some.py", False), ("tests/chat/test_some.py", True)]
)
def test_one_that_fails_again_or_may_not_fail_at_all_fails_the_check(
    name, always, tmp_path, monkeypatch
):
    result = result_of(tmp_path, monkeypatch, name, always)
    assert not result.passed
    assert result.note == ""


def test_one_that_hangs_ends_with_its_worker_and_is_told(tmp_path, monkeypatch, capfd):
    (tmp_path / "tests" / "chat").mkdir(parents=True)
    (tmp_path / "tests" / "chat" / "test_some.py").write_text(HANGING)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    monkeypatch.setattr(suite, "PROJECT", tmp_path)
    check = suite.aloud("tests", *suite.ON_ALL_CORES, PYTEST_ADDOPTS="-p no:django")
    assert not check(Step("tests", Line(sys.stderr))).passed
    assert (
        "crashed while running 'tests/chat/test_some.py::test_that_hangs'" in capfd.readouterr().out
    )
