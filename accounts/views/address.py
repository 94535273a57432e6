"""Another mail address: it counts once a code that was sent there is typed in."""

from __future__ import annotations

from typing import Any

from allauth.account.decorators import reauthentication_required
from allauth.account.views import EmailView
from django.http import HttpResponse
from django.utils.decorators import method_decorator

from accounts.limits import MAIL_PAIR, TooManyTriesError
from accounts.views.common import needs_mail, strict, too_many


@method_decorator([strict, needs_mail, reauthentication_required], name="dispatch")
class ChangeAddress(EmailView):
    """The page with the new address."""

    def form_valid(self, form: Any) -> HttpResponse:
        """Send the code, though not to any number of addresses."""
        try:
            MAIL_PAIR.take("address", self.request.user.pk)
        except TooManyTriesError as error:
            return too_many(self.request, error)
        return super().form_valid(form)  # type: ignore[no-any-return]
