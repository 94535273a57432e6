"""Signing in by an OpenID Connect provider, which the settings name.

Beside what allauth checks, a token's signature, the issuer, and that the provider's two
answers are about the same person: https://openid.net/specs/openid-connect-core-1_0.html,
sections 3.1.3.7 and 5.3.2.
"""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.internal import jwtkit
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import again

PROVIDER = "oidc"


class Provider(OpenIDConnectOAuth2Adapter):
    """The provider's side of signing in."""

    @property
    def openid_config(self) -> dict[str, Any]:
        """What the provider says of itself, if it is the one that was meant."""
        config: dict[str, Any] = super().openid_config
        if str(config.get("issuer", "")).rstrip("/") != settings.OIDC_ISSUER.rstrip("/"):
            raise OAuth2Error("This is another issuer")
        return config

    def check(self) -> None:
        """Raises OAuth2Error if it is not the one that was meant, and when it is away."""
        assert self.openid_config

    def complete_login(self, request: HttpRequest, app: Any, token: Any, **kwargs: Any) -> Any:
        """Who it is, if all that was said is about one person."""
        if not kwargs["response"].get("id_token"):
            raise OAuth2Error("No id_token")
        login = super().complete_login(request, app, token, **kwargs)
        said = login.account.extra_data
        if said["userinfo"].get("sub") != said["id_token"].get("sub"):
            raise OAuth2Error("The answers are about two people")
        return login

    def _decode_id_token(self, app: Any, id_token: str) -> dict[str, Any]:
        decoded: dict[str, Any] = jwtkit.verify_and_decode(
            credential=id_token,
            keys_url=self.openid_config["jwks_uri"],
            issuer=self.openid_config["issuer"],
            audience=app.client_id,
            lookup_kid=jwtkit.lookup_kid_jwk,
        )
        return decoded


class ProviderAdapter(DefaultSocialAccountAdapter):
    """What allauth asks us about people whom the provider sends."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        """Whether somebody who is new here gets an account."""
        return bool(settings.OIDC_SIGN_UP or settings.SIGN_UP == "open")

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Nobody gets a second account, or another's, by having the same address.

        Who was sent there to show that it is them goes back to what they were about to do.
        """
        if (asked := again.take(request)) is not None:
            raise ImmediateHttpResponse(_come_back(request, sociallogin, asked))
        if sociallogin.is_existing or request.user.is_authenticated:
            return
        addresses = [address.email for address in sociallogin.email_addresses]
        if any(_is_taken(address) for address in addresses):
            raise ImmediateHttpResponse(render(request, "accounts/oidc_known.html", status=409))

    def get_connect_redirect_url(self, request: HttpRequest, socialaccount: Any) -> str:
        """Back to the profile, where it was asked for."""
        return reverse("accounts:profile")

    def get_requests_session(self) -> Any:
        """Goes where the provider's own description says, and is led nowhere else."""
        session = super().get_requests_session()
        session.max_redirects = 0
        return session


def _come_back(request: HttpRequest, login: Any, asked: float) -> HttpResponse:
    target: str = login.get_redirect_url(request) or reverse("accounts:profile")
    if again.note(request, login, asked):
        return redirect(target)
    messages.error(request, _("You were not asked there, or it is somebody else's account."))
    return redirect(reverse("accounts:confirm-again", query={"next": target}))


def _is_taken(address: str) -> bool:
    known = EmailAddress.objects.filter(email__iexact=address).exists()
    return known or User.objects.filter(email__iexact=address).exists()
