"""Only this site's own pages open its sockets: a row for each kind of stranger."""

import pytest
from channels.testing import WebsocketCommunicator

from h2oweb.same_origin import SameOrigin, is_same_origin

HOST = "127.0.0.1:8000"


@pytest.mark.parametrize(
    ("origin", "host", "allowed"),
    [
        ("http://127.0.0.1:8000", HOST, True),
        ("http://localhost:8000", "localhost:8000", True),
        ("http://[::1]:8000", "[::1]:8000", True),
        ("http://127.0.0.1:9999", HOST, False),
        ("http://127.0.0.1", HOST, False),
        ("https://127.0.0.1:8000", HOST, False),
        ("http://localhost:8000", HOST, False),
        ("http://evil.example:8000", "evil.example:8000", False),
        ("http://127.0.0.1:8000@evil.example", HOST, False),
        ("http://evil.example", HOST, False),
        ("http://[::1", HOST, False),
        ("file://", HOST, False),
        ("null", HOST, False),
        ("", HOST, False),
        ("", "", False),
    ],
)
def test_another_port_scheme_or_name_is_another_site(origin, host, allowed):
    assert is_same_origin(origin, host) is allowed


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("https://chat.example", True),
        ("http://chat.example", False),
        ("https://chat.example:8443", False),
    ],
)
def test_behind_https_only_https_is_this_site(settings, origin, allowed):
    settings.PUBLIC_URL, settings.HTTPS = "https://chat.example", True
    settings.ALLOWED_HOSTS = ["chat.example"]
    assert is_same_origin(origin, "chat.example") is allowed


async def test_a_stranger_s_page_is_denied_before_anything_is_asked():
    async def application(scope, receive, send):
        raise AssertionError("asked")

    headers = [(b"origin", b"http://evil.example"), (b"host", HOST.encode())]
    socket = WebsocketCommunicator(SameOrigin(application), "/ws/chat/", headers=headers)
    accepted, _ = await socket.connect()
    assert not accepted
