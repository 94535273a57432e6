"""Several server processes on one socket: none is missed, none is left behind."""

import os
import resource
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed

from tests.server.running import RunningServer, eventually

Serve = Callable[..., RunningServer]


def children(server: RunningServer) -> set[int]:
    tasks = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children")
    return {int(pid) for pid in tasks.read_text().split()}


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def pids(server: RunningServer) -> set[int]:
    """Who answers, of many requests."""
    return {int(server.get("/pid/")) for _ in range(40)}


@contextmanager
def requests_all_the_time(server: RunningServer) -> Iterator[list[str]]:
    """Asks on and on, each time on a new connection, and notes what did not go well."""
    failures: list[str] = []
    is_over = threading.Event()

    def ask() -> None:
        while not is_over.is_set():
            try:
                server.get("/hello/")
            except OSError as error:
                failures.append(repr(error))
            time.sleep(0.02)

    asking = threading.Thread(target=ask)
    asking.start()
    yield failures
    is_over.set()
    asking.join()


def test_all_answer_and_all_end(serve: Serve) -> None:
    server = serve("--processes=2")
    workers = children(server)
    assert len(workers) == 2
    # So that Ctrl-C on a terminal reaches the first process only, which passes it on.
    assert all(os.getpgid(worker) == worker for worker in workers)
    assert eventually(lambda: pids(server) == workers)
    with server.socket("/echo/") as one, server.socket("/echo/") as other:
        assert server.end() == 0
        for client in (one, other):
            with pytest.raises(ConnectionClosed) as closed:
                client.recv(timeout=5)
            assert closed.value.rcvd
            assert closed.value.rcvd.code == 1012
    assert not any(map(is_alive, workers))
    assert server.record().count("stopped") == 2
    assert server.record().count("task ended") == 2


def test_a_process_that_dies_is_replaced(serve: Serve) -> None:
    server = serve("--processes=2")
    victim, survivor = children(server)
    os.kill(victim, signal.SIGKILL)
    with requests_all_the_time(server) as failures:
        assert eventually(lambda: len(children(server) - {victim}) == 2, 20)
        assert eventually(lambda: pids(server) == children(server), 20)
    assert failures == []
    assert survivor in children(server)
    assert f"Server process {victim} ended with -9 and is replaced." in server.log()
    assert server.end() == 0


def test_where_no_process_can_be_started_it_is_tried_again(serve: Serve) -> None:
    server = serve("--processes=2")
    pid = server.process.pid
    soft, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (3, hard))  # no pipe, so no process
    for victim in children(server):
        os.kill(victim, signal.SIGKILL)
    assert eventually(lambda: server.log().count("No server process can be started") >= 2, 30)
    assert children(server) == set()
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (soft, hard))
    assert eventually(lambda: len(children(server)) == 2, 60)
    assert eventually(lambda: pids(server) == children(server), 30)
    assert server.end() == 0


def test_sighup_replaces_all_without_a_refused_request(serve: Serve) -> None:
    server = serve("--processes=2")
    old = children(server)
    with requests_all_the_time(server) as failures:
        server.process.send_signal(signal.SIGHUP)
        assert eventually(lambda: not children(server) & old, 40)
        assert eventually(lambda: len(children(server)) == 2)
    assert failures == []
    assert not any(map(is_alive, old))
    assert eventually(lambda: pids(server) == children(server))
    assert server.end() == 0


def test_a_replacement_that_does_not_start_leaves_the_old_ones(
    serve: Serve, tmp_path: Path
) -> None:
    flag = tmp_path / "fails"
    server = serve("--processes=2", FAILS_WHILE=str(flag))
    old = children(server)
    flag.touch()
    server.process.send_signal(signal.SIGHUP)
    assert eventually(lambda: "the old ones stay" in server.log(), 20)
    assert children(server) == old
    assert pids(server) <= old
    assert server.end() == 0


def test_processes_that_do_not_start_end_the_first_one(tmp_path: Path) -> None:
    server = RunningServer(tmp_path, "--processes=2", FAILS_WHILE="/")
    assert server.process.wait(30) == 1
    server.__exit__()
    assert "The database is asleep" in server.log()


def test_processes_end_with_the_first_one_however_it_dies(serve: Serve) -> None:
    server = serve("--processes=2")
    workers = children(server)
    server.process.kill()
    server.process.wait()
    assert eventually(lambda: not any(map(is_alive, workers)))
    assert server.record().count("task ended") == 2


def test_ctrl_c_reaches_them_once_and_twice_is_at_once(serve: Serve) -> None:
    server = serve("--processes=2", limits={"drain_timeout": 10})
    workers = children(server)
    with server.raw(b"GET /slow/?60 HTTP/1.1\r\nHost: localhost\r\n\r\n"):
        assert eventually(lambda: "slow began" in server.record())
        server.process.send_signal(signal.SIGINT)
        time.sleep(1.5)
        assert any(map(is_alive, workers))
        assert server.end(signal.SIGINT, within=3) == 1
    assert not any(map(is_alive, workers))
