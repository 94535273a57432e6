"""What an HTTP client may send, how much of it, and how slowly."""

import json
import time
from collections.abc import Iterator

import pytest

from tests.server.running import MEGABYTE, RunningServer, eventually, read_all, send_until_blocked


def post(path: str, length: int) -> bytes:
    return f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n".encode()


CHUNKED = b"POST /body/ HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
CHUNK = b"10000\r\n" + b"c" * 65_536 + b"\r\n"


@pytest.mark.parametrize("length", [0, 1, 65_536, 65_537, 300_000, 1_000_000])
def test_a_body_arrives_whole_in_pieces(server: RunningServer, length: int) -> None:
    with server.raw(post("/body/", length) + b"b" * length) as client:
        answer = client.recv(65_536)
    assert _said(answer) == {"length": length, "largest": min(length, 65_536)}


def _said(answer: bytes) -> object:
    """The JSON in an answer of one chunk."""
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 ")
    return json.loads(body.split(b"\r\n")[1])


def test_a_chunked_body_arrives_whole(server: RunningServer) -> None:
    with server.raw(CHUNKED + CHUNK * 3 + b"0\r\n\r\n") as client:
        answer = client.recv(65_536)
    assert _said(answer) == {"length": 3 * 65_536, "largest": 65_536}


def test_a_body_that_says_it_is_too_large_is_refused_before_it_is_sent(
    server: RunningServer,
) -> None:
    request = post("/body/", 1_000_001).replace(b"\r\n\r\n", b"\r\nExpect: 100-continue\r\n\r\n")
    with server.raw(request) as client:
        answer = read_all(client)
    assert answer.startswith(b"HTTP/1.1 413 Request Entity Too Large\r\n")
    assert b"Connection: close\r\n" in answer
    assert answer.endswith(b"\r\n\r\nA request may have at most 1000000 bytes.\n")


def test_a_client_that_sends_on_still_reads_why_its_body_was_refused(
    server: RunningServer,
) -> None:
    with server.raw(post("/body/", 8_000_000)) as client:
        client.sendall(b"b" * 2_000_000)
        time.sleep(0.1)
        client.sendall(b"b" * 1_000_000)
        answer = client.recv(65_536)
    assert answer.startswith(b"HTTP/1.1 413 ")


def test_a_chunked_body_is_refused_once_it_is_too_large(server: RunningServer) -> None:
    with server.raw(CHUNKED + CHUNK * 16) as client:
        answer = read_all(client)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert answer.count(b"HTTP/1.1") == 1


def test_a_refused_client_cannot_send_for_ever(server: RunningServer) -> None:
    began = time.monotonic()
    with server.raw(post("/body/", 80_000_000_000)) as client, pytest.raises(ConnectionError):
        send_until_blocked(client, b"b" * 65_536, 80_000_000_000)
    assert time.monotonic() - began < 3


def test_a_refused_body_never_reaches_the_application(server: RunningServer) -> None:
    before = server.state("deaf")
    with server.raw(post("/deaf/?0", 1_100_000) + b"b" * 1_100_000) as client:
        assert read_all(client).startswith(b"HTTP/1.1 413 ")
    assert server.state("deaf") == before


def test_waiting_bodies_stand_on_disk_and_not_in_memory(server: RunningServer) -> None:
    server.get("/hello/")
    memory, before = server.memory(), server.state("deaf")
    request = post("/deaf/?3", 1_000_000) + b"b" * 1_000_000
    clients = [server.raw(request) for _ in range(40)]
    for client in clients:
        client.__enter__()
    assert eventually(lambda: server.state("deaf") == before + 40)
    grown = server.memory() - memory
    for client in clients:
        client.__exit__(None, None, None)
    assert grown < 10 * MEGABYTE


