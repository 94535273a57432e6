"""Rubrics: changed while nobody was judged by them, and copied from then on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from accounts.roles import is_auditor, is_lead, is_reviewer
from chat.admin.read_only import moment
from review.access import lead_only
from review.models import Question, Rubric

if TYPE_CHECKING:
    _Inline = admin.StackedInline[Question, Rubric]
    _Admin = admin.ModelAdmin[Rubric]
else:
    _Inline = admin.StackedInline
    _Admin = admin.ModelAdmin


def _may_change(request: HttpRequest, rubric: Rubric | None) -> bool:
    return is_lead(request.user) and (rubric is None or not rubric.is_in_use)


def _may_see(request: HttpRequest) -> bool:
    return is_reviewer(request.user) or is_auditor(request.user)


class QuestionInline(_Inline):
    """The questions of a rubric."""

    model = Question
    extra = 0
    fields = (("position", "text"), ("kind", "scope", "is_required"), "hint", "labels")
    formfield_overrides = {models.TextField: {"widget": forms.Textarea(attrs={"rows": 4})}}

    def has_view_permission(self, request: HttpRequest, _obj: Any = None) -> bool:
        """For all who work in the review."""
        return _may_see(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Until the rubric is in use."""
        return _may_change(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Until the rubric is in use."""
        return _may_change(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Until the rubric is in use."""
        return _may_change(request, obj)


@admin.register(Rubric)
class RubricAdmin(_Admin):
    """What reviewers are asked."""

    list_display = ("name", "version", "asked", "made")
    fields = ("name",)
    inlines = (QuestionInline,)
    actions = None
    change_form_template = "admin/review/rubric.html"

    @admin.display(description=_("questions"))
    def asked(self, rubric: Rubric) -> str:
        """The questions in short."""
        return ", ".join(question.text for question in rubric.questions.all())

    @admin.display(description=_("made"), ordering="made_at")
    def made(self, rubric: Rubric) -> SafeString | str:
        """When it was made."""
        return moment(rubric.made_at)

    def get_queryset(self, request: HttpRequest) -> Any:
        """With their questions."""
        return super().get_queryset(request).prefetch_related("questions")

    def get_urls(self) -> list[URLPattern]:
        """With the making of the next version."""
        view = self.admin_site.admin_view(require_POST(self.next_version))
        return [path("<int:pk>/next/", view, name="review_rubric_next"), *super().get_urls()]

    @lead_only
    def next_version(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A copy that may be changed."""
        copy = get_object_or_404(Rubric, pk=pk).next_version()
        return HttpResponseRedirect(reverse("admin:review_rubric_change", args=[copy.pk]))

    def has_module_permission(self, request: HttpRequest) -> bool:
        """For all who work in the review."""
        return _may_see(request)

    def has_view_permission(self, request: HttpRequest, _obj: Any = None) -> bool:
        """For all who work in the review."""
        return _may_see(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Leads."""
        return is_lead(request.user)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Leads, until it is in use."""
        return _may_change(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Leads, until it is in use; never many at once."""
        return obj is not None and _may_change(request, obj)
