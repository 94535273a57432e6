"""A person's own page: name, address, password, second factor, browsers, data."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts import profile, sessions
from accounts.forms import ProfileForm
from accounts.models import Browser
from accounts.second_factor import FACTORS
from accounts.views.common import strict


@strict
@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest) -> HttpResponse:
    """The profile; the form in it is the name."""
    person = _person(request)
    form = ProfileForm(request.POST or None, instance=person)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return redirect("accounts:profile")
    return render(request, "accounts/profile.html", {"form": form} | _context(request, person))


def _context(request: HttpRequest, person: User) -> dict[str, Any]:
    factors = Authenticator.objects.filter(user=person)
    return {
        "address": EmailAddress.objects.get_primary(person),
        "mail": settings.MAIL,
        "oidc": settings.OIDC_NAME if settings.OIDC_ISSUER else "",
        "is_connected": SocialAccount.objects.filter(user=person).exists(),
        "factors": [each.wrap() for each in factors if each.type in FACTORS],
        "browsers": sessions.browsers_of(person),
        "this_browser": request.session.session_key,
        "sections": profile.sections(request),
    }


@login_required
@require_POST
def sign_out_browser(request: HttpRequest, number: UUID) -> HttpResponse:
    """Sign the person out in one browser; this one too, if it is that."""
    browser = Browser.objects.owned_by(request.user).filter(number=number).first()
    if browser is None:
        raise Http404
    if browser.session_id == request.session.session_key:
        logout(request)
        return redirect(settings.LOGOUT_REDIRECT_URL)
    sessions.end(browser)
    messages.success(request, _("Signed out there."))
    return redirect("accounts:profile")


@login_required
@require_POST
def sign_out_others(request: HttpRequest) -> HttpResponse:
    """Sign the person out everywhere but here."""
    sessions.end_all(_person(request), but=request.session.session_key)
    messages.success(request, _("Signed out everywhere else."))
    return redirect("accounts:profile")


@login_required
@require_POST
def sign_out_everywhere(request: HttpRequest) -> HttpResponse:
    """Sign the person out everywhere, here too."""
    sessions.end_all(_person(request))
    logout(request)
    return redirect(settings.LOGOUT_REDIRECT_URL)


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # the views are for who is signed in
    return request.user
