"""The server: keeps the books of connections and applications, and ends with grace."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any, NoReturn, TypeAlias

from daphne.server import Server as DaphneServer
from twisted.internet import reactor
from twisted.logger import (
    FilteringLogObserver,
    LogLevel,
    LogLevelFilterPredicate,
    STDLibLogObserver,
    globalLogBeginner,
)

from h2oweb.server import http_protocol, ws_protocol
from h2oweb.server.access_log import AccessLog
from h2oweb.server.client_address import client, scheme
from h2oweb.server.flow import Event
from h2oweb.server.lifespan import Application, Lifespan, StartupFailed
from h2oweb.server.listening import Listener, address_of, bound
from h2oweb.server.options import Options

logger = logging.getLogger(__name__)

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)  # the last when a terminal is closed
SAME_WISH = 1.0  # seconds within which a second signal repeats the first
LEAVE_WITHIN = 2.0  # seconds that threads get to end with the process

Connection: TypeAlias = http_protocol.Channel | ws_protocol.Socket
Exchange: TypeAlias = http_protocol.Request | ws_protocol.Socket


class Server(DaphneServer):
    """Serves one ASGI application on one listening socket until a signal ends it."""

    def __init__(
        self,
        application: Application,
        listening: socket.socket,
        options: Options,
        *,
        listens: Callable[[str], None] = lambda _address: None,
    ) -> None:
        """``listens`` is called with the address once connections are accepted."""
        super().__init__(
            application,
            endpoints=[address_of(listening)],
            action_logger=AccessLog(options.secret_paths, options.quiet_paths),
            websocket_timeout=-1,  # a socket's life ends in ``Socket.check_timeouts``
            websocket_connect_timeout=options.accept_timeout,
            ping_interval=options.ping_interval,
            ping_timeout=options.ping_timeout,
            root_path=options.root_path,
            application_close_timeout=options.disconnect_timeout,
            server_name="",
        )
        self.options = options
        self.is_ending = False
        self._listening = listening
        self._listens = listens
        self._asked_to_end = asyncio.Event()
        self._asked_at = 0.0
        self._connections: set[Connection] = set()
        self._is_quiet = asyncio.Event()  # nothing is connected or under way
        self._applications: set[asyncio.Task[None]] = set()
        self.connections: dict[Exchange, dict[str, Any]] = {}

    def run(self) -> int:
        """Serve, and return the exit code of the process: 1 if the application cannot start."""
        _send_logs_to_logging()
        self.http_factory = http_protocol.Factory(self)
        self.ws_factory = ws_protocol.Factory(self)
        loop = reactor._asyncioEventloop
        asyncio.set_event_loop(loop)
        before = self._handle_signals(loop)
        life = loop.create_task(self._live())
        life.add_done_callback(lambda _: reactor.stop())
        reactor.run(installSignalHandlers=False)
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
        for number, handler in before.items():
            signal.signal(number, handler)
        code: int = life.result()
        return code

    def _handle_signals(self, loop: asyncio.AbstractEventLoop) -> dict[int, Any]:
        """Handle them, unless whoever started this process wants one ignored, as nohup does."""
        handler = partial(self._on_signal, loop)
        wanted = [one for one in SIGNALS if signal.getsignal(one) is not signal.SIG_IGN]
        return {number: signal.signal(number, handler) for number in wanted}

    def stop(self) -> None:
        """Begin the graceful end."""
        self._asked_to_end.set()

    def _on_signal(self, loop: asyncio.AbstractEventLoop, number: int, _frame: object) -> None:
        """End; at a second signal at once.

        Ctrl-C reaches a whole process group, and a supervisor in it passes the wish on:
        what comes within a second is the same wish.
        """
        now = time.monotonic()
        if not self._asked_at:
            self._asked_at = now
            loop.call_soon_threadsafe(self.stop)
        elif now - self._asked_at > SAME_WISH:
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)

    async def _live(self) -> int:
        lifespan = Lifespan(self.application)
        try:
            await lifespan.startup()
        except StartupFailed as error:
            logger.critical("%s", error)
            await self._cancel_what_is_left()
            return 1
        await self._serve()
        await self._drain()
        await lifespan.shutdown(self.options.shutdown_timeout)
        await self._cancel_what_is_left()
        return 0

    async def _serve(self) -> None:
        self.application_checker()
        self.timeout_checker()
        address = address_of(self._listening)
        listener = Listener(self._listening, self._connect)
        self._listens(address)
        await self._asked_to_end.wait()
        listener.close()

    def _connect(self, accepted: socket.socket) -> None:
        """Hand a connection to Twisted, which makes a descriptor of its own for it."""
        # An error says that the client has left while it waited.
        with accepted, contextlib.suppress(OSError):
            bound(accepted, self.options.stall_timeout)
            reactor.adoptStreamConnection(accepted.fileno(), accepted.family, self.http_factory)

    # --- the graceful end --------------------------------------------------------------

    async def _drain(self) -> None:
        """Let what is under way end by itself for a while, then cut it off.

        Requests are answered, sockets hear 1012, applications see their disconnect.
        """
        self.is_ending = True
        for connection in list(self._connections):
            connection.go_away()
        self._count()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._is_quiet.wait(), self.options.drain_timeout)
        for connection in list(self._connections):
            connection.transport.abortConnection()

    async def _cancel_what_is_left(self) -> None:
        """Cancel all other tasks and wait for them.

        Plain Daphne leaves them to the end of the interpreter, which on CPython 3.11 ends
        with SIGSEGV then (python/cpython #113566).
        """
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        if left:
            _done, stubborn = await asyncio.wait(left, timeout=self.options.cancel_timeout)
            for task in stubborn:
                logger.error("A task did not end when it was cancelled: %r", task)

    # --- the books ---------------------------------------------------------------------

    def opened(self, connection: Connection) -> None:
        """A connection is there."""
        self._connections.add(connection)
        self._count()

    def closed(self, connection: Connection) -> None:
        """A connection is gone."""
        self._connections.discard(connection)
        self._count()

    def _count(self) -> None:
        if self._connections or self._applications:
            self._is_quiet.clear()
        else:
            self._is_quiet.set()

    def create_application(self, protocol: Exchange, scope: dict[str, Any]) -> Any:
        """Start the application for a request or a socket. Returns where its events go."""
        self._complete(scope)
        protocol.client_addr = scope["client"]
        inbox = protocol.make_inbox()
        run = self.application(scope, inbox.get, partial(self.handle_reply, protocol))
        task = asyncio.ensure_future(run)
        self._applications.add(task)
        task.add_done_callback(partial(self._returned, protocol))
        self.connections[protocol]["application_instance"] = task
        return inbox

    def _complete(self, scope: dict[str, Any]) -> None:
        """Make the scope what ASGI says, with nothing in it that a client has made up.

        Daphne lets any client set the root path, by a header of its own.
        """
        options, headers = self.options, scope["headers"]
        own = "ws" if scope["type"] == "websocket" else "http"
        scope["asgi"] = {"version": "3.0"}
        scope["root_path"] = options.root_path
        scope["scheme"] = scheme(own, headers, options.scheme_header)
        scope["client"] = client(scope["client"], headers, options.client_address_header)

    def _returned(self, protocol: Exchange, task: asyncio.Task[None]) -> None:
        """Close what the application has left open. Its exceptions are Daphne's to handle."""
        self._applications.discard(task)
        self._count()
        details = self.connections.get(protocol)
        is_connected = details is not None and "disconnected" not in details
        if is_connected and not task.cancelled() and task.exception() is None:
            protocol.returned()

    async def handle_reply(self, protocol: Exchange, message: Event) -> None:
        """The application's ``send()``: returns when there is room for another message."""
        await super().handle_reply(protocol, message)
        if protocol.outbox.is_full:
            await protocol.outbox.room()


def _send_logs_to_logging() -> None:
    """Let Twisted's errors and Python's warnings reach ``logging``.

    Daphne sends Twisted's log nowhere, and with it every warning of Python, for which
    Twisted replaces ``warnings.showwarning``.
    """
    errors = LogLevelFilterPredicate(defaultLogLevel=LogLevel.error)
    observer = FilteringLogObserver(STDLibLogObserver("twisted"), [errors])
    globalLogBeginner.beginLoggingTo([observer], redirectStandardIO=False, discardBuffer=True)
    logging.captureWarnings(True)


def leave(code: int) -> NoReturn:
    """End this process now, with all it has to say written.

    Python's own end waits for ever for a thread that is stuck in a view, and it destroys what
    is left in an order in which libraries have crashed and hung (python/cpython #113566).
    """
    threading.Thread(target=_leave_anyway, daemon=True).start()
    threading._shutdown()  # type: ignore[attr-defined]  # ends the pools' threads, waits for all
    _exit(code)


def _leave_anyway() -> None:
    time.sleep(LEAVE_WITHIN)
    logger.error("A thread is still at work after the end; it is left behind.")
    _exit(1)


def _exit(code: int) -> NoReturn:
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(code)