def test_forms_are_not_parsed_before_the_application_asks(server: RunningServer) -> None:
    fields = b"&".join(b"f%d=1" % number for number in range(90_000))
    request = post("/body/", len(fields)).replace(
        b"Host:", b"Content-Type: application/x-www-form-urlencoded\r\nHost:"
    )
    server.get("/hello/")
    memory = server.memory()
    for _ in range(3):
        with server.raw(request + fields) as client:
            assert b" 200 " in client.recv(65_536)
    assert server.memory() - memory < 6 * MEGABYTE


@pytest.mark.parametrize("byte", sorted({*range(9), *range(10, 32), 0x7F, 0x85} - {0x0D, 0x0A}))
@pytest.mark.parametrize("kind", [b"websocket", b"none"])
def test_s02_a_control_byte_in_a_header_is_a_bad_request(
    server: RunningServer, byte: int, kind: bytes
) -> None:
    smuggled = b"X-Note: a%cX-Real-IP: 10.0.0.1" % byte
    with server.raw(_upgrade(kind, b"/scope/", smuggled)) as client:
        assert client.recv(65_536).startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize("byte", [0x0B, 0x0C, 0x1C, 0x1D, 0x1E, 0x7F, 0x85, 0x00, 0x0D])
def test_s02_so_is_a_control_byte_in_the_address(server: RunningServer, byte: int) -> None:
    for target in (b"/scope/%cX-Evil:1", b"/scope/?q=%cX-Evil:1"):
        with server.raw(_upgrade(b"websocket", target % byte)) as client:
            assert client.recv(65_536).startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize(
    "broken",
    [
        b"X-Note : a",
        b"X-N\x0bote: a",
        b"X-Note: a\rX-Evil: 1",
        b"X-Note: a\nX-Evil: 1",
        b"no colon",
        b"Content-Length: 1\r\nContent-Length: 2",
        b"Content-Length: 1\r\nTransfer-Encoding: chunked",
        b"Content-Length: -1",
    ],
)
def test_s02_a_header_that_could_be_read_in_two_ways_is_a_bad_request(
    server: RunningServer, broken: bytes
) -> None:
    with server.raw(_upgrade(b"websocket", b"/scope/", broken)) as client:
        assert client.recv(65_536).startswith(b"HTTP/1.1 400 ")


def _upgrade(kind: bytes, target: bytes, *headers: bytes) -> bytes:
    lines = (
        b"GET %s HTTP/1.1" % target,
        b"Host: localhost",
        b"Upgrade: " + kind,
        b"Connection: Upgrade",
        b"Sec-WebSocket-Version: 13",
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        *headers,
        b"\r\n",
    )
    return b"\r\n".join(lines)


@pytest.mark.parametrize(
    "headers",
    [
        b"X-Long: " + b"a" * 20_000 + b"\r\n",
        b"".join(b"X-%d: %s\r\n" % (number, b"a" * 1000) for number in range(20)),
        b"X: \r\n" * 600,
    ],
    ids=["one long line", "twenty long lines", "six hundred short lines"],
)
def test_too_many_headers_end_the_connection(server: RunningServer, headers: bytes) -> None:
    with server.raw(b"GET /hello/ HTTP/1.1\r\nHost: localhost\r\n" + headers + b"\r\n") as client:
        answer = read_all(client)
    assert b" 200 " not in answer


def test_headers_of_a_size_that_browsers_send_are_taken(server: RunningServer) -> None:
    cookies = b"Cookie: " + b"c" * 8000 + b"\r\n"
    with server.raw(b"GET /hello/ HTTP/1.1\r\nHost: localhost\r\n" + cookies + b"\r\n") as client:
        assert b" 200 " in client.recv(65_536)


def test_an_answer_names_no_server(server: RunningServer) -> None:
    requests = (
        b"GET /hello/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
        _upgrade(b"websocket", b"/echo/"),
    )
    for request in (*requests, b"GET /\x0b HTTP/1.1\r\n\r\n"):
        with server.raw(request) as client:
            answer = client.recv(65_536).lower()
        assert b"server:" not in answer
        assert b"daphne" not in answer


