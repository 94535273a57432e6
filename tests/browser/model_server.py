"""A model server on a real socket whose every byte a test decides.

It speaks as much of dialect ``openai`` as a model server must: the list of models, and
answers streamed in chunks. What it is asked is kept, whole.
"""

from __future__ import annotations

import json
import select
import socket
import struct
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.scripted_model import MODEL, Die, Hold, finish, text

LOOK = 0.02  # seconds between two looks whether a gate is open or the reader has left
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: the connection is reset, not ended

Step = bytes | float | threading.Event | Die | Hold


@dataclass
class Answer:
    """What is played for one request. ``left`` is set when the reader has gone."""

    steps: tuple[Step, ...]
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    request: dict[str, Any] = field(default_factory=dict)
    asked: threading.Event = field(default_factory=threading.Event)
    left: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)


class ModelServer(ThreadingHTTPServer):
    """Plays scripts, one a request, in their order; with none left it says hello.

    A step is bytes, a number (seconds to wait), a ``threading.Event`` (a gate that the
    test opens), ``Die()`` (the connection is lost) or ``Hold()`` (nothing more comes).
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.url = f"http://127.0.0.1:{self.server_address[1]}/v1"
        self.answers: list[Answer] = []
        self.fetched: list[str] = []  # the paths of all GETs
        self._script: list[Answer] = []
        self._thread = threading.Thread(target=self.serve_forever, args=(LOOK,), daemon=True)
        self._thread.start()

    def plays(self, *steps: Step, status: int = 200, **headers: str) -> Answer:
        """Play this for the next request that has no script yet."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = Answer(steps, status, named)
        self._script.append(answer)
        return answer

    def says(self, whole: str, *, piece: int = 4, pause: float = 0.0) -> Answer:
        """Play this text as a complete answer, ``pause`` seconds before each of its pieces."""
        steps: list[Step] = []
        for at in range(0, len(whole), piece):
            steps += [pause, text(whole[at : at + piece])]
        return self.plays(*steps, finish())

    def forget(self) -> None:
        """Drop what was scripted and what was asked."""
        self._script.clear()
        self.answers.clear()

    def next_answer(self, request: dict[str, Any]) -> Answer:
        """The script for this request."""
        if not self._script:
            self.says("Hello from the scripted model.")
        answer = self._script.pop(0)
        answer.request = request
        self.answers.append(answer)
        answer.asked.set()
        return answer

    def close(self) -> None:
        """Stop listening. Answers under way are cut when the process ends."""
        self.shutdown()
        self.server_close()
        self._thread.join()


class _Conversation(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: ModelServer

    def do_GET(self) -> None:
        self.server.fetched.append(self.path)
        body = json.dumps({"object": "list", "data": [{"id": MODEL, "max_model_len": 8192}]})
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        answer = self.server.next_answer(json.loads(self.rfile.read(length)))
        try:
            self._play(answer)
        except ConnectionError:
            answer.left.set()
            self.close_connection = True
        answer.ended.set()

    def _play(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in ({"Content-Type": "text/event-stream"} | answer.headers).items():
            self.send_header(name, value)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for step in answer.steps:
            self._take(step)
        self.wfile.write(b"0\r\n\r\n")

    def _take(self, step: Step) -> None:
        match step:
            case bytes():
                self.wfile.write(b"%x\r\n%b\r\n" % (len(step), step))
            case threading.Event():
                while not step.wait(LOOK):
                    self._notice_a_reader_who_left()
            case Die():
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                self.connection.close()
                raise ConnectionAbortedError
            case Hold():
                self._take(threading.Event())
            case _:
                self._take_time(step)

    def _take_time(self, seconds: float) -> None:
        waited = threading.Event()
        while seconds > 0 and not waited.wait(min(LOOK, seconds)):
            self._notice_a_reader_who_left()
            seconds -= LOOK

    def _notice_a_reader_who_left(self) -> None:
        readable, _, _ = select.select([self.connection], [], [], 0)
        if readable and not self.connection.recv(1, socket.MSG_PEEK):
            raise ConnectionResetError

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing on the terminal."""


@pytest.fixture(scope="session")
def running_model() -> Iterator[ModelServer]:
    """One for all tests."""
    server = ModelServer()
    yield server
    server.close()


@pytest.fixture
def model(running_model: ModelServer) -> Iterator[ModelServer]:
    """The model server behind the application: ``model.says("Hello")``."""
    running_model.forget()
    yield running_model
    running_model.forget()
