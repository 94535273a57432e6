"""What npm's and pip's vulnerability audits answered, and whether they answered at all."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Verdict:
    """``found`` are vulnerabilities, a line each; ``unanswered`` is why there is no telling.

    ``skipped`` are the packages that nobody could tell anything about.
    """

    found: tuple[str, ...] = ()
    unanswered: str = ""
    skipped: tuple[str, ...] = ()


def of_npm(output: str) -> Verdict:
    """Read ``npm audit --json``."""
    report = _last_object(output)
    if "vulnerabilities" not in report:
        return Verdict(unanswered=str(report.get("message") or "the registry did not answer"))
    return Verdict(
        tuple(f"{name}: {entry['severity']}" for name, entry in report["vulnerabilities"].items())
    )


def of_pip(output: str) -> Verdict:
    """Read ``pip-audit --format json``."""
    packages = _last_object(output).get("dependencies", [])
    looked_up = [package for package in packages if "skip_reason" not in package]
    if not looked_up:
        return Verdict(unanswered="the registry did not answer")
    return Verdict(
        tuple(
            f"{package['name']} {package['version']}: {vulnerability['id']}"
            for package in looked_up
            for vulnerability in package["vulns"]
        ),
        skipped=tuple(package["name"] for package in packages if "skip_reason" in package),
    )


def _last_object(output: str) -> dict[str, Any]:
    """The JSON object that warnings may stand before and after, or an empty one."""
    try:
        found, _ = json.JSONDecoder().raw_decode(output, output.index("{"))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
