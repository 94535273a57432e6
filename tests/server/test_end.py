"""SIGTERM, whatever is under way: everything is told, nothing crashes, exit code 0."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest
from websockets.exceptions import ConnectionClosed

from tests.server.running import RunningServer, eventually, read_all, upgrade

Serve = Callable[..., RunningServer]


@contextmanager
def nothing(server: RunningServer) -> Iterator[None]:
    server.get("/hello/")
    yield


@contextmanager
def open_socket(server: RunningServer) -> Iterator[None]:
    with server.socket("/echo/") as client:
        client.send("hello")
        client.recv()
        time.sleep(1.2)  # until the books of the upgraded request are closed
        yield
        _has_heard_1012(client)
    assert eventually(lambda: "echo ended 1012" in server.record())


@contextmanager
def socket_opened_just_before(server: RunningServer) -> Iterator[None]:
    with server.socket("/echo/") as client:
        yield
        _has_heard_1012(client)


def _has_heard_1012(client) -> None:
    with pytest.raises(ConnectionClosed) as closed:
        client.recv(timeout=5)
    assert closed.value.rcvd
    assert closed.value.rcvd.code == 1012


@contextmanager
def request_under_way(server: RunningServer) -> Iterator[None]:
    with server.raw(b"GET /slow/?1 HTTP/1.1\r\nHost: localhost\r\n\r\n") as client:
        assert eventually(lambda: "slow began" in server.record())
        yield
        answer = read_all(client)
    assert b"at last" in answer
    assert b"Connection: close\r\n" in answer


@contextmanager
def answer_under_way(server: RunningServer) -> Iterator[None]:
    with server.raw(b"GET /stream/?10 HTTP/1.1\r\nHost: localhost\r\n\r\n") as client:
        answer = client.recv(65_536)
        yield
        answer += read_all(client)
    assert b"9\n" in answer
    assert answer.endswith(b"end\n\r\n0\r\n\r\n")


@contextmanager
def undecided_socket(server: RunningServer) -> Iterator[None]:
    with server.raw(upgrade("/undecided/?60")) as client:
        assert eventually(lambda: server.state("undecided"))
        yield
        assert read_all(client).startswith(b"HTTP/1.1 503 ")


@contextmanager
def kept_connection(server: RunningServer) -> Iterator[None]:
    with server.raw(b"GET /hello/ HTTP/1.1\r\nHost: localhost\r\n\r\n") as client:
        client.recv(65_536)
        yield
        assert read_all(client) == b""


@contextmanager
def client_that_does_not_read(server: RunningServer) -> Iterator[None]:
    with server.raw_socket("/flood/", receive_buffer=4096):
        server.settled("flooded")
        yield


@contextmanager
def everything_else(server: RunningServer) -> Iterator[None]:
    with (
        undecided_socket(server),
        kept_connection(server),
        client_that_does_not_read(server),
        server.raw(b"GET /hello/ HTTP/1.1\r\nHost:"),
        server.raw(b"POST /body/ HTTP/1.1\r\nContent-Length: 9\r\n\r\nhalf"),
        server.raw(),
    ):
        yield


@pytest.mark.parametrize(
    "situation",
    [
        nothing,
        open_socket,
        socket_opened_just_before,
        request_under_way,
        answer_under_way,
        everything_else,
    ],
)
def test_sigterm_ends_gracefully(serve: Serve, situation) -> None:
    server = serve()
    with situation(server):
        server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(8) == 0
    assert server.record()[-3:] == ["stop", "stopped", "task ended"]
    log = server.log()
    assert "Traceback" not in log
    assert "ERROR" not in log


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_ctrl_c_and_a_closed_terminal_end_as_gracefully(serve: Serve, number: int) -> None:
    server = serve()
    with socket_opened_just_before(server):
        server.process.send_signal(number)
    assert server.process.wait(8) == 0
    assert server.record()[-3:] == ["stop", "stopped", "task ended"]


def test_a_connection_just_opened_gets_its_first_answer(serve: Serve) -> None:
    server = serve(limits={"first_request": 2})
    with server.raw() as client, request_under_way(server):
        server.process.send_signal(signal.SIGTERM)
        assert eventually(lambda: _is_refused(server), 2)
        client.sendall(b"GET /hello/ HTTP/1.1\r\nHost: localhost\r\n\r\n")
        answer = read_all(client)
    assert b"hello" in answer
    assert b"Connection: close\r\n" in answer
    assert server.process.wait(8) == 0


def _is_refused(server: RunningServer) -> bool:
    try:
        with server.raw():
            return False
    except ConnectionRefusedError:
        return True


def test_what_does_not_end_in_time_is_cut_off(serve: Serve) -> None:
    server = serve(limits={"drain_timeout": 0.5, "shutdown_timeout": 0.5, "cancel_timeout": 0.5})
    with (
        server.raw(b"GET /slow/?60 HTTP/1.1\r\nHost: localhost\r\n\r\n") as request,
        server.raw(b"GET /stream/?600 HTTP/1.1\r\nHost: localhost\r\n\r\n") as answer,
        server.socket("/late/"),
    ):
        assert eventually(lambda: "slow began" in server.record())
        answer.recv(65_536)
        began = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        assert b"at last" not in read_all(request)
        assert not read_all(answer).endswith(b"0\r\n\r\n")
        assert server.process.wait(5) == 0
        assert time.monotonic() - began < 4
    assert {"stopped", "task ended", "late cancelled"} <= set(server.record())


def test_an_application_that_ends_slowly_has_its_time_and_no_more(serve: Serve) -> None:
    server = serve(limits={"shutdown_timeout": 1}, STOP_TAKES="60")
    began = time.monotonic()
    assert server.end() == 0
    assert 1 < time.monotonic() - began < 5
    assert "stopped" not in server.record()
    assert "task ended" in server.record()
    assert "did not end within 1 seconds" in server.log()


def test_a_second_signal_ends_it_at_once(serve: Serve) -> None:
    server = serve(limits={"drain_timeout": 30})
    with server.raw(b"GET /slow/?60 HTTP/1.1\r\nHost: localhost\r\n\r\n"):
        assert eventually(lambda: "slow began" in server.record())
        server.process.send_signal(signal.SIGINT)
        server.process.send_signal(signal.SIGTERM)  # of a supervisor that passes Ctrl-C on
        time.sleep(1.2)
        assert server.process.poll() is None
        assert server.end(signal.SIGINT, within=2) == -signal.SIGINT


def test_a_thread_that_is_stuck_does_not_keep_the_process(serve: Serve) -> None:
    server = serve()
    server.get("/thread/")
    began = time.monotonic()
    assert server.end() == 1
    assert time.monotonic() - began < 6
    assert "A thread is still at work" in server.log()


def test_it_ends_with_its_supervisor(serve: Serve) -> None:
    server = serve()
    server.get("/hello/")
    assert server.process.stdin
    server.process.stdin.close()
    assert server.process.wait(5) == 0
    assert server.record()[-1] == "task ended"


def test_many_clients_at_once_are_all_told(serve: Serve) -> None:
    server = serve()
    with ExitStack() as stack:
        clients = [stack.enter_context(server.socket("/echo/")) for _ in range(50)]
        assert server.end() == 0
        for client in clients:
            _has_heard_1012(client)
