"""What the pages have in common that leads, auditors and the owner see, and nobody else."""

from __future__ import annotations

from typing import Any, TypeVar

from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from accounts.roles import is_auditor, is_lead, is_owner
from chat.admin.read_only import ReadOnlyAdmin

Row = TypeVar("Row", bound=Model)


class ForThoseWhoAnswer(ReadOnlyAdmin[Row]):
    """Rows for those who answer for the service."""

    def has_view_permission(self, request: HttpRequest, *_: Any) -> bool:
        """For leads, auditors and the owner."""
        return is_lead(request.user) or is_auditor(request.user)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """The same people."""
        return self.has_view_permission(request)


class OwnPages(ForThoseWhoAnswer[Row]):
    """Rows with pages of their own, in the place of Django's."""

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """All of them."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return self.list_page(request)

    def change_view(self, request: HttpRequest, object_id: str, *_: Any, **__: Any) -> HttpResponse:
        """One of them."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return self.page_of(request, self.find(object_id))

    def history_view(self, *_: Any, **__: Any) -> HttpResponse:
        """The administration's own log has it."""
        raise Http404

    def list_page(self, request: HttpRequest) -> HttpResponse:
        """The list."""
        raise NotImplementedError

    def page_of(self, request: HttpRequest, row: Row) -> HttpResponse:
        """The page of one row."""
        raise NotImplementedError

    def rows(self) -> QuerySet[Row]:
        """All rows, with what their pages show of others."""
        raise NotImplementedError

    def find(self, pk: str | int) -> Row:
        """The row with this number. Raises Http404."""
        try:
            return self.rows().get(pk=int(pk))
        except (ValueError, OverflowError, ObjectDoesNotExist) as error:
            raise Http404 from error

    def page(self, request: HttpRequest, name: str, context: dict[str, Any]) -> TemplateResponse:
        """The template ``name``, in the frame of the administration."""
        frame = {**self.admin_site.each_context(request), "opts": self.opts}
        roles = {"leads": is_lead(request.user), "owns": is_owner(request.user)}
        return TemplateResponse(request, f"admin/review/{name}.html", frame | roles | context)
