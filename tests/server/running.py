"""Real server processes and real clients, the unfriendly ones by hand."""

import base64
import json
import os
import re
import resource
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from websockets.sync.client import ClientConnection, connect

from tests.canary_words import CANARIES

PROJECT = Path(__file__).resolve().parent.parent.parent
MEGABYTE = 1 << 20
# Ending with its input, it does not outlive a test run that was killed.
COMMAND = ("serve", "--port=0", "--end-with-input")
SECRET = "only for these tests"


def environment(directory: Path) -> dict[str, str]:
    """Of a server process under test, which writes only below ``directory``."""
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": "tests.server.settings",
        "DATA_DIR": str(directory),
        "ENV_FILE": os.devnull,
        "SECRET_KEY": SECRET,
    }


def _limit_descriptors(soft: int) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


class RunningServer:
    """``manage.py serve`` in a process of its own, and what it has said."""

    def __init__(
        self,
        directory: Path,
        *arguments: str,
        limits: dict[str, Any] | None = None,
        inherited: Collection[int] = (),
        soft_limit: int = 0,
        **variables: str,
    ) -> None:
        self.directory = directory
        self.record_file = directory / "record"
        self.log_file = directory / "log"
        log = self.log_file.open("w")
        self.process = subprocess.Popen(
            [sys.executable, "-W", "default", "manage.py", *COMMAND, *arguments],
            cwd=PROJECT,
            env=environment(directory)
            | {"RECORD": str(self.record_file), "TEST_SERVER": json.dumps(limits or {})}
            | variables,
            pass_fds=inherited,
            preexec_fn=partial(_limit_descriptors, soft_limit) if soft_limit else None,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        log.close()

    def address(self) -> str:
        """Where it listens, once it does."""
        assert self.process.stdout
        line = self.process.stdout.readline()
        found = re.fullmatch(r"Listening on (\S+)\n", line)
        assert found, f"{line!r}, {self.log()}"
        return found[1]

    def __enter__(self) -> "RunningServer":
        try:
            self.url = self.address()
        except BaseException:
            self.__exit__()
            raise
        if self.url.startswith("http:"):
            host, port = self.url.removeprefix("http://").rsplit(":", 1)
            self.at = (host, int(port))
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        assert self.process.stdout
        assert self.process.stdin
        self.process.stdout.close()
        self.process.stdin.close()

    def end(self, number: int = signal.SIGTERM, within: float = 12) -> int:
        """The exit code after a signal."""
        self.process.send_signal(number)
        return self.process.wait(within)

    def log(self) -> str:
        return self.log_file.read_text()

    def told_secrets(self) -> list[str]:
        """What its log tells and may not."""
        return [secret for secret in (SECRET, *CANARIES) if secret in self.log()]

    def record(self) -> list[str]:
        return self.record_file.read_text().splitlines() if self.record_file.exists() else []

    def memory(self) -> int:
        """Bytes of it that are in memory."""
        statm = Path(f"/proc/{self.process.pid}/statm").read_text()
        return int(statm.split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def unread(self, client: socket.socket) -> int:
        """Bytes of this client that the server's kernel has, and the server has not read."""
        ends = (self.at[1], client.getsockname()[1])
        for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
            _, local, remote, _, queues = line.split()[:5]
            if tuple(int(end.rpartition(":")[2], 16) for end in (local, remote)) == ends:
                return int(queues.rpartition(":")[2], 16)
        raise AssertionError("The connection is gone.")

    def get(self, path: str) -> bytes:
        with urlopen(self.url + path, timeout=10) as response:
            content: bytes = response.read()
            return content

    def state(self, name: str) -> int:
        return int(json.loads(self.get("/state/")).get(name, 0))

    def settled(self, name: str) -> int:
        """A counter of the application, once it stands still."""
        before, after = -1, self.state(name)
        while after != before:
            time.sleep(0.3)
            before, after = after, self.state(name)
        return after

    @contextmanager
    def raw(self, sent: bytes = b"", receive_buffer: int = 0) -> Iterator[socket.socket]:
        """A bare connection on which ``sent`` has been sent.

        It ends with a reset, so that the server need not read the rest of a flood.
        """
        with socket.socket() as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            if receive_buffer:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
            client.settimeout(15)
            client.connect(self.at)
            client.sendall(sent)
            yield client

    @contextmanager
    def raw_socket(self, path: str, receive_buffer: int = 0) -> Iterator[socket.socket]:
        """A WebSocket, opened, and from there on bare."""
        with self.raw(upgrade(path), receive_buffer) as client:
            answer = b""
            while b"\r\n\r\n" not in answer:
                answer += client.recv(1)
            assert b" 101 " in answer, answer
            yield client

    def socket(self, path: str, **options: Any) -> ClientConnection:
        """A WebSocket of a well-behaved client."""
        client: ClientConnection = connect(
            self.url.replace("http", "ws") + path, proxy=None, **options
        )
        return client


def upgrade(path: str, *headers: bytes) -> bytes:
    key = base64.b64encode(os.urandom(16))
    lines = (
        b"GET %s HTTP/1.1" % path.encode(),
        b"Host: localhost",
        b"Upgrade: websocket",
        b"Connection: Upgrade",
        b"Sec-WebSocket-Version: 13",
        b"Sec-WebSocket-Key: " + key,
        *headers,
        b"\r\n",
    )
    return b"\r\n".join(lines)


def frame(
    payload: bytes, opcode: int = 1, *, final: bool = True, length: int | None = None
) -> bytes:
    """A client's frame, masked with zeros; ``length`` is what it says of itself."""
    says = len(payload) if length is None else length
    first = opcode | (0x80 if final else 0)
    if says < 126:
        head = struct.pack("!BB", first, 0x80 | says)
    elif says < 65_536:
        head = struct.pack("!BBH", first, 0x80 | 126, says)
    else:
        head = struct.pack("!BBQ", first, 0x80 | 127, says)
    return head + bytes(4) + payload


def read_all(client: socket.socket) -> bytes:
    """Everything until the server closes."""
    content = b""
    try:
        while piece := client.recv(65_536):
            content += piece
    except ConnectionResetError:
        content += b"<reset>"
    return content


def send_until_blocked(
    client: socket.socket, piece: bytes, limit: int, patience: float = 1.0
) -> int:
    """Send over and over until the server has taken nothing for a while. Returns the bytes."""
    client.settimeout(patience)
    sent = 0
    try:
        while sent < limit:
            sent += client.send(piece)
    except TimeoutError:
        pass
    return sent


def eventually(condition: Callable[[], object], within: float = 10) -> bool:
    """Whether the condition comes true in time."""
    end = time.monotonic() + within
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True
