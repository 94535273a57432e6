"""Taking one's data along, and erasing it."""

from __future__ import annotations

from allauth.account.decorators import reauthentication_required
from django import forms
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts import personal
from accounts.owner import owner
from accounts.views.common import strict
from h2oweb.sending import in_pieces


@reauthentication_required  # type: ignore[untyped-decorator]
@login_required
@never_cache
@require_http_methods(["GET", "HEAD"])
def download(request: HttpRequest) -> StreamingHttpResponse:
    """A zip of all that is kept of this person, made while it is sent."""
    assert isinstance(request.user, User)
    pieces = in_pieces(personal.archive(request.user))
    answer = StreamingHttpResponse(pieces, content_type="application/zip")
    name = f"h2o-chat-{timezone.localdate():%Y-%m-%d}.zip"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


class EraseForm(forms.Form):
    """One tick, for what cannot be undone."""

    sure = forms.BooleanField(label=_("Erase my account and everything in it"))


@strict
@reauthentication_required  # type: ignore[untyped-decorator]
@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def erase(request: HttpRequest) -> HttpResponse:
    """Say what goes and what stays; then erase it."""
    person = request.user
    assert isinstance(person, User)
    form = EraseForm(request.POST or None)
    objections = personal.objections(person)
    if request.method == "POST" and form.is_valid() and not objections:
        personal.erase(User.objects.get(pk=person.pk))
        logout(request)
        return render(request, "accounts/erased.html")
    told = {"form": form, "is_owner": person == owner(), "objections": objections}
    status = 409 if objections and request.method == "POST" else 200
    return render(request, "accounts/erase.html", told, status=status)
