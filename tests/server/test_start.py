"""How a server starts: where it listens, what it says, and what keeps it from starting."""

import re
import socket
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from h2oweb.server.listening import CannotListenError, on_descriptor, on_path, on_port
from tests.server.running import PROJECT, RunningServer, environment, eventually

Serve = Callable[..., RunningServer]


def refused(tmp_path: Path, *arguments: str) -> str:
    """What a server says that does not start."""
    ended = subprocess.run(
        [sys.executable, "manage.py", "serve", *arguments],
        cwd=PROJECT,
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=40,
    )
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert "Traceback" not in ended.stderr
    return ended.stderr.strip()


def test_port_0_prints_the_port_it_got(server: RunningServer) -> None:
    assert re.fullmatch(r"http://127\.0\.0\.1:[1-9]\d+", server.url)
    assert server.get("/hello/") == b"hello"


def test_a_port_in_use_is_one_clear_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = refused(tmp_path, f"--port={port}")
    assert said == (
        f"CommandError: Port {port} on 127.0.0.1 is in use: "
        "stop what listens there, or choose another port."
    )


@pytest.mark.parametrize(
    ("attempt", "sentence"),
    [
        (partial(on_port, "127.0.0.1", 99_999), "99999 is no port: ports go from 0 to 65535."),
        (partial(on_port, "127.0.0.1", -1), "-1 is no port: ports go from 0 to 65535."),
        (partial(on_port, "203.0.113.1", 0), "203.0.113.1 is no address of this machine."),
        (partial(on_port, "no such host", 0), "no such host is no address of this machine."),
        (partial(on_descriptor, 0), "File descriptor 0 is no listening socket."),
        (partial(on_descriptor, 999), "File descriptor 999 is no listening socket."),
        (
            partial(on_path, Path("/no/such/directory/s")),
            "/no/such/directory/s cannot be listened on: No such file or directory.",
        ),
        (partial(on_path, Path("/dev/null")), "/dev/null cannot be listened on: it is in use."),
    ],
)
def test_an_address_that_cannot_be_had_is_one_clear_sentence(
    attempt: Callable[[], socket.socket], sentence: str
) -> None:
    with pytest.raises(CannotListenError) as why:
        attempt()
    assert str(why.value) == sentence


def test_a_number_of_processes_that_makes_no_sense_is_refused(tmp_path: Path) -> None:
    said = refused(tmp_path, "--processes=0")
    assert said == "CommandError: --processes takes a number from 1 on."


def test_an_application_that_cannot_start_ends_the_server(serve: Serve) -> None:
    with pytest.raises(AssertionError, match="The database is asleep"):
        serve(FAILS_WHILE="/")


def test_an_application_without_lifespan_is_served(serve: Serve) -> None:
    server = serve(TEST_APPLICATION="tests.server.apps.without_lifespan")
    assert server.get("/") == b"hello"
    assert server.end() == 0
    assert "Traceback" not in server.log()


def test_it_listens_on_ipv6(serve: Serve) -> None:
    server = serve("--host=::1")
    assert re.fullmatch(r"http://\[::1\]:[1-9]\d+", server.url)
    assert server.get("/hello/") == b"hello"


def test_it_listens_on_a_unix_socket_and_removes_it(serve: Serve, tmp_path: Path) -> None:
    path = tmp_path / "s"
    with socket.socket(socket.AF_UNIX) as left_over:
        left_over.bind(str(path))
    server = serve(f"--unix-socket={path}")
    assert server.url == f"unix:{path}"
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(path))
        client.sendall(b"GET /hello/ HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert client.recv(65_536).endswith(b"hello\r\n0\r\n\r\n")
        with pytest.raises(CannotListenError, match="it is in use"):
            on_path(path)
    assert server.end() == 0
    assert not path.exists()


def test_it_takes_an_inherited_socket(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as inherited:
        port = inherited.getsockname()[1]
        arguments = f"--fd={inherited.fileno()}"
        with RunningServer(tmp_path, arguments, inherited=[inherited.fileno()]) as server:
            assert server.url == f"http://127.0.0.1:{port}"
            assert server.get("/hello/") == b"hello"
            assert server.end() == 0


def test_warnings_of_the_application_reach_the_log(server: RunningServer) -> None:
    server.get("/warn/")
    assert "py.warnings" in server.log()
    assert "the milk is sour" in server.log()


def test_errors_of_the_application_reach_the_log(server: RunningServer) -> None:
    with server.raw(b"GET /raise/ HTTP/1.1\r\nHost: localhost\r\n\r\n") as client:
        client.recv(65_536)
    assert eventually(lambda: "RuntimeError: broken before the answer" in server.log())


def test_it_takes_as_many_connections_as_the_machine_allows(serve: Serve) -> None:
    server = serve(soft_limit=64)
    limits = Path(f"/proc/{server.process.pid}/limits").read_text()
    soft, hard = re.findall(r"Max open files +(\S+) +(\S+)", limits)[0]
    assert soft == hard
    assert server.record() == ["start"]  # the application starts before the first connection
