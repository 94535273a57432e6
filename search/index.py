"""The database's own full-text index over ``Entry.terms``: FTS5, or GIN over a tsvector.

What is asked for is the newest entries that hold all that is wanted, a window of them at
a time, so that the cost does not grow with how common a word is. FTS5 walks from the
newest on and stops when the window is full; beginnings, whose words it would gather first,
are in the index as such where they are many. GIN gathers all matches first, so it is asked
for the newest entries alone, by a term that each of them shares with its neighbours in
age, then for more of them, and for all only if that was not enough: then the words are
rare, or few conversations may be looked into. Where these are very few, the entries of
theirs are gone through in the place of the words'. One person's entries are asked for at once:
with theirs alone, what GIN gathers is little. A beginning makes it gather what any such word of
all people is in, so that where theirs are few, its first letters are asked for, and the rest of
it is looked for in each entry.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.core.exceptions import EmptyResultSet
from django.db import connection, transaction
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from chat.models import Conversation
from search.words import START, Wanted, required, start

TITLE = "#"  # a term of all titles, and of nothing else
NEIGHBOURS = 16_384  # entries that share a term of their age, as in the migration
RECENT = (1, 4, 16)  # such terms that are asked for, as long as that is not enough
FEW = 200  # conversations whose entries are gone through

TSVECTOR = "array_to_tsvector(array_append(string_to_array(terms, ' '), '@' || (id / 16384)::text))"


@dataclass(frozen=True)
class Asked:
    """What entries are to be found: the newest ``limit`` that have all of these.

    ``fixed`` are terms of ours; ``person`` is whose entries these leave, if they are one's alone.
    ``within`` restricts the conversations, to ``few`` where those are known, and ``before`` the
    ids.
    """

    wanted: Sequence[Wanted]
    fixed: Sequence[str] = ()
    person: AbstractBaseUser | AnonymousUser | None = None
    within: QuerySet[Conversation] | None = None
    few: Sequence[UUID] | None = None
    before: int | None = None
    limit: int = 200

    def conditions(self) -> tuple[str, list[Any]]:
        """What is asked beside the words, as SQL that goes on after another condition."""
        sql = "" if TITLE in self.fixed else " AND entry.message_id IS NOT NULL"
        parameters: list[Any] = []
        if self.before is not None:
            sql += " AND entry.id < %s"
            parameters.append(self.before)
        if self.few is not None:
            sql += " AND entry.conversation_id = ANY(%s)"
            parameters.append(list(self.few))
        elif self.within is not None:
            entrys = self.within.order_by().filter(pk=RawSQL("entry.conversation_id", ()))
            one, values = entrys.values("pk").query.sql_with_params()
            sql += f" AND EXISTS ({one})"
            parameters += values
        return sql, parameters


@dataclass(frozen=True)
class Language:
    """How a database is asked. Terms hold letters, digits and our own marks, and no quotes."""

    quote: str
    and_: str
    or_: str
    beginning: str  # put behind a term

    def all_of(self, asked: Asked) -> str:
        """The match for everything that is asked for."""
        words = map(self._word, required(asked.wanted))
        return self.and_.join([*map(self.term, asked.fixed), *words])

    def any_of(self, terms: Iterable[str]) -> str:
        """The match for one of these terms at least."""
        return f"({self.or_.join(map(self.term, terms))})"

    def term(self, term: str) -> str:
        """One term."""
        return f"{self.quote}{term}{self.quote}"

    def _word(self, word: Wanted) -> str:
        if not word.is_begun:
            return self.term(word.stem)
        if len(word.form) <= START:  # beginnings of it would be too many to be gone through
            return self.any_of([word.stem, word.form, start(word.form)])
        return f"({self.term(word.stem)}{self.or_}{self.term(word.form)}{self.beginning})"


FTS5 = Language('"', " AND ", " OR ", " *")
TSQUERY = Language("'", " & ", " | ", ":*")


def owner_term(owner: object) -> str:
    """The term of everything that is in this person's conversations."""
    return f":{owner}"


def newest(asked: Asked) -> list[int]:
    """The ids of the entries that are asked for, the newest first."""
    if not asked.wanted:
        return []
    try:
        return _by_gin(asked) if connection.vendor == "postgresql" else _by_fts5(asked)
    except EmptyResultSet:  # no conversation at all may be looked into
        return []


# --- SQLite


def _by_fts5(asked: Asked) -> list[int]:
    conditions, parameters = asked.conditions()
    return _ids(
        "SELECT entry.id FROM search_terms CROSS JOIN search_entry entry"
        " ON entry.id = search_terms.rowid"
        f" WHERE search_terms MATCH %s{conditions}"
        " ORDER BY search_terms.rowid DESC LIMIT %s",
        [FTS5.all_of(asked), *parameters, asked.limit],
    )


# --- PostgreSQL


def _by_gin(asked: Asked) -> list[int]:
    match = TSQUERY.all_of(asked)
    if asked.person is not None:
        return _with_rest(asked) if _has_few(asked.person) else _by_tsquery(asked, match)
    newest_id = asked.before or _ids("SELECT coalesce(max(id), 0) FROM search_entry")[0]
    ages = range(newest_id // NEIGHBOURS, -1, -1)
    for many in RECENT:
        of_age = TSQUERY.any_of(f"@{age}" for age in ages[:many])
        found = _by_tsquery(asked, f"{match} & {of_age}")
        if len(found) == asked.limit or many >= len(ages):
            return found
        if many == RECENT[0] and (few := _few(asked)) is not None:
            return _by_tsquery(replace(asked, few=few), match)
    return _by_tsquery(asked, match)


def _has_few(person: AbstractBaseUser | AnonymousUser) -> bool:
    return Conversation.objects.owned_by(person)[: FEW + 1].count() <= FEW


def _with_rest(asked: Asked) -> list[int]:
    """Those with words that begin like the ones that are begun, and go on like them."""
    words = [replace(word, form=word.form[:START]) for word in required(asked.wanted)]
    rest, parameters = "", []
    for word in required(asked.wanted):
        if word.is_begun and len(word.form) > START:
            rest += " AND (entry.terms LIKE %s OR entry.terms || ' ' LIKE %s)"
            parameters += [f"% {word.form}%", f"% {word.stem} %"]
    match = TSQUERY.all_of(replace(asked, wanted=words))
    return _by_tsquery(asked, match, rest, parameters)


def _few(asked: Asked) -> list[UUID] | None:
    """The conversations that may be looked into, if they are so few."""
    if asked.within is None:
        return None
    few = list(asked.within.order_by().values_list("pk", flat=True)[: FEW + 1])
    return few if len(few) <= FEW else None


def _by_tsquery(asked: Asked, match: str, more: str = "", values: Sequence[str] = ()) -> list[int]:
    conditions, parameters = asked.conditions()
    with transaction.atomic(), connection.cursor() as cursor:
        # The planner does not know what taking the terms of each row apart would cost, nor that
        # this is done with all rows of a page as soon as there is no room to remember which.
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL work_mem = '64MB'")
        return _ids(
            "WITH found AS MATERIALIZED (SELECT entry.id FROM search_entry entry"
            f" WHERE {TSVECTOR} @@ %s::tsquery{conditions}{more})"
            " SELECT id FROM found ORDER BY id DESC LIMIT %s",
            [match, *parameters, *values, asked.limit],
        )


def _ids(sql: str, parameters: Sequence[Any] = ()) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return [row[0] for row in cursor.fetchall()]
