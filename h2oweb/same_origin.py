"""Sockets are opened by this site's own pages only.

Cookies tell neither ports nor schemes apart, so a page of any other server on this host
would come with its visitor's session; what tells them apart is the Origin header.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http.request import validate_host

from h2oweb.denial import deny


class SameOrigin:
    """Lets a WebSocket handshake through if its Origin is this site, and answers 403 otherwise.

    This site is PUBLIC_URL, or any of ALLOWED_HOSTS under which the request itself came,
    port included. Behind https the Origin has to be https.
    """

    def __init__(self, application: Any) -> None:
        self._application = application

    async def __call__(self, scope: Any, receive: Any, send: Any) -> Any:
        """Serve the socket or deny it."""
        headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
        if is_same_origin(headers.get(b"origin", ""), headers.get(b"host", "")):
            return await self._application(scope, receive, send)
        return await deny(receive, send)


def is_same_origin(origin: str, host: str) -> bool:
    """Whether a page of ``origin`` may open a socket of the site addressed as ``host``."""
    try:
        page, public = urlsplit(origin), urlsplit(settings.PUBLIC_URL)
        name = page.hostname or ""
    except ValueError:
        return False
    if (page.scheme, page.netloc) == (public.scheme, public.netloc):
        return True
    scheme = "https" if settings.HTTPS else "http"
    is_ours = page.scheme == scheme and page.netloc == host.lower()
    known = validate_host(f"[{name}]" if ":" in name else name, settings.ALLOWED_HOSTS)
    return is_ours and known
