"""Who asks: as far as that can be told before anything is looked up, and after."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.db import Error, connection
from django.http import HttpRequest, HttpResponse, parse_cookie

PERSON = "h2oweb.person"  # in a scope: the key of who is signed in, or None
CAME = "h2oweb.came"  # and of who is once it is answered: whoever has just signed in


def session_of(scope: Any) -> str:
    """The key of the session that the request names, whether there is one or not."""
    headers = scope["headers"]
    cookies = "; ".join(v.decode("latin-1") for name, v in headers if name.lower() == b"cookie")
    return parse_cookie(cookies).get(settings.SESSION_COOKIE_NAME, "")


async def person_of(session: str) -> str | None:
    """The key of whose session it is, from the database; None also where that is away."""
    return await sync_to_async(_look_up, thread_sensitive=False)(session)


def _look_up(session: str) -> str | None:
    try:
        person: str | None = (
            import_module(settings.SESSION_ENGINE).SessionStore(session).get(SESSION_KEY)
        )
    except Error:
        return None
    finally:
        connection.close()
    return person


def address_of(scope: Any) -> str:
    """Where it comes from; empty where the server cannot tell."""
    return str((scope.get("client") or [""])[0])


def note_person(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """The middleware that tells what stands around Django whose session it is."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if (scope := getattr(request, "scope", None)) is None:
            return get_response(request)
        scope[PERSON] = request.session.get(SESSION_KEY)
        response = get_response(request)
        scope[CAME] = request.session.get(SESSION_KEY)
        return response

    return middleware
