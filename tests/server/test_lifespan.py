"""The application's start and end, on this server (``test_end``, ``test_start``) and another."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

from tests.server.running import PROJECT, eventually


def test_the_same_application_starts_and_ends_under_uvicorn(tmp_path: Path) -> None:
    record, log = tmp_path / "record", tmp_path / "log"
    with log.open("w") as file:
        uvicorn = subprocess.Popen(
            [sys.executable, "-m", "uvicorn", "tests.server.apps:application", "--port=0"],
            cwd=PROJECT,
            env=os.environ | {"RECORD": str(record)},
            stderr=file,
        )
    try:
        assert eventually(lambda: re.search(r"running on http://\S+:\d+", log.read_text()), 20)
        assert record.read_text().splitlines() == ["start"]
        uvicorn.send_signal(signal.SIGTERM)
        uvicorn.wait(10)
    finally:
        uvicorn.kill()
        uvicorn.wait()
    assert record.read_text().splitlines()[:3] == ["start", "stop", "stopped"]
