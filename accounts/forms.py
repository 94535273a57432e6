"""The forms of the owner's page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.auth.forms import BaseUserCreationForm, SetPasswordForm
from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    _CreationForm = BaseUserCreationForm[User]
    _PasswordForm = SetPasswordForm[User]
else:
    _CreationForm = BaseUserCreationForm
    _PasswordForm = SetPasswordForm


class TokenField(forms.CharField):
    """What the owner's link carries after its ``#``; the page's script fills it in."""

    def __init__(self) -> None:
        super().__init__(
            label=_("Code"),
            max_length=100,
            help_text=_("The part of the owner’s link after the # sign."),
            widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        )


class NewOwnerForm(_CreationForm):
    """The first owner: a name and a password."""

    token = TokenField()

    field_order = ("token", "username", "password1", "password2")

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, initial={"username": "owner"})
        self.fields["username"].help_text = ""
        self.fields["password1"].help_text = _("At least 8 characters, and not a common one.")
        self.fields["password2"].label = _("The same password again")
        self.fields["password2"].help_text = ""

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
