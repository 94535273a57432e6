"""Every limit of the server, with the reason for its value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Options:
    """Limits in bytes, times in seconds.

    The three times of a graceful end (``drain_timeout``, ``shutdown_timeout``,
    ``cancel_timeout``) together stay below the 10 s after which container runtimes kill.
    """

    max_body: int = 10_000_000  # of one HTTP request
    max_message: int = 1 << 20  # of one WebSocket message, however fragmented
    inbox_events: int = 32  # messages that wait for a busy application before reading pauses
    inbox_bytes: int = 1 << 18  # the same, by size: 32 messages of a megabyte are too many

    head_timeout: float = 20  # from a request's first byte to the end of its headers
    body_timeout: float = 300  # from there to the end of its body: 10 MB at 33 kB/s
    idle_timeout: float = 60  # without a byte, before, within and between requests
    stall_timeout: float = 60  # that bytes wait for a client that reads nothing at all
    linger: float = 2  # that a refused client may go on sending while it reads the refusal

    accept_timeout: float = 20  # that the application takes to accept a socket
    ping_interval: float = 20  # of silence before a ping
    ping_timeout: float = 30  # without an answer, and the socket is dropped
    socket_lifetime: float = 86_400  # then 1012: come back

    disconnect_timeout: float = 10  # that an application may outlive its connection
    first_request: float = 0.5  # that a new connection gets to say what it was opened for
    drain_timeout: float = 3  # for requests under way and sockets' close frames
    shutdown_timeout: float = 5  # for the application's own end
    cancel_timeout: float = 1  # for the tasks that are left, once cancelled

    client_address_header: str = ""  # single-valued header a trusted proxy writes, if any
    scheme_header: str = ""  # the same for "http" or "https"
    root_path: str = ""  # path under which a proxy serves the application
    secret_paths: Sequence[str] = ()  # below these the access log writes no more of a path
    quiet_paths: Sequence[str] = ()  # what is below these is logged at DEBUG
