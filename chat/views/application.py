"""What a browser needs to keep the page as an application of its own."""

from django.http import HttpRequest, JsonResponse
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

GROUND = "#1d1b16"  # of the icons: what is shown until the page is drawn


@require_GET
def manifest(_request: HttpRequest) -> JsonResponse:
    """The web app manifest (W3C, Web Application Manifest), in the reader's language."""
    home = reverse("chat:new")
    content = {
        "id": home,
        "name": "H2O Chat",
        "short_name": "H2O Chat",
        "description": _("A chat with open large language models"),
        "lang": get_language(),
        "start_url": home,
        "scope": home,
        "display": "standalone",
        "background_color": GROUND,
        "theme_color": GROUND,
        "icons": [
            {"src": static("chat/img/icon.svg"), "sizes": "any", "type": "image/svg+xml"},
            _png("icon-192", 192),
            _png("icon-512", 512),
            _png("icon-maskable-512", 512) | {"purpose": "maskable"},
        ],
        "shortcuts": [{"name": _("New chat"), "url": home}],
    }
    return JsonResponse(content, content_type="application/manifest+json")


def _png(name: str, size: int) -> dict[str, str]:
    return {
        "src": static(f"chat/img/{name}.png"),
        "sizes": f"{size}x{size}",
        "type": "image/png",
    }
