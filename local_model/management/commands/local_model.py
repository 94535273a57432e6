"""``manage.py local_model``: fetch, run and watch the embedded model."""

import os
import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, TextIO

from django.conf import settings
from django.core.management.base import BaseCommand

from local_model.ending import until_ended
from local_model.progress import Progress
from local_model.status import Status, StatusFile
from local_model.store import Store
from local_model.supervisor import AlreadyRunning, Supervisor

OFF = "off"
SWITCHED_OFF = "The built-in model is switched off (H2O_LOCAL_MODEL=off)."
TAKEN = "Another process already runs the built-in model of this data directory."


class Command(BaseCommand):
    """Runs until a signal, or until its standard input closes if that is a pipe."""

    help = "Runs the embedded model until ended. With --verbosity 0 it says nothing."
    requires_system_checks: list[str] = []

    def handle(self, *_: Any, verbosity: int, **__: Any) -> None:
        """Serve, and leave nothing behind."""
        with _output(verbosity) as stream:
            until_ended(lambda: _serve(Progress(stream)))


def _serve(progress: Progress) -> None:
    status = StatusFile(settings.DATA_DIR / "local-model" / "status.json")
    if settings.H2O_LOCAL_MODEL.lower() == OFF:
        status.write(Status("failed", detail=SWITCHED_OFF))
        progress.say(SWITCHED_OFF)
        return
    try:
        Supervisor(
            settings.H2O_LOCAL_MODEL,
            base=Path(settings.BASE_DIR),
            store=Store(Path(settings.MODEL_DIR)),
            status=status,
            progress=progress,
        ).run()
    except AlreadyRunning:
        sys.exit(TAKEN)


def _output(verbosity: int) -> AbstractContextManager[TextIO]:
    return nullcontext(sys.stderr) if verbosity else open(os.devnull, "w")
