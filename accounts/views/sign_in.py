"""Sign-in and sign-up."""

from __future__ import annotations

from typing import Any

from allauth.account.views import LoginView, SignupView
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.decorators import method_decorator

from accounts.forms import SignInForm
from accounts.limits import SIGN_UP, TooManyTriesError, address_of
from accounts.owner import needs_owner
from accounts.views.common import needs_passwords, strict, too_many


@method_decorator(strict, name="dispatch")
class SignIn(LoginView):
    """Name and password, or a passkey. ``next`` leads only to addresses of this site."""

    template_name = "accounts/sign_in.html"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Look at name and password, unless nobody signs in by them."""
        if settings.OIDC_ONLY:
            raise PermissionDenied
        return super().post(request, *args, **kwargs)  # type: ignore[no-any-return]

    def form_invalid(self, form: SignInForm) -> HttpResponse:
        """Say what was wrong, and when to try again if that was too often."""
        answer: HttpResponse = super().form_invalid(form)
        if form.wait:
            answer.status_code = 429
            answer["Retry-After"] = str(form.wait)
        return answer

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What the page shows."""
        shown = {
            "needs_owner": needs_owner(),
            "may_sign_up": settings.SIGN_UP == "open",
            "mail": settings.MAIL,
            "oidc": settings.OIDC_NAME if settings.OIDC_ISSUER else "",
            "oidc_only": settings.OIDC_ONLY,
            "next": self.get_next_url(),
        }
        return super().get_context_data(**kwargs) | shown  # type: ignore[no-any-return]


@method_decorator([strict, needs_passwords], name="dispatch")
class SignUp(SignupView):
    """For everybody, if SIGN_UP says so."""

    template_name = "accounts/sign_up.html"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Take a new person in, though not too many from one place."""
        try:
            SIGN_UP.take(address_of(request))
        except TooManyTriesError as error:
            return too_many(request, error)
        return super().post(request, *args, **kwargs)  # type: ignore[no-any-return]
