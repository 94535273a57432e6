"""The site under the path of PUBLIC_URL, on a host that serves other things beside it."""

from __future__ import annotations

from typing import Any


class UnderPath:
    """Makes no difference of proxies that take the path off and those that leave it on.

    Whatever comes has it on its path, and named as ``root_path`` (ASGI, HTTP connection
    scope): a page's own address, as in ``?next=``, is made from the one, and what is
    routed by is what the other leaves of it.
    """

    def __init__(self, application: Any, path: str) -> None:
        self._application = application
        self._path = path.rstrip("/")

    async def __call__(self, scope: Any, receive: Any, send: Any) -> Any:
        """Serve it."""
        if self._path and scope["type"] in ("http", "websocket"):
            scope = scope | {"path": self._whole(scope["path"]), "root_path": self._path}
        return await self._application(scope, receive, send)

    def _whole(self, path: str) -> str:
        return path if path.startswith(f"{self._path}/") else self._path + path
