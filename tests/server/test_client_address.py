"""Nobody chooses the address and the scheme they are seen with."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from h2oweb.server.client_address import client, scheme
from tests.server.running import RunningServer

PEER = ["127.0.0.1", 4711]


@pytest.mark.parametrize(
    ("headers", "seen"),
    [
        ([], PEER),
        ([(b"X-Real-IP", b"203.0.113.9")], ["203.0.113.9", 0]),
        ([(b"x-real-ip", b" 2001:DB8::1 ")], ["2001:db8::1", 0]),
        ([(b"X-Real-IP", b"6.6.6.6, 203.0.113.9")], PEER),
        ([(b"X-Real-IP", b"6.6.6.6,203.0.113.9")], PEER),
        ([(b"X-Real-IP", b"6.6.6.6"), (b"X-Real-IP", b"203.0.113.9")], PEER),
        ([(b"X-Real-IP", b"localhost")], PEER),
        ([(b"X-Real-IP", b"")], PEER),
        ([(b"X-Real-IP", b"\xff")], PEER),
        ([(b"X-Forwarded-For", b"6.6.6.6")], PEER),
    ],
)
def test_only_a_single_address_in_the_named_header_is_believed(
    headers: list[tuple[bytes, bytes]], seen: list[object]
) -> None:
    assert client(list(PEER), headers, "X-Real-IP") == seen


def test_no_header_is_believed_that_is_not_named() -> None:
    headers = [(b"X-Real-IP", b"6.6.6.6"), (b"X-Forwarded-Proto", b"https"), (b"", b"6.6.6.6")]
    assert client(list(PEER), headers, "") == PEER
    assert scheme("http", headers, "") == "http"


@pytest.mark.parametrize(
    ("own", "value", "seen"),
    [
        ("http", b"https", "https"),
        ("http", b"HTTPS", "https"),
        ("ws", b"https", "wss"),
        ("http", b"http", "http"),
        ("ws", b"http", "ws"),
        ("http", b"https, http", "http"),
        ("http", b"javascript", "http"),
    ],
)
def test_the_named_header_tells_the_scheme(own: str, value: bytes, seen: str) -> None:
    assert scheme(own, [(b"x-forwarded-proto", value)], "X-Forwarded-Proto") == seen


CLAIMS = {
    "X-Real-IP": "6.6.6.6",
    "X-Forwarded-For": "6.6.6.6",
    "X-Forwarded-Port": "6",
    "X-Forwarded-Proto": "https",
    "Forwarded": "for=6.6.6.6;proto=https",
    "Daphne-Root-Path": "//evil.example",
}


def seen_by_request(server: RunningServer, claims: dict[str, str]) -> dict[str, Any]:
    lines = "".join(f"{name}: {value}\r\n" for name, value in claims.items())
    with server.raw(f"GET /scope/ HTTP/1.1\r\nHost: localhost\r\n{lines}\r\n".encode()) as client:
        scope: dict[str, Any] = json.loads(client.recv(65_536).split(b"\r\n")[-4])
        return scope


def seen_by_socket(server: RunningServer, claims: dict[str, str]) -> dict[str, Any]:
    with server.socket("/scope/", additional_headers=claims) as client:
        scope: dict[str, Any] = json.loads(client.recv())
        return scope


@pytest.mark.parametrize("seen", [seen_by_request, seen_by_socket])
def test_by_default_a_client_is_who_it_is(server: RunningServer, seen) -> None:
    scope = seen(server, CLAIMS)
    assert scope["client"][0] == "127.0.0.1"
    assert scope["client"][1] != 6
    assert scope["scheme"] in ("http", "ws")
    assert scope["root_path"] == ""


def test_behind_a_proxy_a_client_is_whom_the_named_header_names(
    serve: Callable[..., RunningServer],
) -> None:
    server = serve("--client-address-header=X-Real-IP", "--scheme-header=X-Forwarded-Proto")
    for seen, secure in ((seen_by_request, "https"), (seen_by_socket, "wss")):
        scope = seen(server, CLAIMS)
        assert scope["client"] == ["6.6.6.6", 0]
        assert scope["scheme"] == secure
        assert scope["root_path"] == ""
        scope = seen(server, {"X-Real-IP": "6.6.6.6, 203.0.113.9"})
        assert scope["client"][0] == "127.0.0.1"
    assert "6.6.6.6 GET /scope/ 200" in server.log()
