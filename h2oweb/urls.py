"""Every address of the site."""

from django.contrib import admin
from django.urls import include, path
from django.views.i18n import set_language

handler400 = "h2oweb.errors.bad_request"
handler500 = "h2oweb.errors.server_error"

urlpatterns = [
    path("language/", set_language, name="language"),
    path("admin/", admin.site.urls),
    path("", include("accounts.urls")),
    path("", include("accounts.library_urls")),
    path("", include("chat.urls")),
    path("", include("search.urls")),
]
