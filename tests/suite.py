"""Every test and check, one after the other: ``python -m tests.suite``.

All of them run, whatever fails; the end is a table, under the output of the first failure.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from h2oweb.bootstrap import tool, tool_path
from h2oweb.progress import Line, Step
from tests import audits
from tests.services import Postgres

PROJECT = Path(__file__).resolve().parent.parent
PYTHON = sys.executable
# A worker that a test's timeout ends is not replaced: its heir would try that test for ever.
ON_ALL_CORES = (
    *("-n", str(min(2, os.cpu_count() or 1))),
    *("--dist", "loadfile"),
    "--max-worker-restart=0",
)
SLOWEST = ("--durations=5", "--durations-min=30")
TAIL = 60  # lines of a failed check that are shown
SOME_FAILED = 1  # the exit code of pytest
MOST_UNSTEADY = 3  # tests that are tried again
# Tests of answers, of transcripts and of safety are none of these.
FIRM = (
    "tests/accounts/",
    "tests/backends/",
    "tests/browser/page/test_hostile.py",
    "tests/browser/test_failures.py",
    "tests/browser/test_restarts.py",
    "tests/browser/test_reviewing.py",
    "tests/browser/test_two_behind_nginx.py",
    "tests/browser/test_two_processes.py",
    "tests/chat/",
    "tests/operation/test_backup.py",
    "tests/review/",
    "tests/security/",
    "tests/server/",
    "tests/test_production.py",
    "tests/test_torture.py",
    "tests/wire/",
)
# As behind a proxy that speaks TLS: where `check --deploy` must find nothing.
PRODUCTION = {
    "DJANGO_SETTINGS_MODULE": "h2oweb.settings",
    "DATA_DIR": "var/test/production",
    "ENV_FILE": os.devnull,
    "PUBLIC_URL": "https://chat.example",
    "DEBUG": "off",
    "SECRET_KEY": "for-this-check-only-" + "k3Yf0rTh1sCh3ckOnLy" * 3,
}


@dataclass(frozen=True)
class Result:
    """How a check ended: ``note`` stands in the table, ``output`` is shown if it failed."""

    passed: bool
    note: str = ""
    output: str = ""


Check = Callable[[Step], Result]


def main() -> int:
    """Run every check and return the exit code."""
    results = {name: run(name, check) for name, check in checks().items()}
    failed = [name for name, (result, _) in results.items() if not result.passed]
    if failed:
        output = results[failed[0]][0].output.splitlines()[-TAIL:]
        print(f"\n── {failed[0]} " + "─" * 40, *output, sep="\n")
    print()
    for name, (result, seconds) in results.items():
        mark = "✓" if result.passed else "✗"
        print(f"{mark} {name:<24}{seconds:7.1f} s  {result.note}".rstrip())
    return 1 if failed else 0


def run(name: str, check: Check) -> tuple[Result, float]:
    """Run one check; returns how it ended, and its seconds."""
    line = Line(sys.stderr)
    step = Step(name, line)
    started = time.monotonic()
    result = check(step)
    line.clear()
    return result, time.monotonic() - started


def checks() -> dict[str, Check]:
    """All of them, the quick ones first."""
    return {
        "ruff check": quietly(PYTHON, "-m", "ruff", "check", "."),
        "ruff format": quietly(PYTHON, "-m", "ruff", "format", "--check", "."),
        "mypy": quietly(PYTHON, "-m", "mypy", "--strict"),
        "migrations": manage("makemigrations", "--check", "--dry-run"),
        "check --deploy": manage("check", "--deploy", "--fail-level", "WARNING", **PRODUCTION),
        "npm audit": npm_audit,
        "pip-audit": pip_audit,
        "tests in JavaScript": javascript,
        "tests on PostgreSQL": on_postgres,
        "tests": aloud("-m", "not browser", *ON_ALL_CORES),
        "tests in the browser": aloud("-m", "browser", *ON_ALL_CORES),
    }


def quietly(*command: str, **environment: str) -> Check:
    """A command whose output matters only if it fails."""

    def check(step: Step) -> Result:
        code, output = step.attempt(command, cwd=PROJECT, env=tool_path() | environment)
        return Result(code == 0, output=output)

    return check


def manage(*arguments: str, **environment: str) -> Check:
    """A command of manage.py with the settings of a new checkout."""
    settings = {"DJANGO_SETTINGS_MODULE": "tests.settings"} | environment
    return quietly(PYTHON, "manage.py", *arguments, **settings)


def on_postgres(step: Step) -> Result:
    """The tests of runs, their log, counted guesses, review and search on the other database."""
    server = Postgres()
    try:
        server.start()
        on_its_own = aloud(
            "tests/chat",
            "tests/accounts/test_limits.py",
            "tests/review/test_dashboard.py",
            "tests/review/test_erasures.py",
            "tests/review/test_finding.py",
            "tests/review/test_judging.py",
            "tests/review/test_proof.py",
            "tests/review/test_queues.py",
            "tests/review/test_retention.py",
            "tests/review/test_sealing.py",
            "tests/search",
            "-m",
            "not postgres and not sqlite",
            *ON_ALL_CORES,
            TEST_DATABASE_URL=server.database(),
        )
        return on_its_own(step)
    finally:
        server.remove()


def aloud(*arguments: str, **environment: str) -> Check:
    """A pytest run, which tells its own story as it goes.

    A few tests that fail are run once more, alone, and are named if they pass then: a page or
    a terminal on a busy machine may be late. What holds a promise has to hold it every time.
    """

    def check(_: Step) -> Result:
        variables = os.environ | tool_path() | environment
        pytest = partial(subprocess.call, cwd=PROJECT, env=variables)
        code = pytest([PYTHON, "-m", "pytest", "--cache-clear", *SLOWEST, *arguments])
        failed = last_failed() if code == SOME_FAILED else []
        is_few = 0 < len(failed) <= MOST_UNSTEADY
        if not is_few or any(each.startswith(FIRM) for each in failed):
            return Result(code == 0, output="See the output of pytest above.")
        code = pytest([PYTHON, "-m", "pytest", *failed])
        again = f"passed only when run again: {', '.join(failed)}"
        return Result(
            code == 0, again if code == 0 else "", output="See the output of pytest above."
        )

    return check


def last_failed() -> list[str]:
    """The tests that failed in the run of pytest that has just ended."""
    kept = PROJECT / ".pytest_cache" / "v" / "cache" / "lastfailed"
    return list(json.loads(kept.read_text())) if kept.exists() else []


def javascript(step: Step) -> Result:
    """The tests of the page's modules, in node."""
    files = sorted(map(str, (PROJECT / "tests" / "js").rglob("*.test.*js")))
    if not files:
        return Result(passed=False, output="There is no test in tests/js.")
    code, output = step.attempt([tool("node"), "--test", *files], cwd=PROJECT, env=tool_path())
    passed = [line.split()[-1] for line in output.splitlines() if line[2:].startswith("pass ")]
    return Result(code == 0 and bool(passed), f"{' '.join(passed)} passed", output)


def npm_audit(step: Step) -> Result:
    """Known vulnerabilities of the browser libraries."""
    patience = ("--fetch-timeout=10000", "--fetch-retries=0")
    command = [tool("npm"), "audit", "--json", *patience]
    _, output = step.attempt(command, cwd=PROJECT, env=tool_path())
    return judged(audits.of_npm(output))


def pip_audit(step: Step) -> Result:
    """Known vulnerabilities of the Python packages."""
    lists = ("-r", "requirements.txt", "-r", "tests/requirements.txt")
    how = ("--no-deps", "--disable-pip", "--progress-spinner", "off", "--format", "json")
    command = [PYTHON, "-m", "pip_audit", *lists, *how, "--timeout", "10"]
    _, output = step.attempt(command, cwd=PROJECT)
    return judged(audits.of_pip(output))


def judged(verdict: audits.Verdict) -> Result:
    """An audit that nobody answered, of all or of some, is told, and fails nothing."""
    if verdict.unanswered:
        return Result(passed=True, note=f"not audited: {verdict.unanswered}")
    note = f"not audited: {', '.join(verdict.skipped)}" if verdict.skipped else ""
    return Result(not verdict.found, note, "\n".join(verdict.found))


if __name__ == "__main__":
    sys.exit(main())
