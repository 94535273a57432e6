"""Second factors: guesses at codes are counted, and each code counts once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from allauth.core import context
from allauth.core.internal.cryptokit import normalize_user_code
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from django import forms
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.limits import MINUTE, Limit, TooManyTriesError, address_of, guessing

#: As long as an authenticator's code is taken, clocks being half a minute apart.
USED_CODE = Limit("used code", 1, 2 * MINUTE)
FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def has_second_factor(person: AbstractBaseUser | AnonymousUser) -> bool:
    """Whether this person signs in with more than a password."""
    return bool(Authenticator.objects.filter(user_id=person.pk, type__in=FACTORS).exists())


def remove_from(person: User) -> None:
    """Take all second factors away, of someone who has lost them."""
    Authenticator.objects.filter(user=person).delete()


@contextmanager
def _counted(person: User) -> Iterator[None]:
    """Around a check of a code that raises ValidationError if it is wrong."""
    try:
        with guessing("code", address_of(context.request), person.pk) as guess:
            yield
            guess.right()
    except TooManyTriesError as error:
        raise ValidationError(error.sentence, code="too_many") from error


class _Code:
    """What the forms that take a code have in common."""

    user: User

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["code"]  # type: ignore[attr-defined]
        field.label, field.max_length = _("Code"), 32
        field.widget.attrs |= {"autofocus": True, "spellcheck": "false", "maxlength": 32}
        field.widget.attrs.pop("placeholder", None)

    def clean_code(self) -> str:
        """The code, if it is right and was not used before."""
        with _counted(self.user):
            code: str = super().clean_code()  # type: ignore[misc]
            try:
                USED_CODE.take(self.user.pk, normalize_user_code(code))
            except TooManyTriesError as error:
                raise ValidationError(_("This code was used. Wait for the next one.")) from error
        return code


class CodeForm(_Code, AuthenticateForm):
    """At sign-in."""


class CodeAgainForm(_Code, ReauthenticateForm):
    """Before what is delicate."""


class FirstCodeForm(_Code, ActivateTOTPForm):
    """To show that the authenticator has the secret."""


class CredentialField(forms.JSONField):
    """What the browser says of a passkey: an object of limited size."""

    widget = forms.HiddenInput
    default_error_messages = {"invalid": _("This passkey is not known here.")}
    most = 50_000  # characters

    def to_python(self, value: Any) -> Any:
        """The object."""
        try:
            found = super().to_python(value) if len(value or "") <= self.most else None
        except ValueError:  # such as a number without end
            found = None
        if not isinstance(found, dict):
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return found


@contextmanager
def _made_up_is_wrong() -> Iterator[None]:
    """The library takes a made-up credential apart as if it were none."""
    try:
        yield
    except ValidationError:
        raise
    except Exception as error:
        raise ValidationError(CredentialField.default_error_messages["invalid"]) from error


class _Passkey:
    """What the forms that take a passkey have in common."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["credential"] = CredentialField()  # type: ignore[attr-defined]

    def clean_credential(self) -> Any:
        """The passkey that it is."""
        with _made_up_is_wrong():
            return super().clean_credential()  # type: ignore[misc]


class PasskeyForm(_Passkey, AuthenticateWebAuthnForm):
    """After the password."""


class PasskeyAloneForm(_Passkey, LoginWebAuthnForm):
    """Instead of name and password."""


class PasskeyAgainForm(_Passkey, ReauthenticateWebAuthnForm):
    """Before what is delicate."""


class AddPasskeyForm(AddWebAuthnForm):
    """A name for the passkey; the browser fills in the rest."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["credential"] = CredentialField()
        self.fields["name"] = forms.CharField(label=_("Name"), max_length=60, required=False)
        self.fields["name"].initial = self.initial["name"] = _("Passkey")
        self.fields["passwordless"].label = _("Sign in with this passkey alone")
        self.fields["passwordless"].help_text = _(
            "Without name and password. The device asks for your finger, face or PIN instead."
        )
        self.order_fields(["name", "passwordless", "credential"])

    def clean(self) -> dict[str, Any]:
        """The answer to what was asked of the browser."""
        with _made_up_is_wrong():
            given: dict[str, Any] = super().clean()
        return given
