"""The account of erasing, for those who answer for it."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from chat.admin.read_only import moment
from review.admin.pages import ForThoseWhoAnswer
from review.models import Erasure
from review.paging import BoundedPaginator


@admin.register(Erasure)
class ErasureAdmin(ForThoseWhoAnswer[Erasure]):
    """What is gone, when and why. ``manage.py verify_transcripts`` says whether it is true."""

    paginator = BoundedPaginator
    list_display = ("erased", "reason", "whose", "conversation", "links", "active", "proof")
    list_display_links = None
    list_filter = ("cause", ("at", admin.DateFieldListFilter))
    list_select_related = ("owner",)
    search_fields = ("=conversation", "rule_name", "=owner__username")
    search_help_text = _("The conversation’s id, the rule, or the person’s name")

    def change_view(self, request: HttpRequest, object_id: str, *_: Any, **__: Any) -> HttpResponse:
        """A line of the account says all that there is."""
        return HttpResponseRedirect(reverse("admin:review_erasure_changelist"))

    @admin.display(description=_("erased"), ordering="at")
    def erased(self, erasure: Erasure) -> SafeString | str:
        """When."""
        return moment(erasure.at)

    @admin.display(description=_("why"), ordering="cause")
    def reason(self, erasure: Erasure) -> str:
        """The cause, and the rule."""
        return erasure.why

    @admin.display(description=_("whose"))
    def whose(self, erasure: Erasure) -> str:
        """Whose conversation it was, while they are here."""
        return erasure.owner.get_username() if erasure.owner else "–"

    @admin.display(description=_("last active"), ordering="active_at")
    def active(self, erasure: Erasure) -> SafeString | str:
        """When something was last said in it."""
        return moment(erasure.active_at)

    @admin.display(description=_("end of its chain"))
    def proof(self, erasure: Erasure) -> SafeString:
        """The hash of the last link, in short."""
        return format_html(
            '<code title="{}">{}</code>',
            erasure.hash,
            f"{erasure.hash[:12]}…" if erasure.hash else "–",
        )