def test_a_pipelined_flood_of_requests_is_paused(server: RunningServer) -> None:
    memory = server.memory()
    with server.raw(b"GET /slow/?2 HTTP/1.1\r\nHost: localhost\r\n\r\n") as client:
        following = b"GET /hello/ HTTP/1.1\r\nHost: localhost\r\n\r\n" * 1000
        assert send_until_blocked(client, following, 100 * MEGABYTE) < 16 * MEGABYTE
        assert server.memory() - memory < 6 * MEGABYTE


def test_an_application_that_breaks_is_answered_for(server: RunningServer) -> None:
    for path in ("/raise/", "/mute/"):
        with server.raw(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()) as client:
            assert client.recv(65_536).startswith(b"HTTP/1.1 500 ")


def test_an_answer_that_breaks_amid_is_cut_off_and_not_ended(server: RunningServer) -> None:
    with server.raw(b"GET /break/ HTTP/1.1\r\nHost: localhost\r\n\r\n") as client:
        answer = read_all(client)
    assert b"so far" in answer
    assert not answer.endswith(b"0\r\n\r\n")
    # Plain Daphne's loop that looks after applications ends here, for all connections.
    with server.raw(b"GET /raise/ HTTP/1.1\r\nHost: localhost\r\n\r\n") as client:
        assert client.recv(65_536).startswith(b"HTTP/1.1 500 ")


@pytest.fixture(scope="module")
def slow_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    limits = {"head_timeout": 1, "body_timeout": 1.5, "idle_timeout": 1.2, "stall_timeout": 1}
    with RunningServer(tmp_path_factory.mktemp("slow"), limits=limits) as running:
        yield running


class TestSlowClients:
    """Each gets its time, and no more of it by sending a byte now and then."""

    def drip(self, client, drop: bytes) -> tuple[float, bytes]:
        """Send a drop every fifth of a second until the server has had enough."""
        client.settimeout(0.2)
        began, answer = time.monotonic(), b""
        while time.monotonic() - began < 8:
            try:
                client.sendall(drop)
                piece = client.recv(65_536)
            except TimeoutError:
                continue
            except OSError:
                break
            answer += piece
            if not piece:
                break
        return time.monotonic() - began, answer

    def test_headers_that_drip_get_408(self, slow_server) -> None:
        with slow_server.raw(b"GET /hello/ HTTP/1.1\r\n") as client:
            took, answer = self.drip(client, b"X: y\r\n")
        assert 0.8 < took < 4
        assert answer.startswith(b"HTTP/1.1 408 ")

    def test_a_body_that_drips_gets_408(self, slow_server) -> None:
        with slow_server.raw(post("/body/", 1000)) as client:
            took, answer = self.drip(client, b"b")
        assert 1.3 < took < 5
        assert answer.startswith(b"HTTP/1.1 408 ")

    def test_a_connection_without_a_request_is_closed(self, slow_server) -> None:
        began = time.monotonic()
        with slow_server.raw() as client:
            assert read_all(client) == b""
        assert 1 < time.monotonic() - began < 4

    def test_a_connection_without_a_further_request_is_closed(self, slow_server) -> None:
        with slow_server.raw(b"GET /hello/ HTTP/1.1\r\nHost: localhost\r\n\r\n") as client:
            began = time.monotonic()
            assert read_all(client).count(b" 200 ") == 1
        assert 1 < time.monotonic() - began < 4

    def test_an_application_may_take_longer_than_a_client(self, slow_server) -> None:
        with slow_server.raw(b"GET /slow/?2 HTTP/1.1\r\nHost: localhost\r\n\r\n") as client:
            assert b"at last" in client.recv(65_536)

    def test_a_client_that_reads_nothing_at_all_is_dropped(self, slow_server) -> None:
        ended = slow_server.record().count("flood ended")
        request = b"GET /flood/ HTTP/1.1\r\nHost: localhost\r\n\r\n"
        with slow_server.raw(request, receive_buffer=4096):
            assert eventually(lambda: slow_server.record().count("flood ended") > ended, 10)
