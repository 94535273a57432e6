"""How long people stay signed in, and where they are."""

from __future__ import annotations

import time
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY, logout
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in
from django.contrib.sessions.models import Session
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.deprecation import MiddlewareMixin

from accounts import known_browser, standing
from accounts.models import Browser

BEGAN, SEEN = "began", "seen"  # seconds since 1970, in the session
SEEN_EVERY = 60  # seconds between two notes that a session is in use


class SessionLife(MiddlewareMixin):
    """Ends sessions that are old or were left alone, and notes where people are signed in.

    The session's own end, which sockets look at too, is moved on while it is used.
    """

    def process_request(self, request: HttpRequest) -> None:
        """Look at the session, and write at most once a minute."""
        session = request.session
        if SESSION_KEY not in session:
            return
        now = time.time()
        left = session.setdefault(BEGAN, now) + settings.SESSION_LIFE_HOURS * 3600 - now
        if left <= 0:
            logout(request)
        elif not 0 <= now - session.get(SEEN, 0) < SEEN_EVERY:
            session[SEEN] = now
            session.set_expiry(int(min(left, settings.SESSION_IDLE_HOURS * 3600)) + 1)
            Browser.objects.see(request)

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """Let the browser be known from now on if somebody has just signed in."""
        if person_id := getattr(request, "signed_in_now", None):
            known_browser.remember(request, response, person_id)
        return response


@receiver(user_logged_in)
def _begin(request: HttpRequest, user: User, **_: Any) -> None:
    session, now = request.session, time.time()
    session.pop("socialaccount_states", None)  # nothing goes on that somebody else may have begun
    session[BEGAN] = session[SEEN] = now
    hours = min(settings.SESSION_IDLE_HOURS, settings.SESSION_LIFE_HOURS)
    session.set_expiry(hours * 3600)
    session.save()
    Browser.objects.see(request)
    request.signed_in_now = user.pk  # type: ignore[attr-defined]


def browsers_of(person: User) -> list[Browser]:
    """Where this person is signed in; sessions of an older password are gone."""
    browsers = list(Browser.objects.owned_by(person))
    return [browser for browser in browsers if browser.is_valid(person)]


def end(browser: Browser) -> None:
    """Sign the person out in this browser."""
    browser.session.delete()
    standing.changed(browser.person_id)


def end_all(person: User, but: str | None = None) -> None:
    """Sign a person out everywhere, but for the session with this key."""
    known = Session.objects.filter(browser__person=person)
    known.exclude(session_key=but).delete()
    for session in Session.objects.filter(browser=None, expire_date__gt=timezone.now()):
        # One that was never used since browsers are noted, or nobody's.
        if session.session_key != but and session.get_decoded().get(SESSION_KEY) == str(person.pk):
            session.delete()
    standing.changed(person.pk)
