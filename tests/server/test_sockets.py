"""WebSockets: their limits, their codes, and how dead ones are found."""

import json
import time
from collections.abc import Iterator

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.server.running import (
    MEGABYTE,
    RunningServer,
    eventually,
    frame,
    read_all,
    upgrade,
)


def test_messages_up_to_the_limit_are_taken(server: RunningServer) -> None:
    with server.socket("/echo/") as client:
        client.send("y" * 200_000)
        assert client.recv() == "200000"


@pytest.mark.parametrize(
    "sent",
    [
        frame(b"", length=200_001),
        frame(b"", length=2 * MEGABYTE),
        frame(b"", length=2**40),
        frame(b"y" * 150_000, final=False) + frame(b"", opcode=0, length=60_000),
        frame(b"y", final=False) + frame(b"", opcode=0, final=False) * 4000,
    ],
    ids=["a byte too long", "two megabytes", "a terabyte", "in two parts", "in empty parts"],
)
def test_s01_a_message_over_the_limit_drops_the_socket_before_it_arrives(
    server: RunningServer, sent: bytes
) -> None:
    memory = server.memory()
    with server.raw_socket("/echo/") as client:
        client.sendall(sent)
        assert read_all(client) in (b"", b"<reset>")
    assert server.memory() - memory < 3 * MEGABYTE


@pytest.mark.parametrize("code", [1000, 1001, 1008, 1011, 1013, 3000, 4401, 4999])
def test_an_application_may_close_with_any_code(server: RunningServer, code: int) -> None:
    with server.socket(f"/close/?{code}") as client:
        with pytest.raises(ConnectionClosed) as closed:
            client.recv()
        assert closed.value.rcvd
        assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (code, "because")


def test_sending_after_the_close_raises_nothing(server: RunningServer) -> None:
    before = server.record().count("nothing raised")
    with server.socket("/close/?4401") as client, pytest.raises(ConnectionClosed):
        client.recv()
    assert eventually(lambda: server.record().count("nothing raised") == before + 1)


def test_an_empty_message_is_a_message(server: RunningServer) -> None:
    with server.socket("/empty/") as client:
        assert client.recv(timeout=5) == ""


def test_a_refused_socket_gets_403(server: RunningServer) -> None:
    with pytest.raises(InvalidStatus) as refused:
        server.socket("/refuse/")
    assert refused.value.response.status_code == 403


def test_an_application_that_raises_closes_its_socket_with_1011(server: RunningServer) -> None:
    with server.socket("/raise/") as client:
        client.send("now")
        with pytest.raises(ConnectionClosed) as closed:
            client.recv(timeout=5)
    assert closed.value.rcvd
    assert closed.value.rcvd.code == 1011


def test_an_application_that_returns_closes_its_socket(server: RunningServer) -> None:
    with server.socket("/return/") as client, pytest.raises(ConnectionClosed) as closed:
        client.recv(timeout=5)
    assert closed.value.rcvd
    assert closed.value.rcvd.code == 1000


def test_a_subprotocol_that_nobody_offered_fails_that_socket_alone(server: RunningServer) -> None:
    with pytest.raises(InvalidStatus) as refused:
        server.socket("/subprotocol/")
    assert refused.value.response.status_code == 500
    with server.socket("/echo/") as client:
        client.send("still here")
        assert client.recv() == "still here"


@pytest.mark.parametrize(
    "request_",
    [
        upgrade("/echo/").replace(b"Sec-WebSocket-Key", b"X-Key"),
        upgrade("/echo/").replace(b"Connection: Upgrade", b"Connection: close"),
        upgrade("/echo/").replace(b"Version: 13", b"Version: 1"),
        upgrade("/echo/", b"Sec-WebSocket-Protocol: \xff"),
        upgrade("/echo/", b"Content-Length: 3") + b"abc",
    ],
    ids=["no key", "no upgrade", "old version", "odd subprotocol", "a body"],
)
def test_a_broken_handshake_is_a_bad_request_and_no_error_here(
    server: RunningServer, request_: bytes
) -> None:
    with server.raw(request_) as client:
        assert client.recv(65_536).startswith(b"HTTP/1.1 400 ")
    server.get("/hello/")
    log = server.log()
    assert "AttributeError" not in log
    assert "Unhandled" not in log


def test_the_scope_is_what_asgi_says(server: RunningServer) -> None:
    with server.socket("/scope/?a=b") as client:
        scope = json.loads(client.recv())
        address = client.local_address
    assert scope["scheme"] == "ws"
    assert scope["client"] == list(address)


@pytest.fixture(scope="module")
def quick_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """With seconds where there are minutes in production, and autobahn takes one off."""
    limits = {"ping_interval": 1, "ping_timeout": 3, "accept_timeout": 2, "disconnect_timeout": 1}
    with RunningServer(tmp_path_factory.mktemp("quick"), limits=limits) as running:
        yield running


class TestTime:
    def test_a_client_that_answers_no_ping_is_dropped(self, quick_server: RunningServer) -> None:
        ended = quick_server.record().count("echo ended 1006")
        with quick_server.raw_socket("/echo/") as client:
            began = time.monotonic()
            received = read_all(client)
            took = time.monotonic() - began
        assert received.startswith(b"\x89")  # a ping
        assert 2 < took < 12
        assert eventually(lambda: quick_server.record().count("echo ended 1006") > ended)

    def test_a_client_that_reads_nothing_is_dropped(self, quick_server: RunningServer) -> None:
        ended = quick_server.record().count("flood ended")
        with quick_server.raw_socket("/flood/", receive_buffer=4096):
            assert eventually(lambda: quick_server.record().count("flood ended") > ended, 15)

    def test_a_client_that_answers_pings_stays(self, quick_server: RunningServer) -> None:
        with quick_server.socket("/echo/") as client:
            time.sleep(5)
            client.send("still here")
            assert client.recv() == "still here"

    def test_an_application_that_does_not_decide_loses_the_socket(
        self, quick_server: RunningServer
    ) -> None:
        with quick_server.raw(upgrade("/undecided/?30")) as client:
            began = time.monotonic()
            assert b" 101 " not in read_all(client)
            assert 0.5 < time.monotonic() - began < 8

    def test_an_application_that_does_not_say_goodbye_is_cancelled(
        self, quick_server: RunningServer
    ) -> None:
        with quick_server.socket("/late/"):
            pass
        assert eventually(lambda: "late cancelled" in quick_server.record(), 6)


def test_a_socket_that_has_lived_long_is_told_to_come_back(serve) -> None:
    running = serve(limits={"socket_lifetime": 1})
    with running.socket("/echo/") as client, pytest.raises(ConnectionClosed) as closed:
        client.recv(timeout=8)
    assert closed.value.rcvd
    assert closed.value.rcvd.code == 1012
