"""Who is there: the peer of the connection, or whom a trusted proxy names."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address
from typing import Any

Headers = Iterable[tuple[bytes, bytes]]


def client(peer: list[Any] | None, headers: Headers, name: str) -> list[Any] | None:
    """The client as ``[address, port]``, as ASGI's scope has it.

    ``name`` is the header that holds the client's address (port 0, as it is not told),
    or empty to believe none. A value that is not exactly one address is not believed:
    in a list such as ``X-Forwarded-For`` the leftmost entries are the client's own words.
    """
    value = _single(headers, name)
    try:
        return [str(ip_address(value)), 0] if value else peer
    except ValueError:
        return peer


def scheme(default: str, headers: Headers, name: str) -> str:
    """``http`` or ``https`` (``ws`` or ``wss``): the connection's own, or what the header says."""
    value = _single(headers, name).lower()
    secure = {"http": "https", "ws": "wss"}
    plain = {"https": "http", "wss": "ws"}
    if value in ("https", "wss"):
        return secure.get(default, default)
    return plain.get(default, default) if value in ("http", "ws") else default


def _single(headers: Headers, name: str) -> str:
    """The value of a header that stands once, else nothing."""
    wanted = name.lower().encode("latin-1")
    values = [value for key, value in headers if name and key.lower() == wanted]
    return values[0].decode("latin-1").strip() if len(values) == 1 else ""
