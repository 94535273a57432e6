"""The few different values that a column of very many rows has, found by its index."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.db.models import Model

# From each value to the next greater one: as many looks into the index as there are values.
STEPS = """
    WITH RECURSIVE each(value) AS (
        SELECT min({column}) FROM {table} WHERE {column} > ''
        UNION ALL
        SELECT (SELECT min({column}) FROM {table} WHERE {column} > each.value)
        FROM each WHERE each.value IS NOT NULL
    )
    SELECT value FROM each WHERE value IS NOT NULL
"""


def values(model: type[Model], field: str) -> list[Any]:
    """Those of a column of texts that an index begins with, in order, without the empty one."""
    quote = connection.ops.quote_name
    column = quote(str(model._meta.get_field(field).column))  # type: ignore[union-attr]
    with connection.cursor() as cursor:
        cursor.execute(STEPS.format(column=column, table=quote(model._meta.db_table)))
        return [value for (value,) in cursor.fetchall()]
