"""Writes the lists with hashes that set-up installs from: ``python -m tests.lock`` (``make lock``).

``requirements.txt`` is the list to read and to change; ``requirements.lock`` beside it has the
same versions with the hashes of their files, for each platform.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
LISTS = ("requirements.txt", "tests/requirements.txt")
HEAD = "# Made by `make lock` from {name}: the same versions, with the hashes of their files.\n"
OPTIONS = (
    *("--universal", "--python-version", "3.11", "--generate-hashes", "--emit-build-options"),
    *("--no-annotate", "--no-header", "--quiet", "--no-python-downloads"),
)
PLATFORMS = re.compile(r" ; python_full_version < '3\.14' and platform_python_imp.*?(?= \\)")


def lock(name: str) -> None:
    """Write the lock file beside this list."""
    listed = PROJECT / name
    command = ["uv", "pip", "compile", *OPTIONS, str(listed)]
    made = subprocess.run(
        [sys.executable, "-m", *command], cwd=PROJECT, check=True, capture_output=True, text=True
    )
    # What every package says alike, of the platforms that pyproject.toml names, says nothing.
    listed.with_suffix(".lock").write_text(HEAD.format(name=name) + PLATFORMS.sub("", made.stdout))


if __name__ == "__main__":
    for each in LISTS:
        lock(each)
