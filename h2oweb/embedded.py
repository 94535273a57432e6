"""The embedded model beside the server: started and ended with it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from local_model.status import Status, StatusFile

PATIENCE = 10.0  # seconds that it gets to end by itself
PROJECT = Path(__file__).resolve().parent.parent


class EmbeddedModel:
    """The supervisor of the model, a process that ends when its standard input closes.

    So it ends with this process, however this one ends. It has a session of its own:
    Ctrl-C on the terminal reaches this process only, which then ends it in its turn. How
    the model comes along, it tells on the terminal by itself.
    """

    def __init__(self, status_file: Path) -> None:
        self._status = StatusFile(status_file)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; the page can be served long before it is ready, and says so from the first."""
        self._status.write(Status("loading", detail="The built-in model is being started."))
        self._process = subprocess.Popen(
            [sys.executable, "-m", "h2oweb", "local_model"],
            cwd=PROJECT,
            stdin=subprocess.PIPE,
            start_new_session=True,
        )

    def end(self) -> None:
        """End it, and return when it is gone."""
        if self._process is None:
            return
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
