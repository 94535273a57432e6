"""To the OpenID Connect provider and back."""

from __future__ import annotations

import logging
from collections.abc import Callable

from allauth.account.utils import get_next_redirect_url
from allauth.socialaccount.models import SocialAccount
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST
from requests import RequestException

from accounts import again
from accounts.oidc import PROVIDER, Provider
from accounts.views.common import strict

logger = logging.getLogger(__name__)


@strict  # type: ignore[arg-type]  # its types know views without arguments only
@never_cache
@require_POST
def begin(request: HttpRequest, provider_id: str) -> HttpResponse:
    """To the provider, by a page of ours: a form may not be redirected to another site."""
    provider = _provider(request, provider_id)
    answer = _guarded(request, lambda request: _leave(request, provider))
    if answer.status_code != 302:
        return answer
    context = {"address": answer["Location"], "provider": settings.OIDC_NAME}
    return render(request, "accounts/oidc_leaving.html", context)


@strict  # type: ignore[arg-type]  # its types know views without arguments only
@never_cache
@require_GET
def back(request: HttpRequest, provider_id: str) -> HttpResponse:
    """From the provider, with a code that is good for its word about a person."""
    return _guarded(request, OAuth2CallbackView.adapter_view(_provider(request, provider_id)))


@login_required
@require_POST
def disconnect(request: HttpRequest) -> HttpResponse:
    """Sign in there no more; who could sign in no other way stays connected."""
    person = request.user
    assert isinstance(person, User)
    if person.has_usable_password() and not settings.OIDC_ONLY:
        SocialAccount.objects.filter(user=person).delete()
        messages.success(request, _("Disconnected."))
    else:
        messages.error(request, _("Set a password first: this is your only way in."))
    return redirect("accounts:profile")


@strict
@login_required
@never_cache
@require_GET
def confirm(request: HttpRequest) -> HttpResponse:
    """Asks who has neither a password nor a second factor to sign in again."""
    person = request.user
    assert isinstance(person, User)
    if not again.is_only_way(person):
        return redirect("account_reauthenticate")
    context = {
        "next": get_next_redirect_url(request) or "",
        "provider": settings.OIDC_NAME if again.is_elsewhere(person) else "",
    }
    return render(request, "accounts/again.html", context)


def _provider(request: HttpRequest, provider_id: str) -> Provider:
    if not settings.OIDC_ISSUER or provider_id != PROVIDER:
        raise Http404
    return Provider(request, provider_id)


def _leave(request: HttpRequest, provider: Provider) -> HttpResponse:
    provider.check()
    demand = {}
    if "again" in request.POST and request.user.is_authenticated:
        again.ask(request)
        demand = {"auth_params": again.DEMAND}
    else:
        again.take(request)
    request.GET = QueryDict(urlencode(demand))  # where allauth looks for it, and for nothing else
    answer: HttpResponse = OAuth2LoginView.adapter_view(provider)(request)
    return answer


def _guarded(request: HttpRequest, view: Callable[[HttpRequest], HttpResponse]) -> HttpResponse:
    """The provider may be away, and may say anything."""
    try:
        return view(request)
    except (OAuth2Error, RequestException, KeyError, ValueError) as error:
        logger.warning("The OpenID Connect provider: %s", type(error).__name__)
        return render(request, "socialaccount/authentication_error.html", status=502)
