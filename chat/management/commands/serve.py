"""``manage.py serve``: answers browsers, with the hardened Daphne of ``h2oweb.server``."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from argparse import ArgumentParser
from dataclasses import replace
from functools import partial
from pathlib import Path
from socket import socket
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.module_loading import import_string

from chat.backends import ServerConfigError
from chat.wire.commands import MAX_FRAME
from h2oweb.metrics import share_between_processes
from h2oweb.secret_paths import SECRET_PATHS
from h2oweb.server import listening
from h2oweb.server.options import Options
from h2oweb.server.processes import Processes, end_with_input
from h2oweb.startup import refuse_what_is_unsafe

logger = logging.getLogger("h2oweb.server")

# Above MAX_FRAME, so that a command a little too large is answered with a sentence.
MAX_MESSAGE = MAX_FRAME + 64 * 1024


class Command(BaseCommand):
    """Serves until SIGTERM or Ctrl-C; the address is the one line on standard output."""

    help = "Serve the application to browsers."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where to listen, whom to believe, how many processes."""
        where = parser.add_argument_group("where to listen")
        where.add_argument("--host", default=settings.HOST, help="default: HOST")
        where.add_argument(
            "--port", type=int, default=settings.PORT, help="default: PORT; 0 takes a free one"
        )
        where.add_argument("--unix-socket", type=Path, metavar="PATH", help="instead of a port")
        where.add_argument(
            "--fd", type=int, metavar="N", help="an inherited listening socket, as of systemd"
        )
        proxy = parser.add_argument_group(
            "behind a proxy",
            "No header is believed unless it is named here. Name one that the proxy always"
            " writes anew, with a single value: not X-Forwarded-For.",
        )
        proxy.add_argument(
            "--client-address-header",
            default=settings.CLIENT_ADDRESS_HEADER,
            metavar="NAME",
            help="default: CLIENT_ADDRESS_HEADER",
        )
        proxy.add_argument(
            "--scheme-header",
            default=settings.SCHEME_HEADER,
            metavar="NAME",
            help="default: SCHEME_HEADER",
        )
        parser.add_argument(
            "--processes",
            type=int,
            default=1,
            metavar="N",
            help="server processes on the one socket; SIGHUP replaces them one by one",
        )
        parser.add_argument(
            "--end-with-input",
            action="store_true",
            help="end when standard input does, as when a supervising process has died",
        )
        parser.add_argument(
            "--ready-fd", type=int, metavar="N", help="write a line there instead of the address"
        )

    def handle(self, *_args: Any, **given: Any) -> None:
        """Serve, then leave with the server's exit code."""
        if given["processes"] < 1:
            raise CommandError("--processes takes a number from 1 on.")
        refuse_what_is_unsafe(given["host"], given["client_address_header"])
        try:
            sock = _listen(given)
        except listening.CannotListenError as error:
            raise CommandError(str(error)) from error
        listening.raise_descriptor_limit()
        with sock:
            serve = self._serve_here if given["processes"] == 1 else self._serve_by_processes
            code = serve(sock, given)
        _forget(given)
        sys.exit(code)

    def _serve_here(self, sock: socket, given: dict[str, Any]) -> int:
        # Imported here because it installs Twisted's reactor, for this process only.
        from h2oweb.server.server import Server, leave

        try:
            application = import_string(settings.ASGI_APPLICATION)
        except ServerConfigError as error:
            raise CommandError(str(error)) from error
        server = Server(application, sock, _options(given), listens=partial(self._tell, given))
        if given["end_with_input"]:
            end_with_input()
        code = server.run()
        _forget(given)
        leave(code)

    def _serve_by_processes(self, sock: socket, given: dict[str, Any]) -> int:
        if not settings.REDIS_URL:
            logger.warning("Without REDIS_URL, what one process does is seen late in another.")
        share_between_processes(settings.DATA_DIR / "metrics")
        processes = Processes(
            _child_command(given),
            given["processes"],
            sock,
            ready=partial(self._tell, given, listening.address_of(sock)),
        )
        if given["end_with_input"]:
            end_with_input()
        return asyncio.run(processes.run())

    def _tell(self, given: dict[str, Any], address: str) -> None:
        if given["ready_fd"] is None:
            self.stdout.write(f"Listening on {address}")
            self.stdout.flush()
        else:
            os.write(given["ready_fd"], b"ready\n")
            os.close(given["ready_fd"])


def _listen(given: dict[str, Any]) -> socket:
    if given["fd"] is not None:
        return listening.on_descriptor(given["fd"])
    if given["unix_socket"]:
        return listening.on_path(given["unix_socket"])
    return listening.on_port(given["host"], given["port"])


def _forget(given: dict[str, Any]) -> None:
    if given["unix_socket"] and given["fd"] is None:
        listening.forget(given["unix_socket"])


def _options(given: dict[str, Any]) -> Options:
    """The limits: defaults, then the settings, then ``settings.SERVER``, a dict of Options."""
    root_path = settings.FORCE_SCRIPT_NAME or ""
    options = Options(
        max_body=settings.MAX_BODY,
        max_message=MAX_MESSAGE,
        client_address_header=given["client_address_header"],
        scheme_header=given["scheme_header"],
        root_path=root_path,
        quiet_paths=(settings.STATIC_URL,),
        secret_paths=(*SECRET_PATHS, *(root_path + path for path in SECRET_PATHS)),
    )
    return replace(options, **getattr(settings, "SERVER", {}))


def _child_command(given: dict[str, Any]) -> list[str]:
    return [
        sys.executable,
        str(settings.BASE_DIR / "manage.py"),
        "serve",
        f"--client-address-header={given['client_address_header']}",
        f"--scheme-header={given['scheme_header']}",
        "--end-with-input",
    ]
