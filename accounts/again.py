"""Who has neither a password nor a second factor shows by a fresh sign-in that it is them.

At a provider of theirs, which is asked to ask again: ``prompt`` and ``max_age`` of
https://openid.net/specs/openid-connect-core-1_0.html, section 3.1.2.1. Not every provider
tells when it asked last; one that does, and did not ask now, is not believed.
"""

from __future__ import annotations

import time
from typing import Any

from allauth.account import app_settings
from allauth.account.internal.flows.login import (
    get_authentication_records,
    record_authentication,
)
from allauth.account.internal.flows.reauthentication import get_reauthentication_flows
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.models import User
from django.http import HttpRequest

from accounts.sessions import BEGAN

ASKED = "asked_again"  # seconds since 1970, in the session of who was sent to the provider
DEMAND = "prompt=login&max_age=0"
CLOCKS = 60  # seconds that two clocks may be apart


def is_only_way(person: User) -> bool:
    """Whether there is nothing else that could be asked of this person here."""
    return not get_reauthentication_flows(person)


def is_elsewhere(person: User) -> bool:
    """Whether this person signs in at the provider."""
    return bool(SocialAccount.objects.filter(user=person).exists())


def is_fresh(request: HttpRequest, person: User) -> bool:
    """Whether the fresh sign-in is not long ago."""
    at = _at_provider(request, person) if is_elsewhere(person) else request.session.get(BEGAN, 0)
    return bool(0 <= time.time() - at < app_settings.REAUTHENTICATION_TIMEOUT)


def _at_provider(request: HttpRequest, person: User) -> float:
    records = get_authentication_records(request, person)
    return max((each["at"] for each in records if each.get("reauthenticated")), default=0.0)


def ask(request: HttpRequest) -> None:
    """The browser is about to be sent there."""
    request.session[ASKED] = time.time()


def take(request: HttpRequest) -> float | None:
    """When it was sent there for this, if it was; asked for once."""
    asked: float | None = request.session.pop(ASKED, None)
    return asked


def note(request: HttpRequest, login: Any, asked: float) -> bool:
    """Whether the person who is signed in here has now signed in there; it counts from now on."""
    if not login.is_existing or login.user != request.user:
        return False
    told = login.account.extra_data["id_token"].get("auth_time")
    if isinstance(told, int | float) and told < asked - CLOCKS:
        return False
    record_authentication(request, login.user, "socialaccount", reauthenticated=True)
    return True
