"""A model hub of the tests' own: the few answers that fetching one file takes."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

COMMIT = "c" * 40


class HubServer:
    """What the hub has, how it misbehaves, and what it was asked."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.says_hash: str | None = hashlib.sha256(data).hexdigest()
        self.status = 200
        self.breaks_after: list[int] = []  # bytes sent before each of the next connections breaks
        self.knows_ranges = True
        self.is_silent = threading.Event()
        self.asked: list[tuple[str, str | None]] = []
        self.url = ""
        self.objects = ""  # where the bytes are: at another host, as the real hub's are


def _handler(hub: HubServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            """What there is to know of a file."""
            hub.asked.append(("HEAD", None))
            if hub.is_silent.is_set():
                threading.Event().wait(15)
            if hub.status != 200:
                self.send_response(hub.status)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            self.send_response(302)
            self.send_header("Location", hub.objects)
            self.send_header("X-Repo-Commit", COMMIT)
            self.send_header("ETag", '"git-object"')
            if hub.says_hash:
                self.send_header("X-Linked-Etag", f'"{hub.says_hash}"')
            self.send_header("X-Linked-Size", str(len(hub.data)))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_GET(self) -> None:
            if "/objects/" not in self.path:
                self.send_response(302)
                self.send_header("Location", hub.objects)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            wanted = self.headers["Range"]
            hub.asked.append(("GET", wanted))
            start = int(wanted.removeprefix("bytes=")[:-1]) if wanted and hub.knows_ranges else 0
            self.send_response(206 if start else 200)
            self.send_header("Content-Length", str(len(hub.data) - start))
            self.end_headers()
            stop = start + hub.breaks_after.pop(0) if hub.breaks_after else None
            self.wfile.write(hub.data[start:stop])
            self.close_connection = True

        def log_message(self, *_: object) -> None:
            pass

    return Handler


@contextmanager
def serving(data: bytes) -> Iterator[HubServer]:
    """The hub, at ``url`` until the block ends."""
    hub = HubServer(data)
    with ThreadingHTTPServer(("127.0.0.1", 0), _handler(hub)) as server:
        server.daemon_threads = True
        hub.url = f"http://127.0.0.1:{server.server_address[1]}"
        hub.objects = f"http://localhost:{server.server_address[1]}/objects/1"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield hub
        finally:
            server.shutdown()
