"""A test that fails once is named; one that fails twice, or that holds a promise, fails all."""

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
