"""The owner: who runs this server, and comes in first by a link that only its terminal shows."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.urls import reverse

from accounts.forms import NewOwnerForm, ReturningOwnerForm
from accounts.models import OwnerLink


def needs_owner() -> bool:
    """Whether nobody runs this server yet."""
    return owner() is None


def owner() -> User | None:
    """The superuser who has been here the longest and may sign in, or None."""
    owners = User.objects.filter(is_superuser=True, is_active=True)
    return owners.order_by("date_joined", "pk").first()


def make_link() -> str:
    """A new link for the owner, as an absolute URL; the one before dies.

    The token is the fragment of the URL. A browser never sends that part by
    itself, so it is in no log of this server or of a proxy, in no Referer, and
    what fetches links ahead of a person cannot use it up.
    """
    path = reverse("accounts:owner").removeprefix(settings.FORCE_SCRIPT_NAME or "")
    return f"{settings.PUBLIC_URL}{path}#{OwnerLink.make()}"


@transaction.atomic
def let_in(token: str, form: NewOwnerForm | ReturningOwnerForm) -> User | None:
    """The owner, made or given a new password as the valid form says. None: the link is dead.

    A link is used up together with what it does, or not at all.
    """
    return form.save() if OwnerLink.claim(token) else None
