"""The account of reading, for those who answer for it, and the question for the reason."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from chat.admin.read_only import moment
from review import accounting, finding, masking
from review.admin.pages import ForThoseWhoAnswer
from review.models import Reading
from review.paging import BoundedPaginator

SHORT = 8  # characters of an id


@admin.register(Reading)
class ReadingAdmin(ForThoseWhoAnswer[Reading]):
    """Who read what, when and why. Nothing here can be changed or taken away."""

    paginator = BoundedPaginator
    list_display = (
        "when",
        "reader_name",
        "page",
        "whose",
        "what",
        "reason",
        "looked_for",
        "is_masked",
    )
    list_display_links = None
    list_filter = ("page", "is_masked", ("at", admin.DateFieldListFilter))
    list_select_related = ("owner",)
    search_fields = ("reader_name", "owner__username", "reason")
    search_help_text = _("The reader’s name, the person’s name, or the reason")

    def get_urls(self) -> list[URLPattern]:
        """With the questions for reasons."""
        wrap = self.admin_site.admin_view
        end = wrap(require_POST(self.end_lifting))
        return [
            path("reason/", wrap(self.ask_reason), name="review_reading_reason"),
            path("unmask/", wrap(self.lift_masking), name="review_reading_unmask"),
            path("mask/", end, name="review_reading_mask"),
            *super().get_urls(),
        ]

    def change_view(self, request: HttpRequest, object_id: str, *_: Any, **__: Any) -> HttpResponse:
        """A line of the account says all that there is."""
        return HttpResponseRedirect(reverse("admin:review_reading_changelist"))

    def ask_reason(self, request: HttpRequest) -> HttpResponse:
        """Why this person is going to read what others wrote; and then to where they were going."""
        return self._ask(request, gettext("Why are you reading?"), accounting.keep_reason)

    def lift_masking(self, request: HttpRequest) -> HttpResponse:
        """Why this person has to see personal data; and then back to where they were."""
        if not masking.may_lift(request.user):
            raise PermissionDenied
        return self._ask(request, gettext("Why do you need to see it?"), masking.lift)

    def end_lifting(self, request: HttpRequest) -> HttpResponse:
        """Mask personal data again."""
        masking.end(request)
        return HttpResponseRedirect(_safe(request, request.POST.get("next", "")))

    def _ask(
        self, request: HttpRequest, title: str, keep: Callable[[HttpRequest, str], None]
    ) -> HttpResponse:
        lifts = keep == masking.lift
        known = "" if lifts else accounting.reason_of(request)
        initial = {"next": request.GET.get("next", ""), "reason": known}
        form = accounting.ReasonForm(request.POST or None, initial=initial, label_suffix="")
        if request.method == "POST" and form.is_valid():
            keep(request, form.cleaned_data["reason"])
            return HttpResponseRedirect(_safe(request, form.cleaned_data["next"]))
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "form": form,
            "lifts": lifts,
        }
        return TemplateResponse(request, "admin/review/reason.html", context)

    @admin.display(description=_("when"), ordering="at")
    def when(self, reading: Reading) -> SafeString | str:
        """When it was shown."""
        return moment(reading.at)

    @admin.display(description=_("conversation"))
    def what(self, reading: Reading) -> SafeString:
        """The beginning of the conversation's id, and the way to it as long as it is there."""
        address = reverse("admin:chat_conversation_change", args=[reading.conversation])
        whole = str(reading.conversation)
        return format_html('<a href="{}" title="{}">{}…</a>', address, whole, whole[:SHORT])

    @admin.display(description=_("whose"))
    def whose(self, reading: Reading) -> str:
        """Whose conversation it was."""
        return reading.owner.get_username() if reading.owner else "–"

    @admin.display(description=_("detail"))
    def looked_for(self, reading: Reading) -> str:
        """What was filtered and searched for, or the dataset that it was taken out into."""
        if reading.page not in (Reading.Page.LIST, Reading.Page.SEARCH):
            return reading.detail or "–"
        told = finding.told_of(reading.detail)
        return "; ".join(f"{label}: {value}" for label, value in told) or "–"


def _safe(request: HttpRequest, address: str) -> str:
    is_ours = url_has_allowed_host_and_scheme(
        address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return address if address and is_ours else reverse("admin:index")
