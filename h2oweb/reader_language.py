"""In which language a page is shown: by choice, or else as the browser asks."""

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.views.i18n import set_language

from chat.models import Preferences


class ReaderLanguage(LocaleMiddleware):
    """Django's choice by cookie and by browser, below what a person has set for themselves.

    What they have set is left in the cookie, for the pages before the next sign-in.
    """

    def process_request(self, request: HttpRequest) -> None:
        """Let the rest of this request speak the reader's language."""
        chosen = _chosen_by(request)
        if chosen and chosen != request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME):
            request.COOKIES[settings.LANGUAGE_COOKIE_NAME] = chosen
            request.language_to_keep = chosen  # type: ignore[attr-defined]
        super().process_request(request)

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        """Name the language, and keep a choice in this browser."""
        chosen = getattr(request, "language_to_keep", "")
        if chosen and settings.LANGUAGE_COOKIE_NAME not in response.cookies:
            _keep(response, chosen)
        return super().process_response(request, response)


def choose(request: HttpRequest) -> HttpResponseBase:
    """Keep the posted ``language`` in this browser, and for a person who is signed in."""
    answer = set_language(request)
    language = request.POST.get("language", "")
    is_one = request.method == "POST" and language in dict(settings.LANGUAGES)
    if is_one and request.user.is_authenticated:
        Preferences.objects.change(request.user, language=language)
    return answer


def _keep(response: HttpResponseBase, language: str) -> None:
    """Let this browser ask for the language from now on, as Django's ``set_language`` does."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        path=settings.LANGUAGE_COOKIE_PATH,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite="Lax",
    )


def _chosen_by(request: HttpRequest) -> str:
    if not request.user.is_authenticated:
        return ""
    return Preferences.objects.of(request.user).language
