"""One page with the style sheets and the renderer of Markdown, and nothing behind it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from csp.utils import build_policy
from django.conf import settings

from chat.templatetags.chat_page import page_strings

PROJECT = Path(settings.BASE_DIR)
ICONS = (PROJECT / "templates/chat/_icons.html").read_text()
PAGE = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Markdown</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/static/chat/css/tokens.css">
<link rel="stylesheet" href="/static/chat/css/base.css">
<link rel="stylesheet" href="/static/chat/css/prose.css">
<link rel="stylesheet" href="/static/chat/css/math.css">
<script type="module" src="/static/chat/js/elements/message-text.js"></script>
</head>
<body>{ICONS}{page_strings()}<main><h1>Chat</h1><h2>Answer</h2><message-text></message-text></main></body>
</html>
""".encode()


def strict_policy() -> str:
    """The Content-Security-Policy of the settings, with Trusted Types for DOMPurify alone."""
    trusted = {"require-trusted-types-for": ["'script'"], "trusted-types": ["dompurify"]}
    return build_policy(update=trusted)


@contextmanager
def static_site(policy: str) -> Iterator[str]:
    """Serves the page and this project's ``static/`` and ``tests/``; gives the address."""
    handler = partial(_Handler, policy, directory=str(PROJECT))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


class _Handler(SimpleHTTPRequestHandler):
    extensions_map = {
        **SimpleHTTPRequestHandler.extensions_map,
        ".mjs": "text/javascript",
        ".woff2": "font/woff2",
    }

    def __init__(self, policy: str, *request: Any, **options: Any) -> None:
        self._policy = policy
        super().__init__(*request, **options)

    def do_GET(self) -> None:
        if self.path != "/":
            return super().do_GET()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(PAGE)))
        self.end_headers()
        self.wfile.write(PAGE)

    def end_headers(self) -> None:
        if self._policy:
            self.send_header("Content-Security-Policy", self._policy)
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Not into the output of the tests."""
