"""The cookie of a browser in which somebody has signed in before: it opens nothing.

Whoever has it has tries of their own at the passwords of the people it names, so that a
stranger's wrong guesses do not stand in their way (OWASP calls it a device cookie).
"""

from __future__ import annotations

import secrets

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

SALT = "accounts.known_browser"
LIFE = 365 * 24 * 3600
MOST_PEOPLE = 10  # who share a browser and are remembered


def name_for(request: HttpRequest, person_id: int | None) -> str:
    """The browser's name if this person has signed in there; otherwise nothing."""
    name, people = _read(request)
    return name if person_id in people else ""


def remember(request: HttpRequest, response: HttpResponse, person_id: int) -> None:
    """Let the browser be known as one in which this person has signed in."""
    name, people = _read(request)
    people = [person_id, *(each for each in people if each != person_id)][:MOST_PEOPLE]
    value = signing.dumps([name or secrets.token_urlsafe(16), people], salt=SALT)
    response.set_cookie(
        settings.KNOWN_BROWSER_COOKIE_NAME,
        value,
        max_age=LIFE,
        path=settings.SESSION_COOKIE_PATH,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _read(request: HttpRequest) -> tuple[str, list[int]]:
    cookie = request.COOKIES.get(settings.KNOWN_BROWSER_COOKIE_NAME, "")
    try:
        name, people = signing.loads(cookie, salt=SALT, max_age=LIFE)
    except signing.BadSignature:
        return "", []
    return name, people
