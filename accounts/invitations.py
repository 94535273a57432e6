"""Inviting people: a link that one person may use once, until its end."""

from __future__ import annotations

import logging
from smtplib import SMTPException

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.models import User
from django.core.mail import EmailMessage
from django.db import transaction
from django.template import loader
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.forms import NewPersonForm
from accounts.models import Invitation

logger = logging.getLogger(__name__)


def link_of(token: str) -> str:
    """The invitation as an absolute URL; its token is the fragment, as in the owner's link."""
    path = reverse("accounts:invitation").removeprefix(settings.FORCE_SCRIPT_NAME or "")
    return f"{settings.PUBLIC_URL}{path}#{token}"


def send(invitation: Invitation, link: str) -> bool:
    """Mail the link to whom it is for. False: the mail server did not take it."""
    context = {"link": link, "ends_at": invitation.ends_at, "url": settings.PUBLIC_URL}
    text = loader.render_to_string("accounts/email/invitation.txt", context)
    message = EmailMessage(_("You are invited to H2O Chat"), text, to=[invitation.email])
    try:
        return bool(message.send())
    except (OSError, SMTPException) as error:
        logger.warning("An invitation could not be sent: %s", type(error).__name__)
        return False


@transaction.atomic
def let_in(token: str, form: NewPersonForm) -> User | None:
    """The new person, made as the valid form says. None: the invitation is dead.

    An invitation is used up together with what it does, or not at all. An address to
    which it was sent is the person's own.
    """
    invitation = Invitation.objects.of_token(token)
    if invitation is None:
        return None
    person: User = form.save()
    if not invitation.take_up(person):
        transaction.set_rollback(True)
        return None
    if invitation.email:
        _give_address(person, invitation.email.lower())
    return person


def _give_address(person: User, email: str) -> None:
    if not EmailAddress.objects.filter(email=email, verified=True).exists():
        EmailAddress.objects.create(user=person, email=email, verified=True, primary=True)
        person.email = email
        person.save(update_fields=["email"])
