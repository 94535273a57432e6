"""The status file: how the embedded model stands, for the web process to read.

One JSON object, replaced as a whole, readable by its owner only since it holds the key.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

import msgspec

State = Literal["fetching", "loading", "ready", "failed"]


class Status(msgspec.Struct, frozen=True):
    """How the embedded model stands.

    ``detail`` is a sentence for a person, ``notice`` what they should know of the model.
    ``done`` and ``total`` are bytes (0 while unknown), ``context`` is in tokens, for the
    prompt and the answer of one conversation. ``url`` and ``api_key`` are set when ready.
    """

    state: State
    name: str = ""
    label: str = ""
    detail: str = ""
    notice: str = ""
    done: int = 0
    total: int = 0
    url: str = ""
    api_key: str = ""
    context: int | None = None


class StatusFile:
    """The file, for its one writer."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, status: Status) -> None:
        """Replace what the file says. Raises OSError where that cannot be done."""
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        made = self.path.with_name(f"{self.path.name}.new")
        made.unlink(missing_ok=True)
        with open(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(msgspec.json.encode(status))
        made.replace(self.path)

    def read(self) -> Status | None:
        """What the file says, or None where there is none or it is no status."""
        try:
            return msgspec.json.decode(self.path.read_bytes(), type=Status)
        except (OSError, msgspec.DecodeError):
            return None

    def remove(self) -> None:
        """Say nothing any more."""
        self.path.unlink(missing_ok=True)
