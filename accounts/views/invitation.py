"""Where an invitation leads. Looking at the page changes nothing; only its button does."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.forms import NewPersonForm
from accounts.invitations import let_in
from accounts.views.common import come_in, strict


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
    token = form.cleaned_data["token"]
    dead = "accounts/invitation_dead.html"
    return come_in(request, "invitation", lambda: let_in(token, form), dead)
