"""WebSockets: bounded messages, sends that wait for their reader, and an end with a word."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from autobahn.twisted.websocket import ConnectionDeny
from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol

from chat.pace import Pace
from h2oweb.server.access_log import REQUEST_ID, answering
from h2oweb.server.flow import Event, Outbox, SocketInbox

if TYPE_CHECKING:
    from h2oweb.server.server import Server

logger = logging.getLogger(__name__)

# What a frame counts beside its payload: a million empty fragments are a large message too.
FRAME_COST = 64
CONTINUATION, CONTROL = 0, 8  # opcodes: of a message's later frames; of pings, pongs and closes
BESIDE = (20.0, 400.0)  # of these a second, and at once: a megabyte in pieces of 4 KiB has 256
READ = 16 * 1024  # bytes at once: 64 KiB of empty frames kept everybody waiting for half a second
SERVICE_RESTART = 1012  # the close code that says: come back
CLOSE_WITHIN = 2  # seconds for the client's close frame; autobahn may take one of them off
MAX_REASON = 123  # bytes that a close frame has for its reason (RFC 6455, section 5.5)


class Socket(WebSocketProtocol):
    """One WebSocket."""

    server: Server

    def connectionMade(self) -> None:  # noqa: N802
        """Take the connection over from the HTTP channel, which may no more be its producer."""
        self.server = self.factory.server_class
        self.server.opened(self)
        self.outbox = Outbox()
        self._inbox: SocketInbox | None = None
        self._said: dict[str, str] = {}  # headers of the answer to the handshake
        self._beside = Pace(*BESIDE)
        self.transport.bufferSize = READ
        self.transport.unregisterProducer()
        self.transport.registerProducer(self.outbox, True)
        super().connectionMade()

    def make_inbox(self) -> SocketInbox:
        """Where the client's messages wait for the application."""
        options = self.server.options
        self._inbox = SocketInbox(self, options.inbox_events, options.inbox_bytes)
        return self._inbox

    def pauseProducing(self) -> None:  # noqa: N802
        """Read no more: the inbox is full."""
        self.transport.pauseProducing()

    def resumeProducing(self) -> None:  # noqa: N802
        """Read again, first what has been read already."""
        self.transport.resumeProducing()
        self.consumeData()

    def consumeData(self) -> None:  # noqa: N802
        """Take the frames that are here, but no more than the inbox holds."""
        if self.state == self.STATE_CONNECTING:
            super().consumeData()
        while self._takes_frames() and self.processData():
            pass

    def _takes_frames(self) -> bool:
        is_open = self.state in (self.STATE_OPEN, self.STATE_CLOSING)
        return is_open and self._inbox is not None and not self._inbox.is_full

    def onOpen(self) -> None:  # noqa: N802
        """The application has accepted: read what the client has to say."""
        self.transport.resumeProducing()
        with answering(self._said.get(REQUEST_ID.lower())):
            super().onOpen()

    def onFrameBegin(self) -> None:  # noqa: N802
        """Drop who sends frame upon frame of what is no message: nothing else bounds these."""
        opcode = self.current_frame.opcode
        if (opcode == CONTINUATION or opcode >= CONTROL) and self._beside.take():
            self.dropConnection(abort=True)
        super().onFrameBegin()

    def onMessageFrameBegin(self, length: int) -> None:  # noqa: N802
        """Count a frame, so that empty fragments do not gather without end."""
        super().onMessageFrameBegin(length)
        self.message_data_total_length += FRAME_COST

    def onPing(self, payload: bytes) -> None:  # noqa: N802
        """Answer, unless the client does not read: its unread pongs would stand in memory."""
        if not self.outbox.is_full:
            super().onPing(payload)

    def handle_reply(self, message: Event) -> None:
        """Do what the application says; see ``Server.handle_reply`` for the waiting.

        Four things beside what Daphne does: an empty message is sent (it was dropped),
        a message to a closing socket is dropped, as ASGI has it (it raised), every close
        code is possible (only 1000 and 3000 to 4999 were), and the headers of an accepted
        handshake are sent. A refused one cannot have any; its id is told in the log.
        """
        kind = message.get("type")
        if self.state == self.STATE_CONNECTING:
            self._said = {
                name.decode("latin-1").lower(): value.decode("latin-1")
                for name, value in message.get("headers") or ()
            }
        if kind == "websocket.accept":
            self._check_subprotocol(message.get("subprotocol"))
        if kind == "websocket.send" and self.state != self.STATE_CONNECTING:
            self._send(message)
        elif kind == "websocket.close" and self.state != self.STATE_CONNECTING:
            reason = (message.get("reason") or "").encode()[:MAX_REASON]
            self.sendCloseFrame(
                message.get("code") or 1000, reason.decode(errors="ignore").encode()
            )
        else:
            with answering(self._said.get(REQUEST_ID.lower())):
                super().handle_reply(message)

    def serverAccept(self, subprotocol: str | None = None) -> None:  # noqa: N802
        """Open the socket."""
        self.handshake_deferred.callback((subprotocol, self._said))
        del self.handshake_deferred

    def _check_subprotocol(self, subprotocol: str | None) -> None:
        """Raise ValueError for one that the client has not offered.

        autobahn raises too, but where nobody listens; the socket then stays half open,
        and Daphne's loop that looks after timeouts ends with the next look at it.
        """
        if subprotocol is not None and subprotocol not in self.websocket_protocols:
            raise ValueError(f"The client has not offered the subprotocol {subprotocol!r}.")

    def _send(self, message: Event) -> None:
        if self.state != self.STATE_OPEN:
            return
        binary = message.get("bytes")
        if binary is not None:
            self.sendMessage(binary, True)
        else:
            self.sendMessage((message.get("text") or "").encode(), False)

    def sendData(self, data: bytes, sync: bool = False, chopsize: int | None = None) -> None:  # noqa: N802
        """Send at once where nothing waits before it, as nearly always.

        Twisted lets all bytes wait until the kernel says that there is room, and to ask it
        costs more than to send.
        """
        transport = self.transport
        is_waiting = self.send_queue or transport.dataBuffer or transport._tempDataLen
        if transport.connected and not is_waiting:
            sent = transport.writeSomeData(data)
            if isinstance(sent, int):  # else the connection is lost, as Twisted will find
                data = data[sent:]
        if data:
            super().sendData(data, sync, chopsize)

    def go_away(self) -> None:
        """The server ends: tell the client to come back."""
        if self.state == self.STATE_OPEN:
            self.sendCloseFrame(SERVICE_RESTART)
        elif self.state == self.STATE_CONNECTING and hasattr(self, "handshake_deferred"):
            deferred = self.handshake_deferred
            del self.handshake_deferred
            deferred.errback(ConnectionDeny(503, "Service Unavailable"))

    def returned(self) -> None:
        """The application is through with the socket, so it is closed or refused."""
        if self.state == self.STATE_OPEN:
            self.sendCloseFrame(1000)
        elif self.state == self.STATE_CONNECTING and hasattr(self, "handshake_deferred"):
            self.serverReject()

    def check_timeouts(self) -> None:
        """Every two seconds, by Daphne."""
        if self.duration() > self.server.options.socket_lifetime:
            self.go_away()
        else:
            super().check_timeouts()

    def onClose(self, wasClean: bool, code: int | None, reason: str | None) -> None:  # noqa: N802, N803
        """The connection is gone, perhaps before it ever was a socket to the application."""
        self.outbox.stopProducing()
        self.server.closed(self)
        if self in self.server.connections:
            with answering(self._said.get(REQUEST_ID.lower())):
                super().onClose(wasClean, code, reason)


class Factory(WebSocketFactory):
    """Makes a Socket for each upgraded connection."""

    protocol = Socket

    def __init__(self, server: Server) -> None:
        super().__init__(server, server="")
        options = server.options
        self.setProtocolOptions(
            webStatus=False,  # autobahn would serve a page of its own
            allowNullOrigin=True,  # the application's business
            openHandshakeTimeout=options.accept_timeout,
            closeHandshakeTimeout=CLOSE_WITHIN,
            autoPingTimeout=options.ping_timeout,
            maxMessagePayloadSize=options.max_message,
            maxFramePayloadSize=options.max_message,
        )
