"""Every address of the site."""

from django.contrib import admin
from django.urls import include, path

from h2oweb import health
from h2oweb.metrics import metrics
from h2oweb.reader_language import choose

handler400 = "h2oweb.errors.bad_request"
handler500 = "h2oweb.errors.server_error"

urlpatterns = [
    path("language/", choose, name="language"),
    path("admin/", admin.site.urls),
    path("", include("accounts.urls")),
    path("", include("accounts.library_urls")),
    path("", include("review.urls")),
    path("", include("chat.urls")),
    path("", include("search.urls")),
    path("health/live", health.live, name="health-live"),
    path("health/ready", health.ready, name="health-ready"),
    path("metrics", metrics, name="metrics"),
]
