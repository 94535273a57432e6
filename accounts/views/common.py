"""What the views of accounts share."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from csp.decorators import csp_update
from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render

from accounts.limits import LINK, TooManyTriesError, address_of

#: No script of these pages ever makes markup of text.
strict = csp_update({"require-trusted-types-for": ["'script'"], "trusted-types": ["'none'"]})


View = Callable[..., HttpResponseBase]


def needs_mail(view: View) -> View:
    """Without a mail server the page is not there."""

    @wraps(view)
    def with_mail(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not settings.MAIL:
            raise Http404
        return view(request, *args, **kwargs)

    return with_mail


def needs_passwords(view: View) -> View:
    """Where people sign in elsewhere only, the page is not there."""

    @wraps(view)
    def with_passwords(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if settings.OIDC_ONLY:
            raise Http404
        return view(request, *args, **kwargs)

    return with_passwords


def come_in(
    request: HttpRequest, kind: str, let_in: Callable[[], User | None], dead: str
) -> HttpResponse:
    """Use a one-time link up by ``let_in`` and sign its person in; or show the page ``dead``."""
    try:
        LINK.take(kind, address_of(request))
    except TooManyTriesError as error:
        return too_many(request, error)
    person = let_in()
    if person is None:
        return render(request, dead, status=410)
    login(request, person, settings.AUTHENTICATION_BACKENDS[0])
    return redirect("chat:new")


def too_many(request: HttpRequest, error: TooManyTriesError) -> HttpResponse:
    """The page that says when to come back."""
    answer = render(request, "accounts/too_many.html", {"sentence": error.sentence}, status=429)
    answer["Retry-After"] = str(error.seconds)
    return answer
