"""What a person wants of every new chat and of the page."""

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_POST

from chat.models import Preferences
from chat.views.common import refused
from chat.wire.settings import InvalidSettings, PreferenceChanges, decode


@login_required
@require_POST
def change(request: HttpRequest) -> JsonResponse:
    """Keep the values of a JSON body, and leave alone what it does not name.

    Gives all preferences as they are now, or 400 with ``detail`` and ``field``.
    """
    try:
        values = decode(request.body, PreferenceChanges)
        _check_language(values.get("language", ""))
    except InvalidSettings as error:
        return refused(error)
    response = JsonResponse(Preferences.objects.change(request.user, **values).values)
    if values.get("language") == "":
        _forget_language(response)
    return response


def _check_language(language: str) -> None:
    if language and language not in dict(settings.LANGUAGES):
        raise InvalidSettings("language")


def _forget_language(response: JsonResponse) -> None:
    """Let the browser ask again, whatever was chosen before."""
    path = settings.LANGUAGE_COOKIE_PATH
    response.delete_cookie(settings.LANGUAGE_COOKIE_NAME, path=path, samesite="Lax")
