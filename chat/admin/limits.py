"""What people may use, and how much of it: the owner writes here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.db import models
from django.utils.translation import gettext_lazy as _

from chat.models import Limit, ModelAccess
from chat.models.limit import LIMITS

if TYPE_CHECKING:
    _LimitAdmin = admin.ModelAdmin[Limit]
    _AccessAdmin = admin.ModelAdmin[ModelAccess]
else:
    _LimitAdmin = _AccessAdmin = admin.ModelAdmin


@admin.register(Limit)
class LimitAdmin(_LimitAdmin):
    """Limits of a person, a group, or everyone."""

    list_display = ("__str__", *LIMITS)
    list_select_related = ("person", "group")
    raw_id_fields = ("person",)
    show_full_result_count = False
    fieldsets = (
        (
            None,
            {
                "fields": ("person", "group"),
                "description": _("A person, or a group, or neither: then it is about everyone."),
            },
        ),
        (
            _("At most"),
            {
                "fields": tuple(LIMITS),
                "description": _(
                    "An empty field says nothing, and the next row counts: a person’s own goes"
                    " first, then the most generous one of their groups, then the one for"
                    " everyone, then the server’s settings. 0 is without limit."
                ),
            },
        ),
    )


@admin.register(ModelAccess)
class ModelAccessAdmin(_AccessAdmin):
    """Models that only some groups may use; every other model is open to everyone."""

    list_display = ("model", "open_to")
    formfield_overrides = {
        models.ManyToManyField: {"widget": forms.CheckboxSelectMultiple},
    }

    def get_queryset(self, request: Any) -> models.QuerySet[ModelAccess]:
        """With the groups that the list names."""
        return super().get_queryset(request).prefetch_related("groups")

    @admin.display(description=_("open to"))
    def open_to(self, access: ModelAccess) -> str:
        """The groups' names."""
        return ", ".join(str(group) for group in access.groups.all()) or str(_("the owner only"))
