"""The owner's page."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import View

from accounts.forms import NewOwnerForm, ReturningOwnerForm
from accounts.owner import let_in, owner
from accounts.views.common import come_in, strict


@method_decorator([strict, never_cache, sensitive_post_parameters()], name="dispatch")
class OwnerPage(View):
    """Where the owner's link leads. Looking at the page changes nothing; only its button does."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """The form of a first owner, or of one who comes back."""
        return show(request, owner_form())

    def post(self, request: HttpRequest) -> HttpResponse:
        """Use the link up and sign the owner in."""
        form = owner_form(request.POST)
        if not form.is_valid():
            return show(request, form)
        token = form.cleaned_data["token"]
        dead = "accounts/owner_link_dead.html"
        return come_in(request, "owner", lambda: let_in(token, form), dead)


def owner_form(data: Any = None) -> NewOwnerForm | ReturningOwnerForm:
    """The form that fits: there is an owner, or there is none yet."""
    person = owner()
    return NewOwnerForm(data) if person is None else ReturningOwnerForm(person, data)


def show(request: HttpRequest, form: NewOwnerForm | ReturningOwnerForm) -> HttpResponse:
    """The owner's page with this form."""
    context = {"form": form, "is_owned": isinstance(form, ReturningOwnerForm)}
    return render(request, "accounts/owner.html", context)
