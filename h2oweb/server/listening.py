"""Listening sockets: made, inherited, told as an address, and accepted from."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import stat
from collections.abc import Callable
from pathlib import Path

BACKLOG = 1024  # connections that may wait while the event loop is busy
ACCEPTS = 16  # connections taken in one go, so that other processes get theirs
PAUSE = 0.5  # seconds without accepting when there are no file descriptors left


class CannotListenError(Exception):
    """The socket cannot be had; the text is a sentence that says why, and what to do."""


def on_port(host: str, port: int) -> socket.socket:
    """A socket that listens on an address of this machine; port 0 takes any free one."""
    if not 0 <= port <= 65_535:  # getaddrinfo takes 99999 for 34463
        raise CannotListenError(f"{port} is no port: ports go from 0 to 65535.")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listening = socket.socket(family, kind, protocol)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return _listen(listening, address)
    except OSError as error:
        raise CannotListenError(_why_not(error, host, port)) from error


def _why_not(error: OSError, host: str, port: int) -> str:
    if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
        return f"{host} is no address of this machine."
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} on {host} is in use: stop what listens there, or choose another port."
    if isinstance(error, PermissionError):
        return f"This user may not listen on port {port}: choose one from 1024 on."
    return f"Port {port} on {host} cannot be listened on: {error.strerror}."


def on_path(path: Path) -> socket.socket:
    """A Unix socket that listens at ``path``, in place of one that nobody listens at any more."""
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        _remove_left_over(path)
        return _listen(listening, str(path))
    except OSError as error:
        listening.close()
        reason = "it is in use" if error.errno == errno.EADDRINUSE else error.strerror or error
        raise CannotListenError(f"{path} cannot be listened on: {reason}.") from error


def _remove_left_over(path: Path) -> None:
    if not path.exists() or not stat.S_ISSOCK(path.stat().st_mode):
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as trial:
        try:
            trial.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()


def _listen(listening: socket.socket, address: object) -> socket.socket:
    try:
        listening.bind(address)  # type: ignore[arg-type]
        listening.listen(BACKLOG)
    except BaseException:
        listening.close()
        raise
    return listening


def on_descriptor(descriptor: int) -> socket.socket:
    """The listening socket that this process inherited as that file descriptor."""
    try:
        inherited = socket.socket(fileno=descriptor)
        if inherited.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
            return inherited
        inherited.detach()
    except OSError:
        pass  # not open, or a file: the sentence is the same
    raise CannotListenError(f"File descriptor {descriptor} is no listening socket.")


def address_of(listening: socket.socket) -> str:
    """Where the socket listens, as ``http://127.0.0.1:8000`` or ``unix:/path``."""
    if listening.family == socket.AF_UNIX:
        return f"unix:{listening.getsockname()}"
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class Listener:
    """Accepts connections in the running loop and hands them on.

    Twisted's own port would do, but for Unix sockets: it removes the file of an
    inherited one when it ends, under the feet of the processes that share it.
    """

    def __init__(
        self, listening: socket.socket, connected: Callable[[socket.socket], None]
    ) -> None:
        self._listening = listening
        self._connected = connected
        self._loop = asyncio.get_running_loop()
        self._resuming: asyncio.TimerHandle | None = None
        listening.setblocking(False)
        self._resume()

    def close(self) -> None:
        """Accept no more. What waits in the backlog is for others who share the socket."""
        if self._resuming:
            self._resuming.cancel()
        self._loop.remove_reader(self._listening)
        self._listening.close()

    def _resume(self) -> None:
        self._resuming = None
        self._loop.add_reader(self._listening, self._accept)

    def _accept(self) -> None:
        for _ in range(ACCEPTS):
            try:
                connection, _peer = self._listening.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError:
                self._pause()
                return
            self._connected(connection)

    def _pause(self) -> None:
        """Wait for a descriptor to come free; polling on would only keep the loop busy."""
        self._loop.remove_reader(self._listening)
        self._resuming = self._loop.call_later(PAUSE, self._resume)


def bound(connection: socket.socket, stall_timeout: float) -> None:
    """Let the kernel bound what an accepted connection may cost (TCP on Linux; see tcp(7)).

    It drops a peer that takes no byte for so long, and holds at most 128 KiB that are
    not on their way: for a client that reads nothing it took 131 kB, where by default it
    takes 2 to 3 MB, and the application would hear of the full socket only then.
    """
    connection.setblocking(False)
    if connection.family == socket.AF_UNIX:
        return
    for name, value in (
        ("TCP_USER_TIMEOUT", int(stall_timeout * 1000)),
        ("TCP_NOTSENT_LOWAT", 128 * 1024),
    ):
        if hasattr(socket, name):
            connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def raise_descriptor_limit() -> None:
    """Use as many file descriptors as this process may: the default is often 1024."""
    import resource

    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def forget(path: Path) -> None:
    """Remove the file of a Unix socket that has been closed."""
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass  # somebody tidied up before
