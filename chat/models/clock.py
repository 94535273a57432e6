"""The database's clock, which all processes on all machines share."""

from typing import Any

from django.db.models.functions import Now as DjangoNow


class Now(DjangoNow):
    """The time by the database's clock.

    SQLite compares times as text, and Django writes six digits of a second, or none where all
    are noughts: a default of the database's own has to be written so too, or equal times differ.
    """

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        """Milliseconds, which is what SQLite knows, written as microseconds."""
        milliseconds = "STRFTIME('%%%%Y-%%%%m-%%%%d %%%%H:%%%%M:%%%%f000', 'NOW')"
        written = f"REPLACE({milliseconds}, '.000000', '')"
        return self.as_sql(compiler, connection, template=written, **extra)
