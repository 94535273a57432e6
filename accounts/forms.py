"""The forms of sign-in, of the profile, and of links that let people in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.account.forms import ReauthenticateForm, SignupForm
from allauth.account.internal.flows.login import perform_password_login
from allauth.account.models import Login
from django import forms
from django.contrib.auth import authenticate
from django.contrib.auth.forms import (
    BaseUserCreationForm,
    PasswordChangeForm,
    SetPasswordForm,
)
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from accounts import known_browser, names
from accounts.backends import find
from accounts.limits import TooManyTriesError, address_of, guessing

if TYPE_CHECKING:
    _CreationForm = BaseUserCreationForm[User]
    _PasswordForm = SetPasswordForm[User]
    _PasswordChangeForm = PasswordChangeForm
    _PersonForm = forms.ModelForm[User]
else:
    _CreationForm = BaseUserCreationForm
    _PasswordForm = SetPasswordForm
    _PasswordChangeForm = PasswordChangeForm
    _PersonForm = forms.ModelForm


class SignInForm(forms.Form):
    """A name or a mail address, and the password."""

    username = forms.CharField(
        label=_("Name or mail address"),
        max_length=254,
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "autofocus": True}
        ),
    )
    password = forms.CharField(
        label=_("Password"),
        max_length=4096,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request
        self.wait = 0  # seconds, if there were too many tries

    def clean(self) -> dict[str, Any]:
        """Look at the password, unless too many were tried."""
        name, password = (self.cleaned_data.get(field) for field in ("username", "password"))
        if name and password:
            try:
                self._sign_in(name, password)
            except TooManyTriesError as error:
                self.wait = error.seconds
                raise forms.ValidationError(error.sentence, code="too_many") from error
        return self.cleaned_data

    def _sign_in(self, name: str, password: str) -> None:
        person = find(name)
        who = person.pk if person else name.casefold()
        browser = known_browser.name_for(self.request, person.pk if person else None)
        with guessing("password", address_of(self.request), who, browser) as guess:
            self.user = authenticate(self.request, username=name, password=password)
            if self.user is None:
                raise forms.ValidationError(
                    _("This name and password do not go together."), code="invalid"
                )
            guess.right()

    def login(self, request: HttpRequest, redirect_url: str | None = None) -> HttpResponse:
        """Go on to the second factor, or in."""
        login = Login(user=self.user, redirect_url=redirect_url)
        given = {"username": self.cleaned_data["username"]}
        answer: HttpResponse = perform_password_login(request, given, login)
        return answer


class ItIsMeForm(ReauthenticateForm):
    """The password once more, before something delicate."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["password"]
        field.widget.attrs.pop("placeholder", None)
        field.widget.attrs["autofocus"] = True


class SignUpForm(SignupForm):
    """A new person: name, mail address and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)
        self.fields["username"].label = _("Name")
        if "email" in self.fields:
            is_needed = self.fields["email"].required
            self.fields["email"].label = (
                _("Mail address") if is_needed else _("Mail address (optional)")
            )
        self.fields["password1"].label = _("Password")
        self.fields["password1"].max_length = self.fields["password2"].max_length = 4096
        self.fields["password1"].help_text = _("At least 8 characters, and not a common one.")
        self.fields["password2"].label = _("The same password again")


class NewPasswordForm(_PasswordForm):
    """A password for who has none."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["new_password1"].help_text = _("At least 8 characters, and not a common one.")
        self.fields["new_password2"].label = _("The same password again")
        self.fields["new_password2"].help_text = ""


class PasswordAgainForm(NewPasswordForm, _PasswordChangeForm):
    """A new password for who knows the old one. Guesses at the old one are counted."""

    def clean_old_password(self) -> str:
        """The old password, if it is right."""
        try:
            with guessing("old password", "", self.user.pk) as guess:
                password: str = super().clean_old_password()
                guess.right()
        except TooManyTriesError as error:
            raise forms.ValidationError(error.sentence, code="too_many") from error
        return password


class ProfileForm(_PersonForm):
    """What a person is called."""

    class Meta:
        model = User
        fields = ("first_name", "last_name")
        labels = {"first_name": _("First name"), "last_name": _("Last name")}


class TokenField(forms.CharField):
    """What a one-time link carries after its ``#``; the page's script fills it in."""

    def __init__(self) -> None:
        super().__init__(
            label=_("Code"),
            max_length=100,
            help_text=_("The part of the link after the # sign."),
            widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        )


class NewPersonForm(_CreationForm):
    """Somebody who comes in by a link: a name and a password."""

    token = TokenField()

    field_order = ("token", "username", "password1", "password2")

    def __init__(self, data: Any = None, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial)
        self.fields["username"].help_text = ""
        self.fields["password1"].help_text = _("At least 8 characters, and not a common one.")
        self.fields["password2"].label = _("The same password again")
        self.fields["password2"].help_text = ""

    def clean_username(self) -> str:
        """A name of their own."""
        return names.fit(self.cleaned_data["username"])


class NewOwnerForm(NewPersonForm):
    """The first owner."""

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, initial={"username": "owner"})

    def save(self, commit: bool = True) -> User:
        """Make the owner, who may do everything."""
        self.instance.is_staff = self.instance.is_superuser = True
        return super().save(commit)


class ReturningOwnerForm(_PasswordForm):
    """An owner who comes back by a link, and may leave a lost password behind."""

    token = TokenField()

    field_order = ("token", "new_password1", "new_password2")

    def __init__(self, user: User, data: Any = None) -> None:
        super().__init__(user, data)
        for name in ("new_password1", "new_password2"):
            self.fields[name].required = False
            self.fields[name].help_text = ""
        self.fields["new_password1"].help_text = _("Leave it empty to keep the password you have.")
        self.fields["new_password2"].label = _("The same password again")

    def clean(self) -> dict[str, Any] | None:
        """One field without the other is a mistake too."""
        cleaned = super().clean()
        first, second = (self.cleaned_data.get(f"new_password{n}") for n in (1, 2))
        if bool(first) != bool(second):
            self.add_error("new_password2", self.error_messages["password_mismatch"])
        return cleaned

    def save(self, commit: bool = True) -> User:
        """Set the new password, if there is one."""
        if not self.cleaned_data["new_password1"]:
            return self.user
        return super().save(commit)
