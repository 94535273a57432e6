"""Pages for what went wrong.

Django's own are protected against forged requests and so read the form again, which
raises once more where the form itself was the trouble.
"""

from django.http import HttpRequest, HttpResponse
from django.template import loader


def bad_request(_: HttpRequest, exception: Exception) -> HttpResponse:
    """The request cannot be understood; why is in the log."""
    del exception
    return HttpResponse(loader.render_to_string("400.html"), status=400)


def server_error(_: HttpRequest) -> HttpResponse:
    """The fault is here."""
    return HttpResponse(loader.render_to_string("500.html"), status=500)
