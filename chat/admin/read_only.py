"""What every list of the chat's administration has in common."""

from __future__ import annotations

import json
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

from django.contrib import admin
from django.db.models import Model, QuerySet, TextChoices
from django.forms import Media
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import smart_split
from django.utils.timezone import localtime

MOST_WORDS = 20  # of a search that are looked at

Row = TypeVar("Row", bound=Model)

if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin
else:

    class _ModelAdmin(admin.ModelAdmin):
        """Django's class, which takes a type only where types are checked."""

        def __class_getitem__(cls, _: Any) -> type:
            return cls


class ReadOnlyAdmin(_ModelAdmin[Row]):
    """Shows rows to whoever may view them. Nobody adds, changes or deletes, superusers included."""

    actions = None
    list_per_page = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER

    @property
    def media(self) -> Media:
        """No scripts: there is no form for them to help with."""
        return Media()

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Row], search_term: str
    ) -> tuple[QuerySet[Row], bool]:
        """As Django does it, for as many words as a database takes in one condition."""
        words = islice(smart_split(search_term), MOST_WORDS)
        return super().get_search_results(request, queryset, " ".join(words))

    def has_add_permission(self, *_: Any, **__: Any) -> bool:
        """Never."""
        return False

    def has_change_permission(self, *_: Any, **__: Any) -> bool:
        """Never."""
        return False

    def has_delete_permission(self, *_: Any, **__: Any) -> bool:
        """Never; so people with conversations cannot be deleted here either."""
        return False

    def has_view_permission(self, request: HttpRequest, *_: Any) -> bool:
        """Only by the permission to view: one to change means nothing here."""
        return request.user.has_perm(f"{self.opts.app_label}.view_{self.opts.model_name}")


def badge(word: str, kind: str) -> SafeString:
    """A word in a frame whose colour tells good from bad."""
    return format_html('<span class="badge {}">{}</span>', kind, word)


def word_of(state: TextChoices) -> str:
    """How a state is called within a line."""
    return str(state.label).lower()


def moment(value: datetime | None) -> SafeString | str:
    """A date and a time, as the reader's language writes them."""
    if value is None:
        return "–"
    local = localtime(value)
    shown = date_format(local, "SHORT_DATETIME_FORMAT")
    return format_html('<time datetime="{}">{}</time>', local.isoformat(), shown)


def pretty_json(value: Any) -> str:
    """JSON for a person to read."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    return text.encode(errors="backslashreplace").decode()  # half a character is shown, not fatal


def pretty_block(value: Any) -> SafeString:
    """JSON for a person to read, as a block of the page."""
    return format_html('<pre class="json">{}</pre>', pretty_json(value))
