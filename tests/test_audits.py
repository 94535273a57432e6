"""An audit that was not answered is not one that found nothing."""

import json

import pytest

from tests import audits, suite
from tests.audits import Verdict

NPM_CLEAN = {"auditReportVersion": 2, "vulnerabilities": {}, "metadata": {}}
NPM_FOUND = NPM_CLEAN | {"vulnerabilities": {"markdown-it": {"severity": "high", "via": []}}}
PIP_CLEAN = {"dependencies": [{"name": "django", "version": "5.2", "vulns": []}], "fixes": []}
PIP_FOUND = {
    "dependencies": [{"name": "django", "version": "5.2", "vulns": [{"id": "PYSEC-1"}]}],
    "fixes": [],
}
PIP_IN_PART = {"dependencies": [*PIP_CLEAN["dependencies"], {"name": "own", "skip_reason": "?"}]}
PIP_SKIPPED = {"dependencies": [{"name": "django", "skip_reason": "not found"}], "fixes": []}


@pytest.mark.parametrize(
    ("read", "answer", "verdict"),
    [
        (audits.of_npm, NPM_CLEAN, Verdict()),
        (audits.of_npm, NPM_FOUND, Verdict(("markdown-it: high",))),
        (audits.of_npm, {"message": "405"}, Verdict(unanswered="405")),
        (audits.of_pip, PIP_CLEAN, Verdict()),
        (audits.of_pip, PIP_FOUND, Verdict(("django 5.2: PYSEC-1",))),
        (audits.of_pip, PIP_IN_PART, Verdict(skipped=("own",))),
        (audits.of_pip, PIP_SKIPPED, Verdict(unanswered="the registry did not answer")),
    ],
)
def test_an_answer_is_read_among_warnings(read, answer, verdict):
    assert read(f"npm warn config\n{json.dumps(answer, indent=2)}\nmore words") == verdict


@pytest.mark.parametrize("read", [audits.of_npm, audits.of_pip])
@pytest.mark.parametrize("output", ["", "ConnectionError", "{", "[]"])
def test_no_answer_is_told_apart_from_a_clean_one(read, output):
    assert read(output).unanswered


def test_what_was_not_looked_up_is_told_beside_a_clean_answer():
    told = suite.judged(Verdict(skipped=("own", "other")))
    assert (told.passed, told.note) == (True, "not audited: own, other")
    assert not suite.judged(Verdict(found=("django 5.2: PYSEC-1",), skipped=("own",))).passed
