"""Who has this name, or this mail address, and this password."""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest


def find(name: str) -> User | None:
    """The one person with this mail address, or with this name.

    An address counts first if its person has shown that it is theirs: a name that reads
    like it keeps nobody out. It counts last if whoever runs the server wrote it down and
    it is nobody else's.
    """
    shown = EmailAddress.objects.filter(email__iexact=name, verified=True)
    if "@" in name and (address := shown.select_related("user").first()):
        owner: User = address.user
        return owner
    if person := User.objects.filter(username=name).first():
        return person
    if "@" not in name:
        return None
    written = User.objects.filter(email__iexact=name, emailaddress=None)[:2]
    return written[0] if len(written) == 1 else None


class NameOrMail(ModelBackend):
    """Signs people in by name or mail address, and takes as long for those who do not exist."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **_: Any,
    ) -> User | None:
        """The person; ``PermissionDenied`` keeps the next backend from trying once more."""
        if username is None or password is None:
            return None
        person = find(username)
        if person is None:
            User().set_password(password)  # as slow as looking at a real one
        elif person.check_password(password) and self.user_can_authenticate(person):
            return person
        raise PermissionDenied
