"""Where an invitation leads. Looking at the page changes nothing; only its button does."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.forms import NewPersonForm
from accounts.invitations import let_in
from accounts.limits import LINK, TooManyTriesError, address_of
from accounts.views.common import strict, too_many


@strict
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def accept(request: HttpRequest) -> HttpResponse:
    """Take up an invitation and come in."""
    if settings.SIGN_UP == "off" or settings.OIDC_ONLY:
        return render(request, "account/signup_closed.html", status=403)
    if request.user.is_authenticated:
        return redirect("chat:new")
    form = NewPersonForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return render(request, "accounts/invitation.html", {"form": form})
    try:
        LINK.take("invitation", address_of(request))
    except TooManyTriesError as error:
        return too_many(request, error)
    person = let_in(form.cleaned_data["token"], form)
    if person is None:
        return render(request, "accounts/invitation_dead.html", status=410)
    login(request, person, settings.AUTHENTICATION_BACKENDS[0])
    return redirect("chat:new")
