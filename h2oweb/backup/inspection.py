"""What is counted and checked in a database, by SQL that SQLite and PostgreSQL both speak."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from h2oweb.backup.archive import BackupError, Facts

Ask = Callable[[str], list[tuple[Any, ...]]]  # a query to its rows

#: Queries that count what cannot be, and what their number is of.
IMPOSSIBLE = {
    "answers are not as long as their run says": """
        SELECT count(*) FROM chat_run AS run JOIN chat_message AS message
            ON message.id = run.message_id
        WHERE run.outcome <> '' AND run.text_length <> length(message.text) AND NOT EXISTS (
            SELECT 1 FROM chat_run AS later WHERE later.message_id = run.message_id
            AND (later.started_at, later.id) > (run.started_at, run.id))
        """,
    "logs of answers have a gap": """
        SELECT count(*) FROM (SELECT run_id FROM chat_runevent GROUP BY run_id
            HAVING max(seq) - min(seq) + 1 <> count(*)) AS gap
        """,
    "messages have no conversation": """
        SELECT count(*) FROM chat_message WHERE NOT EXISTS (
            SELECT 1 FROM chat_conversation WHERE id = chat_message.conversation_id)
        """,
}


def look(ask: Ask, tables: Iterable[str]) -> Facts:
    """Count the rows of these tables, and look for what cannot be."""
    try:
        rows = {table: ask(_count(table))[0][0] for table in tables}
        found = {what: ask(query)[0][0] for what, query in IMPOSSIBLE.items()}
    except BackupError:
        raise
    except Exception as error:  # of either driver
        raise BackupError(f"The database cannot be read: {error}") from error
    return Facts(rows, [f"{count} {what}" for what, count in found.items() if count])


def applied_migrations(ask: Ask) -> list[tuple[str, str]]:
    """App and name of the migrations that this database has seen."""
    return [(app, name) for app, name in ask("SELECT app, name FROM django_migrations ORDER BY id")]


def _count(table: str) -> str:
    """Names of tables are plain words; one that is not comes from a manifest of somebody else."""
    if not table.isidentifier():
        raise BackupError(f"{table!r} is no name of a table.")
    return f'SELECT count(*) FROM "{table}"'  # noqa: S608 - checked above
