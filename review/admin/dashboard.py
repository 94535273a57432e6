"""The dashboard: how much is said, how quickly answers come, and how they are rated."""

from __future__ import annotations

import csv
from math import inf
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext

from accounts.roles import is_auditor, is_lead
from chat.admin.read_only import ReadOnlyAdmin
from chat.models import Message
from review import charts, counting, dashboard
from review.cells import safe_cell
from review.models import Figure, Queue


@admin.register(Figure)
class FigureAdmin(ReadOnlyAdmin[Figure]):
    """Numbers only: nothing here shows what anybody wrote."""

    def has_view_permission(self, request: HttpRequest, *_: Any) -> bool:
        """For auditors, leads and the owner."""
        return is_auditor(request.user) or is_lead(request.user)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """The same people."""
        return self.has_view_permission(request)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The charts and their tables, or the tables for a spreadsheet."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        form = dashboard.RangeForm(request.GET.dict())
        is_file = request.GET.get("as") == "csv"  # which waits: it could not say what it lacks
        is_whole, lines, points, drawn = True, dashboard.Lines.none(), None, []
        if form.is_valid():
            points = form.points(by_day=is_file)
            patience = inf if is_file else counting.PATIENCE
            is_whole = counting.count(points.first, points.last, patience=patience)
            groups = dashboard.groups_of_people()
            lines = dashboard.lines(form.rows(points), points, groups)
            drawn = charts.of(lines, points)
        if is_file and form.is_valid():
            return _csv(lines)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": gettext("Dashboard"),
            "form": form,
            "is_whole": is_whole,
            "lines": lines,
            "points": points,
            "outcomes": [Message.Status(each).label for each in dashboard.OUTCOMES],
            "charts": drawn,
            "queues": Queue.objects.with_progress(),
            "query": request.GET.urlencode(),
        }
        return TemplateResponse(request, "admin/review/dashboard.html", context)

    def change_view(self, request: HttpRequest, object_id: str, *_: Any, **__: Any) -> HttpResponse:
        """A single figure says nothing."""
        return HttpResponseRedirect(reverse("admin:review_figure_changelist"))


def _csv(lines: dashboard.Lines) -> HttpResponse:
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="figures.csv"'
    csv.writer(answer).writerows([safe_cell(cell) for cell in row] for row in lines.rows())
    return answer
