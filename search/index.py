"""The database's own full-text index over ``Entry.terms``: FTS5, or GIN over a tsvector.

What is asked for is the newest entries that hold all that is wanted, a window of them at
a time, so that the cost does not grow with how common a word is. FTS5 walks from the
newest on and stops when the window is full. GIN gathers all matches first, so it is asked
for the newest entries alone, by a term that each of them shares with its neighbours in
age, and for all only if that was not enough: then the words are rare.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from chat.models import Conversation
from search.words import START, Wanted, required, start

TITLE = "#"  # a term of all titles, and of nothing else
NEIGHBOURS = 16_384  # entries that share a term of their age, as in the migration
RECENT = 4  # such terms that are asked for first

TSVECTOR = "array_to_tsvector(array_append(string_to_array(terms, ' '), '@' || (id / 16384)::text))"


@dataclass(frozen=True)
class Asked:
    """What entries are to be found: the newest ``limit`` that have all of these.

    ``fixed`` are terms of ours. ``within`` restricts the conversations, ``before`` the ids.
    """

    wanted: Sequence[Wanted]
    fixed: Sequence[str] = ()
    within: QuerySet[Conversation] | None = None
    before: int | None = None
    limit: int = 200

    def conditions(self) -> tuple[str, list[Any]]:
        """What is asked beside the words, as SQL that goes on after another condition."""
        sql = "" if TITLE in self.fixed else " AND entry.message_id IS NOT NULL"
        parameters: list[Any] = []
        if self.before is not None:
            sql += " AND entry.id < %s"
            parameters.append(self.before)
        if self.within is not None:
            pks, values = self.within.order_by().values("pk").query.sql_with_params()
            sql += f" AND entry.conversation_id IN ({pks})"
            parameters += values
        return sql, parameters


def owner_term(owner: object) -> str:
    """The term of everything that is in this person's conversations."""
    return f":{owner}"


def newest(asked: Asked) -> list[int]:
    """The ids of the entries that are asked for, the newest first."""
    if not asked.wanted:
        return []
    return _by_gin(asked) if connection.vendor == "postgresql" else _by_fts5(asked)


# --- SQLite


def _by_fts5(asked: Asked) -> list[int]:
    conditions, parameters = asked.conditions()
    match = " AND ".join([*map(_quoted, asked.fixed), *map(_fts5, required(asked.wanted))])
    return _ids(
        "SELECT entry.id FROM search_terms CROSS JOIN search_entry entry"
        " ON entry.id = search_terms.rowid"
        f" WHERE search_terms MATCH %s{conditions}"
        " ORDER BY search_terms.rowid DESC LIMIT %s",
        [match, *parameters, asked.limit],
    )


def _fts5(word: Wanted) -> str:
    if not word.is_begun:
        return _quoted(word.stem)
    begun = f"{_quoted(word.form)} *" if len(word.form) > START else _quoted(_begun(word))
    return f"({_quoted(word.stem)} OR {begun})"


def _quoted(term: str) -> str:
    return f'"{term}"'  # terms hold letters, digits and our own marks only


# --- PostgreSQL


def _by_gin(asked: Asked) -> list[int]:
    match = " & ".join([*map(_lexeme, asked.fixed), *map(_tsquery, required(asked.wanted))])
    with transaction.atomic(), connection.cursor() as cursor:
        # The planner does not know what taking the terms of each row apart would cost.
        cursor.execute("SET LOCAL enable_seqscan = off")
        found = _by_tsquery(asked, f"{match} & ({_recent(asked.before)})")
        return found if len(found) == asked.limit else _by_tsquery(asked, match)


def _by_tsquery(asked: Asked, match: str) -> list[int]:
    conditions, parameters = asked.conditions()
    return _ids(
        "WITH found AS MATERIALIZED (SELECT entry.id FROM search_entry entry"
        f" WHERE {TSVECTOR} @@ %s::tsquery{conditions})"
        " SELECT id FROM found ORDER BY id DESC LIMIT %s",
        [match, *parameters, asked.limit],
    )


def _recent(before: int | None) -> str:
    """The terms of the newest entries, or of the newest before that one."""
    newest_id = before or _ids("SELECT coalesce(max(id), 0) FROM search_entry")[0]
    age = newest_id // NEIGHBOURS
    return " | ".join(_lexeme(f"@{each}") for each in range(max(0, age - RECENT + 1), age + 1))


def _tsquery(word: Wanted) -> str:
    if not word.is_begun:
        return _lexeme(word.stem)
    begun = f"{_lexeme(word.form)}:*" if len(word.form) > START else _lexeme(_begun(word))
    return f"({_lexeme(word.stem)} | {begun})"


def _lexeme(term: str) -> str:
    return f"'{term}'"


# --- both


def _begun(word: Wanted) -> str:
    """What stands for the beginnings of a word, where they are too many to be gone through."""
    return start(word.form) if len(word.form) == START else word.form


def _ids(sql: str, parameters: Sequence[Any] = ()) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return [row[0] for row in cursor.fetchall()]
