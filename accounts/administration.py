"""The administration site: Django's own, entered through our sign-in page."""

from functools import wraps
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.roles import works_here

# A moment is one field with one label, not the admin's two without any.
MOMENTS: Any = {
    models.DateTimeField: {
        "form_class": forms.DateTimeField,
        "widget": forms.DateTimeInput(
            format="%Y-%m-%dT%H:%M:%S", attrs={"type": "datetime-local", "step": 1}
        ),
    }
}


class Administration(AdminSite):
    """The admin. Signing in is done where everybody does it."""

    site_title = site_header = _("H2O Chat administration")
    index_title = _("Administration")
    enable_nav_sidebar = False  # the bar at the top leads everywhere

    def has_permission(self, request: HttpRequest) -> bool:
        """Whoever has a role here, and staff. Each page asks for its own permission beside this."""
        return super().has_permission(request) or works_here(request.user)

    def login(self, request: HttpRequest, *_: Any, **__: Any) -> HttpResponse:
        """To the sign-in page, and back here. Who is signed in and has no role is refused."""
        if self.has_permission(request):
            return HttpResponseRedirect(reverse("admin:index"))
        if request.user.is_authenticated:
            raise PermissionDenied
        return redirect_to_login(request.GET.get("next", reverse("admin:index")))

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Every page, which asks for a second factor first where the settings want one."""
        inner = super().admin_view(view, cacheable)

        @wraps(inner)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if self._misses_second_factor(request):
                messages.warning(request, _("The administration opens with a second factor."))
                return redirect("mfa_index")
            return inner(request, *args, **kwargs)

        return guarded

    def _misses_second_factor(self, request: HttpRequest) -> bool:
        from accounts.second_factor import has_second_factor  # it needs the models

        is_asked = settings.TWO_FACTOR_FOR_STAFF and self.has_permission(request)
        return bool(is_asked and not has_second_factor(request.user))

    def get_app_list(
        self, request: HttpRequest, app_label: str | None = None
    ) -> list[dict[str, Any]]:
        """What people do here first, then who they are."""
        apps = super().get_app_list(request, app_label)
        return sorted(apps, key=lambda app: app["app_label"] in ("accounts", "auth"))
