"""HTTP requests: bounded bodies, deadlines, and answers that wait for their reader."""

from __future__ import annotations

import io
import logging
import re
from typing import IO, TYPE_CHECKING, Any

from daphne.http_protocol import HTTPFactory as DaphneHTTPFactory
from daphne.http_protocol import WebRequest
from twisted.internet.interfaces import IDelayedCall
from twisted.python.failure import Failure
from twisted.web import http

from h2oweb.server.access_log import REQUEST_ID, answering
from h2oweb.server.flow import Event, Outbox, RequestInbox

if TYPE_CHECKING:
    from h2oweb.server.server import Server

logger = logging.getLogger(__name__)

# What RFC 3986 and RFC 9110 (section 5.5) leave out. The upgrade to a WebSocket writes
# the request anew and splits it at more characters than line feeds (CVE-2026-44546).
_NOT_IN_TARGET = re.compile(rb"[^\x21-\x7e]")
_NOT_IN_VALUE = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")


class Channel(http.HTTPChannel):
    """One HTTP connection.

    Twisted's own timeout begins anew with each byte, so that one byte a minute holds a
    connection for ever; here a request has a deadline as well.
    """

    factory: Factory

    def __init__(self) -> None:
        super().__init__()
        self._deadline: IDelayedCall | None = None
        self._is_new = True
        self._is_refused = False

    def connectionMade(self) -> None:  # noqa: N802
        """Begin: count as open."""
        super().connectionMade()
        self.factory.server.opened(self)

    def dataReceived(self, data: bytes) -> None:  # noqa: N802
        """Take bytes; the first of a request starts its deadline."""
        if self._is_refused:
            return
        self._is_new = False
        if not self._handlingRequest and self._deadline is None:
            self._deadline = self._within(self.factory.server.options.head_timeout)
        super().dataReceived(data)

    def allHeadersReceived(self) -> None:  # noqa: N802
        """Give the body its own time."""
        if self._deadline:
            self._deadline.reset(self.factory.server.options.body_timeout)
        super().allHeadersReceived()

    def rawDataReceived(self, data: bytes) -> None:  # noqa: N802
        """Take bytes of a body, unless it was refused."""
        if not self._is_refused:
            super().rawDataReceived(data)

    def allContentReceived(self) -> None:  # noqa: N802
        """The request is whole: from here on, time is the application's."""
        self._lift_deadline()
        super().allContentReceived()

    def refuse(self, status: int, reason: str) -> None:
        """Answer a request that is not yet whole, and close.

        First only for writing: closed at once, with bytes of the body still unread, the
        kernel would reset the connection and the client never see the answer.
        """
        if self._is_refused:
            return
        self._is_refused = True
        self._lift_deadline()
        host = getattr(self.getPeer(), "host", "-")  # a Unix socket has none
        logger.info("%s refused with %d: %s", host, status, reason)
        self.transport.write(_bare_answer(status, reason))
        self.transport.loseWriteConnection()
        linger = self.factory.server.options.linger
        self._deadline = self.callLater(linger, self.transport.abortConnection)

    def go_away(self) -> None:
        """The server ends: end as soon as there is no request under way.

        A connection without a request is either kept for the next one, and closed, or so
        new that the request it was opened for is still on its way.
        """
        if self.requests:
            self.persistent = 0
        elif self._is_new:
            self.callLater(self.factory.server.options.first_request, self._close_if_unused)
        elif self._deadline is None:
            self.loseConnection()

    def _close_if_unused(self) -> None:
        if self._is_new:
            self.loseConnection()

    def upgraded(self) -> None:
        """The connection now belongs to a WebSocket.

        Nothing is read before the application has accepted it: until then autobahn takes
        whatever comes into one buffer without a limit.
        """
        self.factory.server.closed(self)
        self.transport.pauseProducing()

    def connectionLost(self, reason: Failure) -> None:  # noqa: N802
        """The end."""
        self._lift_deadline()
        super().connectionLost(reason)
        self.factory.server.closed(self)

    def _within(self, seconds: float) -> IDelayedCall:
        return self.callLater(seconds, self._too_slow)

    def _too_slow(self) -> None:
        self._deadline = None
        self.refuse(408, "The request did not arrive in time.")

    def _lift_deadline(self) -> None:
        if self._deadline and self._deadline.active():
            self._deadline.cancel()
        self._deadline = None


def _bare_answer(status: int, reason: str) -> bytes:
    body = f"{reason}\n".encode()
    head = (
        b"HTTP/1.1 %d %s" % (status, http.RESPONSES[status]),
        b"Content-Type: text/plain; charset=utf-8",
        b"Content-Length: %d" % len(body),
        b"Connection: close",
        b"\r\n",
    )
    return b"\r\n".join(head) + body


