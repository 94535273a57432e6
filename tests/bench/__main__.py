"""Every measurement, one after the other: ``python -m tests.bench`` (``make bench``).

All of them run, whatever one of them misses; the end names those that ended badly.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence

MEASUREMENTS = (
    ("capacity",),
    ("loaded",),
    ("stops",),
    ("decode",),
    ("streams",),
    ("cancel",),
    ("rendering",),
    ("pages",),
    ("search",),
    ("search", "--database", "postgres"),
    ("review",),
    ("review", "--database", "postgres"),
    ("commits",),
)


def main(measurements: Sequence[Sequence[str]] = MEASUREMENTS) -> int:
    """Run them and return the exit code: 1 if one missed its goal or broke."""
    failed = []
    for measurement, *arguments in measurements:
        name = " ".join([measurement, *arguments])
        print(f"\n── {name} " + "─" * 40, flush=True)
        command = [sys.executable, "-m", f"tests.bench.{measurement}", *arguments]
        if subprocess.run(command).returncode:
            failed.append(name)
    for name in failed:
        print(f"✗ {name} missed a goal or broke.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
