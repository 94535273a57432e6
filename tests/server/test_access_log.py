"""The access log says who did what, and no secret."""

import re

import pytest
from websockets.exceptions import InvalidStatus

from h2oweb.server.access_log import AccessLog
from tests.server.running import RunningServer, eventually


def test_a_path_is_told_without_query_and_secret() -> None:
    log = AccessLog(["/owner/", "/chat/owner/"])
    assert log.public("/c/1/?message=2") == "/c/1/"
    assert log.public("/owner/x7Fq/") == "/owner/..."
    assert log.public("/owner/x7Fq/?next=/") == "/owner/..."
    assert log.public("/chat/owner/x7Fq") == "/chat/owner/..."
    assert log.public("/owner/") == "/owner/"
    assert log.public("/owners/list") == "/owners/list"


def test_a_page_s_files_are_not_worth_a_line(caplog: pytest.LogCaptureFixture) -> None:
    log = AccessLog(quiet_paths=["/static/"])
    details = {"client": "127.0.0.1:9", "method": "GET", "status": 200, "size": 1}
    with caplog.at_level("INFO", "h2oweb.access"):
        log("http", "complete", details | {"path": "/static/a.js", "time_taken": 0.1})
        log("http", "complete", details | {"path": "/", "time_taken": 0.1})
    assert [record.getMessage().split()[2] for record in caplog.records] == ["/"]


def test_each_request_is_one_line_without_its_secrets(server: RunningServer) -> None:
    server.get("/hello/?password=hunter2")
    with server.socket("/echo/?token=s3cret"):
        pass
    with server.raw(b"GET /owner/x7Fq/ HTTP/1.1\r\nHost: localhost\r\n\r\n") as client:
        client.recv(65_536)
    assert eventually(lambda: "/owner/..." in server.log() and "disconnected" in server.log())
    lines = [line.split("h2oweb.access: ")[1] for line in server.log().splitlines()]
    assert re.fullmatch(r"127\.0\.0\.1 GET /hello/ 200, 5 bytes, \d+ ms", lines[0])
    assert "127.0.0.1 socket /echo/ connected" in lines
    assert "127.0.0.1 socket /echo/ disconnected" in lines
    assert any(re.fullmatch(r"127\.0\.0\.1 GET /owner/\.\.\. 404, .*", line) for line in lines)
    assert not re.search("hunter2|s3cret|x7Fq", server.log())


def test_a_line_says_the_id_that_its_answer_says(server: RunningServer) -> None:
    server.get("/named/")
    with server.raw(b"GET /named/?unfinished HTTP/1.1\r\nHost: localhost\r\n\r\n") as client:
        client.recv(65_536)
    server.get("/hello/?nameless")
    assert eventually(lambda: "GET /named/ left" in server.log())
    told = {line.split(": ", 1)[1] for line in server.log().splitlines() if "h2oweb.access" in line}
    named = {line for line in told if "/named/" in line}
    assert len(named) == 2
    assert all(line.endswith(" [request=of-this-request]") for line in named)
    assert not any("request=" in line for line in told - named)


def test_the_lines_of_a_socket_say_the_id_that_its_handshake_was_answered_with(
    server: RunningServer,
) -> None:
    with server.socket("/named/") as client:
        assert client.response
        assert client.response.headers["X-Request-ID"] == "of-this-socket"
    with pytest.raises(InvalidStatus):
        server.socket("/named/?refused")
    with server.socket("/echo/?nameless"):
        pass
    assert eventually(lambda: "socket /echo/ disconnected" in server.log())
    told = [line.split(": ", 1)[1] for line in server.log().splitlines() if " socket " in line]
    named = [line for line in told if "/named/" in line]
    assert {line.partition("/named/ ")[2] for line in named} == {
        f"{action} [request=of-this-socket]" for action in ("connected", "disconnected", "rejected")
    }
    assert not any("request=" in line for line in told if "/echo/" in line)


def test_a_client_that_leaves_amid_an_answer_leaves_a_line(server: RunningServer) -> None:
    with server.raw(b"GET /stream/?100 HTTP/1.1\r\nHost: localhost\r\n\r\n") as client:
        client.recv(65_536)
    assert eventually(lambda: "GET /stream/ left" in server.log())
