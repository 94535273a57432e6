"""On SQLite, indexes of their own for beginnings of four and five letters.

Without them FTS5 gathers everything that any word with such a beginning is in, of all
people, before it gives the first; shorter beginnings are terms, longer ones are few words.
"""

from django.db import migrations

TABLE = """
    CREATE VIRTUAL TABLE search_terms USING fts5(
        terms, content='', detail=none, columnsize=0{prefix},
        tokenize="unicode61 remove_diacritics 0 tokenchars '^:#'"
    )
"""
FILL = "INSERT INTO search_terms(rowid, terms) SELECT id, terms FROM search_entry"


def _build(schema_editor, prefix):
    if schema_editor.connection.vendor == "sqlite":
        for statement in ("DROP TABLE search_terms", TABLE.format(prefix=prefix), FILL):
            schema_editor.execute(statement, params=None)


def make(_, schema_editor):
    _build(schema_editor, ", prefix='4 5'")


def undo(_, schema_editor):
    _build(schema_editor, "")


class Migration(migrations.Migration):
    dependencies = [("search", "0002_full_text_index")]

    operations = [migrations.RunPython(make, undo)]
