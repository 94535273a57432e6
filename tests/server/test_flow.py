"""Memory stays flat whatever a client does not read, or sends too much of."""

import time
from contextlib import suppress

import pytest

from tests.server.running import (
    MEGABYTE,
    RunningServer,
    eventually,
    frame,
    read_all,
    send_until_blocked,
    upgrade,
)

FLAT = 12 * MEGABYTE  # what memory may grow by; the floods are many times that
FLOOD = 200 * MEGABYTE


@pytest.fixture
def idle(server: RunningServer) -> RunningServer:
    """The server with what it needs for its first request already in memory."""
    server.get("/hello/")
    with server.socket("/echo/") as client:
        client.send("hello")
        client.recv()
    return server


def test_sending_to_a_socket_that_does_not_read_waits(idle: RunningServer) -> None:
    memory, sent = idle.memory(), idle.state("flooded")
    with idle.raw_socket("/flood/", receive_buffer=4096):
        taken = idle.settled("flooded") - sent
        assert 0 < taken < MEGABYTE
        assert idle.memory() - memory < FLAT


def test_answering_a_request_that_does_not_read_waits(idle: RunningServer) -> None:
    memory, sent = idle.memory(), idle.state("flooded")
    request = b"GET /flood/ HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with idle.raw(request, receive_buffer=4096):
        taken = idle.settled("flooded") - sent
        assert 0 < taken < MEGABYTE
        assert idle.memory() - memory < FLAT


@pytest.mark.parametrize("kind", ["socket", "request"])
def test_sending_goes_on_when_the_client_reads_again(idle: RunningServer, kind: str) -> None:
    request = b"GET /flood/ HTTP/1.1\r\nHost: localhost\r\n\r\n"
    opened = idle.raw_socket("/flood/") if kind == "socket" else idle.raw(request)
    with opened as client:
        before = idle.settled("flooded")
        received = 0
        while received < 20 * MEGABYTE:
            received += len(client.recv(MEGABYTE))
        assert idle.state("flooded") - before > 15 * MEGABYTE


def test_an_application_that_waits_to_send_hears_that_the_client_has_gone(
    idle: RunningServer,
) -> None:
    ended = idle.record().count("flood ended")
    with idle.raw_socket("/flood/"):
        idle.settled("flooded")
    with idle.raw(b"GET /flood/ HTTP/1.1\r\nHost: localhost\r\n\r\n"):
        idle.settled("flooded")
    assert eventually(lambda: idle.record().count("flood ended") == ended + 2)


def test_a_flood_of_messages_to_a_busy_application_is_paused(idle: RunningServer) -> None:
    memory, taken = idle.memory(), idle.state("taken")
    piece = frame(b"y" * 8000) * 16
    with idle.raw_socket("/busy/?1.5") as client:
        sent = send_until_blocked(client, piece, FLOOD)
        assert sent < 16 * MEGABYTE  # what the two kernels' buffers take
        assert idle.memory() - memory < FLAT
        assert eventually(lambda: idle.state("taken") - taken >= sent // len(piece) * 16)


def test_a_flood_of_tiny_messages_is_paused_too(idle: RunningServer) -> None:
    memory = idle.memory()
    with idle.raw_socket("/busy/?2") as client:
        sent = send_until_blocked(client, frame(b"") * 10_000, FLOOD)
        assert sent < 16 * MEGABYTE
        assert idle.memory() - memory < FLAT


def test_nothing_is_read_before_the_socket_is_accepted(idle: RunningServer) -> None:
    before = idle.state("undecided")
    with idle.raw(upgrade("/undecided/?1")) as client:
        assert eventually(lambda: idle.state("undecided") > before)
        client.sendall(frame(b"z" * 30_000))
        time.sleep(0.3)
        assert idle.unread(client) == 30_008
        assert eventually(lambda: idle.unread(client) == 0)


@pytest.mark.parametrize(
    "flood",
    [
        frame(b"p" * 125, opcode=9) * 20_000,
        frame(b"", opcode=10) * 20_000,
        frame(b"y", final=False) + frame(b"y", opcode=0, final=False) * 2_000,
        (frame(b"y", final=False) + frame(b"y", opcode=0) + frame(b"y")) * 2_000,
    ],
    ids=["pings", "pongs", "one message in many parts", "many messages in two parts"],
)
def test_a_flood_of_frames_beside_messages_ends_the_socket(
    idle: RunningServer, flood: bytes
) -> None:
    memory = idle.memory()
    with idle.raw_socket("/echo/", receive_buffer=4096) as client:
        with suppress(ConnectionError):
            client.sendall(flood + frame(b"the last"))
        assert not read_all(client).endswith(b"\x81\x018")
    assert idle.memory() - memory < 1.5 * MEGABYTE


def test_a_message_may_come_in_some_parts(idle: RunningServer) -> None:
    parts = frame(b"y" * 500, final=False) + frame(b"y" * 500, opcode=0, final=False) * 300
    with idle.raw_socket("/echo/") as client:
        client.sendall(parts + frame(b"", opcode=0))
        assert client.recv(100).endswith(b"150500")


def test_a_flood_of_tiny_frames_lets_others_have_their_turn(idle: RunningServer) -> None:
    with idle.raw_socket("/echo/", receive_buffer=4096) as client:
        client.sendall(frame(b"", opcode=9) * 30_000)
        waited = 0.0
        for _ in range(5):
            began = time.monotonic()
            assert idle.get("/hello/") == b"hello"
            waited = max(waited, time.monotonic() - began)
    assert waited < 2  # on a busy machine; alone it is a tenth of a second
