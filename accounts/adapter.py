"""What allauth asks us: who may sign up, how mail goes out, what is next."""

from __future__ import annotations

import base64
import hashlib
import logging
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.account.stages import EmailVerificationStage
from allauth.core.exceptions import ReauthenticationRequired
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet
from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from accounts import again, mail, names
from accounts.limits import MAIL, TooManyTriesError, address_of, guessing

logger = logging.getLogger(__name__)


class AccountAdapter(DefaultAccountAdapter):
    """Signing up, mails and redirects."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "incorrect_code": _("This code is not right."),
        "too_many_login_attempts": _("Too many wrong codes. Begin again."),
    }
    quiet = {"account/messages/logged_in.txt", "account/messages/logged_out.txt"}

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Whether somebody without an invitation may sign up."""
        return bool(settings.SIGN_UP == "open")

    def clean_username(self, username: str, shallow: bool = False) -> str:
        """The name as it is kept. ``shallow`` are names that are made here, of another's words."""
        name = username if shallow else names.fit(username)
        cleaned: str = super().clean_username(name, shallow)
        return cleaned

    def is_safe_url(self, url: str | None) -> bool:
        """Whether a redirect may lead there: to this site only, under the name it has now."""
        return url_has_allowed_host_and_scheme(
            url, {self.request.get_host()}, require_https=self.request.is_secure()
        )

    def reauthenticate(self, user: Any, password: str) -> bool:
        """Whether this is the person's password. Guesses are counted."""
        try:
            with guessing("password", address_of(self.request), user.pk) as guess:
                # Not the person's own method: it replaces an old hash, which ends sessions.
                if is_right := check_password(password, user.password):
                    guess.right()
        except TooManyTriesError as error:
            raise self.validation_error_of(error) from error
        return bool(is_right)

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """A fresh sign-in of who has neither a password nor a second factor."""
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        if methods or not user.is_authenticated:
            return methods
        url = reverse("accounts:confirm-again")
        return [{"id": "again", "description": _("Sign in again"), "url": url}]

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """For all that is delicate; allauth lets people pass of whom it can ask nothing."""
        person = self.request.user
        if again.is_only_way(person) and not again.is_fresh(self.request, person):
            raise ReauthenticationRequired
        return bool(super().is_reauthentication_required(app=app, **kwargs))

    def get_login_stages(self) -> list[str]:
        """With our own question for a verified address."""
        theirs = "allauth.account.stages.EmailVerificationStage"
        ours = "accounts.adapter.AddressStage"
        return [ours if stage == theirs else stage for stage in super().get_login_stages()]

    def get_client_ip(self, request: HttpRequest) -> str:
        """Where the request comes from, as the server tells it; see ``h2oweb.server``."""
        return request.META.get("REMOTE_ADDR") or "-"

    def format_email_subject(self, subject: str) -> str:
        """Without the name of a host."""
        return subject

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Write it now, send it soon; nothing without a mail server, and nobody is flooded."""
        try:
            MAIL.take("to", email.casefold())
        except TooManyTriesError:
            logger.warning("A mail was not sent: its address got too many.")
            return
        if settings.MAIL:
            context = {
                "request": self.request,
                "email": email,
                "url": settings.PUBLIC_URL,
            } | context
            mail.send_soon(self.render_mail(template_prefix, email, context))

    def add_message(
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        *args: Any,
        **kwargs: Any,
    ) -> None:
        """Without those that say what everybody sees."""
        if message_template not in self.quiet:
            super().add_message(request, level, message_template, *args, **kwargs)

    @staticmethod
    def validation_error_of(error: TooManyTriesError) -> Exception:
        """The same, as a form shows it."""
        return ValidationError(error.sentence, code="too_many")


class AddressStage(EmailVerificationStage):
    """Asks for a code from the mail: of who signs up, and of who began to and comes back."""

    def handle(self) -> Any:
        """Let people pass who never had an address to show."""
        person: User | None = self.login.user
        if person and not EmailAddress.objects.filter(user=person).exists():
            return None, True
        return super().handle()


class SecondFactorAdapter(DefaultMFAAdapter):
    """Secrets of second factors are stored encrypted."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _("This code is not right."),
    }

    def get_totp_issuer(self) -> str:
        """What the authenticator's list shows."""
        return "H2O Chat"

    def encrypt(self, text: str) -> str:
        """With a key made of SECRET_KEY."""
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """What ``encrypt`` was given."""
        return _cipher().decrypt(encrypted_text.encode()).decode()


def _cipher() -> Fernet:
    key = hashlib.sha256(b"accounts.second_factor\0" + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))
