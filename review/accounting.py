"""The account of reading: no page shows another's words without a reason and a written line."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from chat.models import Conversation
from review import masking
from review.models import Reading

KEPT_AS = "reading_reason"
View = Callable[..., HttpResponse]


class ReasonForm(forms.Form):
    """Why somebody reads what others wrote."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        help_text=_("It is kept with your name, and shown to the people whose words you read."),
        widget=forms.TextInput(attrs={"list": "usual-reasons", "autocomplete": "off"}),
    )
    next = forms.CharField(required=False, max_length=4000, widget=forms.HiddenInput)


def reason_of(request: HttpRequest) -> str:
    """What the person gave as the reason, this session; empty if nothing yet."""
    return str(request.session.get(KEPT_AS, ""))


def keep_reason(request: HttpRequest, reason: str) -> None:
    """The reason of all that is read from now on in this session."""
    request.session[KEPT_AS] = reason


def with_reason(view: View) -> View:
    """A view of an admin class, for whoever may view and has said why."""

    @wraps(view)
    def asking(self: Any, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        if not reason_of(request):
            page = reverse("admin:review_reading_reason")
            asked_for = urlencode({"next": request.get_full_path()})
            return HttpResponseRedirect(f"{page}?{asked_for}")
        return view(self, request, *args, **kwargs)

    return asking


def note(
    request: HttpRequest,
    page: Reading.Page,
    conversations: Iterable[Conversation],
    *,
    reason: str = "",
    detail: str = "",
) -> None:
    """Write down what this request shows, before it is shown: each conversation once."""
    why = masking.lifted_because(request) or reason or reason_of(request)
    each_once = {conversation.pk: conversation for conversation in conversations}
    Reading.objects.note(
        request.user, page, why, each_once.values(), detail, is_masked=masking.is_on(request)
    )
