"""Values in an address that no row can have are a bad request, not a fault of ours."""

from __future__ import annotations

from collections.abc import Callable

from django.core.exceptions import FieldDoesNotExist
from django.db import DataError
from django.http import HttpRequest, HttpResponse

from h2oweb.errors import bad_request

# A number of forty digits, as SQLite and as PostgreSQL refuse it.
NUMBERS = (OverflowError, DataError)
TO_FIELD = "_to_field"  # by which Django's admin lets an address name a column


class UnfitValues:
    """The middleware, for the few that neither a form nor a converter looks at before."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Nothing beside ``process_exception``."""
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """The page of a bad request, or None where the error is another one."""
        names_column = TO_FIELD in request.GET or TO_FIELD in request.POST
        if isinstance(error, NUMBERS) or (isinstance(error, FieldDoesNotExist) and names_column):
            return bad_request(request, error)
        return None
