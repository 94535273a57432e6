"""``manage.py run``: everything that a person needs to chat, until Ctrl-C."""

import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from accounts.owner import make_link, needs_owner
from h2oweb.embedded import EmbeddedModel
from h2oweb.startup import (
    bring_database_up_to_date,
    bring_languages_up_to_date,
    collect_static_files,
    listen,
    own_directory,
    refuse_what_is_unsafe,
)


class Command(BaseCommand):
    """Makes ready what is not, starts the embedded model, serves, and ends all of it."""

    help = "Start the application and the embedded model; Ctrl-C ends both."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until a signal."""
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            # Ends at once, and nothing is lost by it; the server hears it in its own way.
            signal.signal(signal.SIGINT, signal.SIG_DFL)
        try:
            own_directory(settings.DATA_DIR)
            listening = listen(settings.HOST, settings.PORT)
            refuse_what_is_unsafe(settings.HOST, settings.CLIENT_ADDRESS_HEADER)
            bring_database_up_to_date()
            bring_languages_up_to_date()
            collect_static_files(Path(settings.STATIC_ROOT))
            self._serve(listening)
        except CommandError as error:
            sys.exit(str(error))

    def _serve(self, listening: int) -> None:
        """Serve in this process, beside the embedded model if no other is configured."""
        ready, tell = os.pipe()
        threading.Thread(target=self._greet, args=(ready,), daemon=True).start()
        model = EmbeddedModel(settings.DATA_DIR / "local-model" / "status.json")
        try:
            if answers_by_itself():
                model.start()
            call_command("serve", fd=listening, ready_fd=tell)
        finally:
            model.end()

    def _greet(self, ready: int) -> None:
        """Say where to go, as soon as somebody is there."""
        if os.read(ready, 1):
            self.stdout.write(greeting(make_link() if needs_owner() else None))
            self.stdout.flush()


def answers_by_itself() -> bool:
    """Whether the embedded model is among the model servers, because no other is configured."""
    return any(server.status_file for server in settings.MODEL_SERVERS)


def greeting(link: str | None) -> str:
    """What the terminal says once the page can be opened."""
    lines = ["", f"H2O Web Chat is at {settings.PUBLIC_URL}/"]
    if link:
        lines += [
            "",
            "Nobody owns it yet. This link makes you its owner; it works once, for an hour:",
            f"  {link}",
        ]
    return "\n".join([*lines, "", "Ctrl-C ends it.", ""])
