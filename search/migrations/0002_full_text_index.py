"""The database's own full-text index over the terms of the entries, kept by the database."""

from django.db import migrations

SQLITE = (
    """
    CREATE VIRTUAL TABLE search_terms USING fts5(
        terms, content='', detail=none, columnsize=0,
        tokenize="unicode61 remove_diacritics 0 tokenchars '^:#'"
    )
    """,
    """
    CREATE TRIGGER search_entry_added AFTER INSERT ON search_entry BEGIN
        INSERT INTO search_terms(rowid, terms) VALUES (new.id, new.terms);
    END
    """,
    """
    CREATE TRIGGER search_entry_gone AFTER DELETE ON search_entry BEGIN
        INSERT INTO search_terms(search_terms, rowid, terms)
            VALUES ('delete', old.id, old.terms);
    END
    """,
    """
    CREATE TRIGGER search_entry_changed AFTER UPDATE OF id, terms ON search_entry BEGIN
        INSERT INTO search_terms(search_terms, rowid, terms)
            VALUES ('delete', old.id, old.terms);
        INSERT INTO search_terms(rowid, terms) VALUES (new.id, new.terms);
    END
    """,
)
SQLITE_UNDONE = (
    "DROP TRIGGER search_entry_changed",
    "DROP TRIGGER search_entry_gone",
    "DROP TRIGGER search_entry_added",
    "DROP TABLE search_terms",
)
# Without the list of pending rows, which each search would have to go through.
POSTGRES = (
    """
    CREATE INDEX search_terms ON search_entry USING gin (
        array_to_tsvector(array_append(string_to_array(terms, ' '), '@' || (id / 16384)::text))
    ) WITH (fastupdate = off)
    """,
)
POSTGRES_UNDONE = ("DROP INDEX search_terms",)


def make(_, schema_editor):
    is_postgres = schema_editor.connection.vendor == "postgresql"
    for statement in POSTGRES if is_postgres else SQLITE:
        schema_editor.execute(statement, params=None)


def undo(_, schema_editor):
    is_postgres = schema_editor.connection.vendor == "postgresql"
    for statement in POSTGRES_UNDONE if is_postgres else SQLITE_UNDONE:
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("search", "0001_entries")]

    operations = [migrations.RunPython(make, undo)]
