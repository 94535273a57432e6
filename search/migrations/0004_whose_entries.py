"""On PostgreSQL, an index of whose an entry is, so that one's newest is found at once."""

from django.db import migrations

# An index that could not be finished stays behind, and is of no use.
MAKE = (
    "DROP INDEX CONCURRENTLY IF EXISTS search_entry_owner",
    "CREATE INDEX CONCURRENTLY search_entry_owner ON search_entry (split_part(terms, ' ', 1), id)",
)
UNDO = ("DROP INDEX CONCURRENTLY IF EXISTS search_entry_owner",)


def _run(schema_editor, statements):
    if schema_editor.connection.vendor == "postgresql":
        for statement in statements:
            schema_editor.execute(statement, params=None)


def make(_, schema_editor):
    _run(schema_editor, MAKE)


def undo(_, schema_editor):
    _run(schema_editor, UNDO)


class Migration(migrations.Migration):
    atomic = False  # for the server that answers beside it: entries are written meanwhile

    dependencies = [("search", "0003_beginnings_on_sqlite")]

    operations = [migrations.RunPython(make, undo)]
