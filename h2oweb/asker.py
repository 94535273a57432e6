"""Who asks, as far as that can be told before anything is looked up."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import parse_cookie


def session_of(scope: Any) -> str:
    """The key of the session that the request names, whether there is one or not."""
    headers = scope["headers"]
    cookies = "; ".join(v.decode("latin-1") for name, v in headers if name.lower() == b"cookie")
    return parse_cookie(cookies).get(settings.SESSION_COOKIE_NAME, "")


def address_of(scope: Any) -> str:
    """Where it comes from; empty where the server cannot tell."""
    return str((scope.get("client") or [""])[0])
