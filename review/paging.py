"""Pages of lists that may be a million rows long."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.core.paginator import Paginator

if TYPE_CHECKING:
    _Paginator = Paginator[Any]
else:
    _Paginator = Paginator

MOST = 5_000


class BoundedPaginator(_Paginator):
    """Counts no further, and leads no further, than a person would go: the rest is searched."""

    @cached_property
    def count(self) -> int:
        """How many rows there are, or the most that are counted."""
        rows: Any = self.object_list
        return int(rows.order_by()[:MOST].count())
