"""A new password: for who knows the old one, and for who reads the mail."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.decorators import reauthentication_required
from allauth.account.views import PasswordResetView
from django.contrib.auth import views
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator

from accounts.forms import NewPasswordForm, PasswordAgainForm
from accounts.limits import MAIL_PAIR, TooManyTriesError, address_of
from accounts.models import Browser
from accounts.sessions import end_all
from accounts.views.common import needs_mail, needs_passwords, strict, too_many


@method_decorator(strict, name="dispatch")
class ChangePassword(views.PasswordChangeView):
    """A new password, which signs every other browser of this person out."""

    template_name = "accounts/password_change.html"
    success_url = reverse_lazy("accounts:password-changed")
    form_class: Any = PasswordAgainForm

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Who has no password yet sets a first one."""
        if request.user.is_authenticated and not request.user.has_usable_password():
            return redirect("accounts:password-set")
        return super().dispatch(request, *args, **kwargs)

    def form_valid(self, form: Any) -> HttpResponse:
        """Change it, sign out elsewhere, and tell by mail."""
        answer = super().form_valid(form)
        Browser.objects.see(self.request)  # its session has a new key
        end_all(form.user, but=self.request.session.session_key)
        adapter = get_adapter(self.request)
        adapter.send_notification_mail("account/email/password_changed", form.user)
        return answer


@method_decorator([strict, reauthentication_required], name="dispatch")
class SetPassword(ChangePassword):
    """A first password."""

    form_class = NewPasswordForm

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Who has a password changes it."""
        if request.user.is_authenticated and request.user.has_usable_password():
            return redirect("accounts:password-change")
        return super(ChangePassword, self).dispatch(request, *args, **kwargs)


@method_decorator(strict, name="dispatch")
class PasswordChanged(views.PasswordChangeDoneView):
    """It worked."""

    template_name = "accounts/password_changed.html"


@method_decorator([strict, needs_mail, needs_passwords], name="dispatch")
class ForgottenPassword(PasswordResetView):
    """Asks for a mail address and sends a code there; says the same whether it is known."""

    template_name = "accounts/password_forgotten.html"

    def form_valid(self, form: Any) -> HttpResponse:
        """Send the code, though not too many."""
        address = form.cleaned_data["email"].casefold()
        try:
            MAIL_PAIR.take("reset", address_of(self.request), address)
        except TooManyTriesError as error:
            return too_many(self.request, error)
        return super().form_valid(form)  # type: ignore[no-any-return]
