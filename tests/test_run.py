"""``make run``, once everything is installed: it starts, says why it cannot, and ends."""

import http.client
import signal
import socket
import stat
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from tests.prepared import environment
from tests.services import free_port
from tests.settings import PROJECT

START = 90.0  # seconds, of a busy machine too: files for the browser are compressed at first
NOBODY = "http://127.0.0.1:9/v1"  # a model server that does not answer


class Running:
    """``python -m h2oweb run`` with settings of its own."""

    def __init__(self, output: Path, **settings: str) -> None:
        self.output = output
        with output.open("ab") as stream:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "h2oweb", "run"],
                cwd=PROJECT,
                env=environment(H2O_URL=NOBODY, **settings),
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=stream,
            )

    def said(self) -> str:
        return self.output.read_text()

    def wait_for(self, words: str) -> None:
        deadline = time.monotonic() + START
        while words not in self.said():
            assert self.process.poll() is None, self.said()
            assert time.monotonic() < deadline, self.said()
            time.sleep(0.05)

    def end(self, how: signal.Signals = signal.SIGINT) -> int:
        if self.process.poll() is None:
            self.process.send_signal(how)
        return self.process.wait(20)


@pytest.fixture
def data_dir(new_data_dir, tmp_path):
    return new_data_dir(tmp_path / "a data dir")


@pytest.fixture
def run(tmp_path, data_dir):
    """Starts copies, by default all on one DATA_DIR."""
    started = []

    def run(**settings):
        settings = {"DATA_DIR": str(data_dir), "PORT": str(free_port())} | settings
        started.append(Running(tmp_path / f"output-{len(started)}", **settings))
        return started[-1]

    yield run
    for each in started:
        if each.process.poll() is None:
            each.process.kill()
            each.process.wait()


def sentence(running: Running) -> str:
    """What a copy said that did not start: one line, and no traceback."""
    assert running.process.wait(START) == 1
    lines = running.said().strip().splitlines()
    assert len(lines) == 1, running.said()
    return lines[0]


def test_it_tells_the_address_and_the_owners_link_and_ends_with_ctrl_c(run, data_dir):
    port = free_port()
    running = run(PORT=str(port))
    running.wait_for("Ctrl-C ends it.")
    assert f"http://127.0.0.1:{port}/\n" in running.said()
    assert f"http://127.0.0.1:{port}/owner/#" in running.said()
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10) as page:
        assert page.url.endswith("/sign-in/?next=/")
    assert running.end() == 0
    assert "Traceback" not in running.said()


@pytest.mark.parametrize(("path", "status"), [("/sign-in/", 200), ("/nothing/", 404)])
def test_each_line_about_a_request_has_the_id_that_its_answer_says(run, path, status):
    port = free_port()
    running = run(PORT=str(port), LOG_LEVEL="INFO")
    running.wait_for("Ctrl-C ends it.")
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    client.request("GET", path, headers={"X-Request-ID": "find-me"})
    answer = client.getresponse()
    assert (answer.status, answer.headers["X-Request-ID"]) == (status, "find-me")
    answer.read()
    client.close()
    running.wait_for(f"GET {path} {status}")
    lines = [line for line in running.said().splitlines() if path in line]
    assert [line for line in lines if not line.endswith(" [request=find-me]")] == []


def test_what_it_writes_is_for_its_user_only(run, data_dir):
    running = run()
    running.wait_for("Ctrl-C ends it.")
    running.end()
    assert stat.S_IMODE(data_dir.stat().st_mode) == 0o700
    assert stat.S_IMODE((data_dir / "secret_key").stat().st_mode) == 0o600


def test_a_later_start_takes_seconds(run):
    started = time.monotonic()
    run().wait_for("Ctrl-C ends it.")
    assert time.monotonic() - started < 30


def test_the_first_start_makes_what_is_missing(run, data_dir):
    (data_dir / "chat.sqlite3").unlink()
    running = run()
    running.wait_for("Ctrl-C ends it.")
    assert "✓ Database" in running.said()
    assert "✓ Files for the browser" not in running.said()  # these are there


def test_a_second_copy_on_the_same_data_is_refused(run, data_dir):
    run().wait_for("Ctrl-C ends it.")
    assert "Another copy runs on" in sentence(run())


def test_a_port_in_use_is_told(run, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        told = sentence(run(PORT=str(port), DATA_DIR=str(tmp_path / "data")))
    assert told.startswith(f"Port {port} on 127.0.0.1 is in use")


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("PORT", "eighty", 'variable "PORT" invalid'),
        ("DEBUG", "perhaps", 'variable "DEBUG" invalid'),
        ("H2O_DIALECT", "klingon", "H2O_DIALECT"),
        ("DATABASE_URL", "nonsense", 'variable "DATABASE_URL" invalid'),
        ("DATABASE_URL", "postgres://u:p@127.0.0.1:1/x", "Connection refused"),
        ("HOST", "no.such.host.invalid", "no address of this machine"),
        ("PORT", "80000", "ort"),
        ("DATA_DIR", "/proc/nowhere", "DATA_DIR cannot be"),
        ("DATA_DIR", "Makefile", "DATA_DIR cannot be"),
    ],
)
def test_a_setting_that_is_no_good_is_told_in_a_sentence(run, tmp_path, name, value, told):
    settings = {"DATA_DIR": str(tmp_path / "data"), name: value}
    assert told in sentence(run(**settings))


def test_a_database_that_is_none_is_told(run, tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "chat.sqlite3").write_text("This is a letter to a friend.")
    assert "file is not a database" in sentence(run(DATA_DIR=str(tmp_path / "data")))


def test_it_runs_on_postgres(run, postgres):
    running = run(DATABASE_URL=postgres.database())
    running.wait_for("Ctrl-C ends it.")
    assert "/owner/#" in running.said()
    assert running.end() == 0
