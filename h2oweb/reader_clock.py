"""By which clock a page tells days and times: that of the reader's browser."""

from __future__ import annotations

from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django.http import HttpRequest
from django.utils import timezone
from django.utils.deprecation import MiddlewareMixin

COOKIE = "timezone"  # an IANA name such as Europe/Berlin, which the page's own script writes


class ReaderClock(MiddlewareMixin):
    """Lets a view's dates be those of the browser's time zone; without one, the server's.

    The administration keeps the server's clock: its days are compared with days that were
    counted, by people who may sit in different places.
    """

    def process_request(self, request: HttpRequest) -> None:
        """Forget the clock of the request before."""
        timezone.deactivate()

    def process_view(self, request: HttpRequest, *_view: Any) -> None:
        """Set the clock before the view looks at it."""
        match = request.resolver_match
        name = request.COOKIES.get(COOKIE, "")
        if match and "admin" not in match.namespaces and name in _names():
            timezone.activate(ZoneInfo(name))


@cache
def _names() -> frozenset[str]:
    return frozenset(available_timezones())