class Request(WebRequest):
    """One HTTP request and its answer."""

    error_template = "<!doctype html><title>%(title)s</title><p>%(body)s"
    channel: Channel
    server: Server
    content: IO[bytes]
    producer: Outbox | None

    def __init__(self, channel: Channel, queued: object = False) -> None:
        # Twisted would parse forms by itself, whole and in memory, before anybody asked.
        super().__init__(channel, queued, parsePOSTFormSubmission=False)
        self.outbox = Outbox()
        self._received = 0

    def gotLength(self, length: int | None) -> None:  # noqa: N802
        """Refuse a body that says that it is too large, before it is sent."""
        super().gotLength(length)
        if length is not None and length > self.server.options.max_body:
            self.requestHeaders.removeHeader(b"Expect")  # the answer is not "100 Continue"
            self._refuse_body()

    def handleContentChunk(self, data: bytes) -> None:  # noqa: N802
        """Refuse a body once it is too large."""
        self._received += len(data)
        if self._received > self.server.options.max_body:
            self._refuse_body()
        else:
            super().handleContentChunk(data)

    def _refuse_body(self) -> None:
        limit = self.server.options.max_body
        self.channel.refuse(413, f"A request may have at most {limit} bytes.")

    def process(self) -> None:
        """Hand the whole request to the application, or the connection to a WebSocket."""
        upgrade = self.requestHeaders.getRawHeaders(b"Upgrade") or [b""]
        is_upgrade = upgrade[0].lower() == b"websocket"
        if fault := self._fault(is_upgrade):
            self.basic_error(400, b"Bad Request", fault)
        elif is_upgrade and self.server.is_ending:
            self.basic_error(503, b"Service Unavailable", "The server is restarting.")
        else:
            channel = self.channel
            super().process()
            if channel.transport.protocol is not channel:
                channel.upgraded()

    def _fault(self, is_upgrade: bool) -> str | None:
        if _NOT_IN_TARGET.search(self.uri):
            return "Invalid characters in the address"
        headers = self.requestHeaders.getAllRawHeaders()
        if any(_NOT_IN_VALUE.search(value) for _, values in headers for value in values):
            return "Invalid header value"
        subprotocols = self.requestHeaders.getRawHeaders(b"Sec-WebSocket-Protocol") or []
        if is_upgrade and (self._received or not all(map(bytes.isascii, subprotocols))):
            return "Invalid upgrade"
        return None

    def make_inbox(self) -> RequestInbox:
        """Where the application gets the body, which from now on is the inbox's to close."""
        body, self.content = self.content, io.BytesIO()
        return RequestInbox(body)

    def handle_reply(self, message: Event) -> None:
        """Write what the application sends; see ``Server.handle_reply`` for the waiting."""
        is_start = message.get("type") == "http.response.start" and not self._response_started
        if is_start and self.channel is not None and not self.finished:
            self.registerProducer(self.outbox, True)
            if self.server.is_ending:
                self.channel.persistent = 0
                self.responseHeaders.setRawHeaders(b"Connection", [b"close"])
        with answering(self._said_id()):
            super().handle_reply(message)

    def _said_id(self) -> str | None:
        said = self.responseHeaders.getRawHeaders(REQUEST_ID)
        return said[0] if said else None

    def finish(self) -> None:
        """The answer is whole."""
        self._stop_waiting()
        super().finish()

    def connectionLost(self, reason: Failure) -> None:  # noqa: N802
        """The client is gone."""
        if self.application_queue:
            self._log_leaving()
        self.producer = None
        super().connectionLost(reason)

    def _log_leaving(self) -> None:
        details = {
            "path": self.uri.decode("latin-1"),
            "method": self.method.decode("latin-1"),
            "client": ":".join(map(str, self.client_addr)) if self.client_addr else None,
            "time_taken": self.duration(),
            "size": self.sentLength,
        }
        with answering(self._said_id()):
            self.server.log_action("http", "left", details)

    def handle_exception(self, exception: BaseException) -> None:
        """The application has failed: say so, or break off what it had begun to say.

        Daphne begins a second answer here, which raises, which ends its loop that looks
        after connections, for all of them.
        """
        if self.finished or self.channel is None:
            return
        if self._response_started:
            self.channel.transport.abortConnection()
        else:
            super().handle_exception(exception)

    def returned(self) -> None:
        """The application has returned before its answer was whole."""
        self.handle_exception(RuntimeError("The application returned without an answer."))

    def _stop_waiting(self) -> None:
        if self.producer:
            self.unregisterProducer()
        self.outbox.stopProducing()


class Factory(DaphneHTTPFactory):
    """Makes a Channel for each connection. HTTP/1.1 only: HTTP/2 needs TLS, a proxy's work."""

    protocol = Channel
    server: Server

    def __init__(self, server: Server) -> None:
        super().__init__(server)
        self.timeOut = server.options.idle_timeout

    def buildProtocol(self, addr: Any) -> Channel:  # noqa: N802
        """A new connection."""
        channel: Channel = super().buildProtocol(addr)
        channel.requestFactory = Request
        return channel
