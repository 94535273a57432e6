"""What accounts themselves keep of a person."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.models import User
from django.core.serializers.json import DjangoJSONEncoder

from accounts.models import Browser, Invitation
from accounts.personal import File


class OwnData:
    """The account, where it is signed in, and whom it has invited."""

    def files(self, person: User) -> Iterator[File]:
        """One file. No secret is in it."""
        text = json.dumps(_account(person), cls=DjangoJSONEncoder, ensure_ascii=False, indent=1)
        yield "account.json", [text.encode()]

    def objection(self, person: User) -> str:
        """None."""
        return ""

    def prepare_to_erase(self, person: User) -> None:
        """Nothing is under way."""

    def erase(self, person: User) -> None:
        """All of it goes with the person."""


def _account(person: User) -> dict[str, Any]:
    mails = EmailAddress.objects.filter(user=person)
    factors = Authenticator.objects.filter(user=person)
    elsewhere = SocialAccount.objects.filter(user=person)
    return {
        "name": person.get_username(),
        "first_name": person.first_name,
        "last_name": person.last_name,
        "email": person.email,
        "joined_at": person.date_joined,
        "last_signed_in_at": person.last_login,
        "roles": list(person.groups.values_list("name", flat=True)),
        "addresses": list(mails.values("email", "verified", "primary")),
        "second_factors": list(factors.values("type", "created_at", "last_used_at")),
        "accounts_elsewhere": list(elsewhere.values("provider", "uid", "date_joined")),
        "signed_in": list(
            Browser.objects.owned_by(person).values("agent", "address", "began_at", "seen_at")
        ),
        "invited": list(
            Invitation.objects.made_by(person).values("note", "email", "made_at", "used_at")
        ),
    }
