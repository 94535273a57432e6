"""The database's own full-text index over ``Entry.terms``: FTS5, or GIN over a tsvector.

What is asked for is the newest entries that hold all that is wanted, a window of them at
a time, so that the cost does not grow with how common a word is. FTS5 walks from the
newest on and stops when the window is full; beginnings, whose words it would gather first,
are in the index as such where they are many. GIN gathers all matches first, so it is asked
for the newest entries alone, by a term that each of them shares with its neighbours in
age, then for more of them, and for all only if that was not enough: then the words are
rare, or few conversations may be looked into. Where these are very few, the entries of
theirs are gone through in the place of the words'. The newest of one person are found by an
index of whose they are.

A beginning makes both gather what any such word of all people is in. Where little is left by
all else that is asked, its first letters are asked for, which are one term, and the rest of it
is looked for in each entry.
"""

from __future__ import annotations

import math
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
RECENT_OF_ONE = (2, 5)  # the same for one person's, at first and at most: all cost as much
SPARE = 1.2  # times as many as should be enough
MOST_TRIED = 600  # entries that are looked into for what is begun
ALL = 2**31  # entries
FEW = 200  # conversations whose entries are gone through

OWNER = "split_part(terms, ' ', 1)"
TSVECTOR = "array_to_tsvector(array_append(string_to_array(terms, ' '), '@' || (id / 16384)::text))"


@dataclass(frozen=True)
class Asked:
    """What entries are to be found: the newest ``limit`` that have all of these.

    ``fixed`` are terms of ours; ``person`` is whose entries these leave, if they are one's alone.
    ``within`` restricts the conversations, to ``few`` where those are known, and ``before`` the
    ids. ``begun`` are words that are looked for in each entry.
    """

    wanted: Sequence[Wanted]
    fixed: Sequence[str] = ()
    person: AbstractBaseUser | AnonymousUser | None = None
    within: QuerySet[Conversation] | None = None
    few: Sequence[UUID] | None = None
    before: int | None = None
    limit: int = 200
    begun: Sequence[Wanted] = ()

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
        for word in self.begun:
            sql += " AND (entry.terms LIKE %s OR entry.terms || ' ' LIKE %s)"
            parameters += [f"% {word.form}%", f"% {word.stem} %"]
        return sql, parameters

    def by_first_letters(self) -> Asked:
        """The same, of whose begun words the index is asked for the first letters only."""
        words = required(self.wanted)
        long = [word for word in words if word.is_begun and len(word.form) > START]
        short = [replace(word, form=word.form[:START]) for word in words]
        return replace(self, wanted=short, begun=long)

    @property
    def is_narrow(self) -> bool:
        """Whether titles or whole words of one person are asked for: few entries have them."""
        is_narrowed = TITLE in self.fixed or len(required(self.wanted)) > 1
        return self.person is not None and is_narrowed


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
    in_parts = asked.by_first_letters()
    if in_parts.begun and (asked.is_narrow or _has_few(asked.person)):
        asked = in_parts
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
    if asked.person is None:
        return _of_all(asked)
    if TITLE in asked.fixed or _has_few(asked.person):
        return _begun_in(_near(asked), asked)
    return _of_one(asked)


def _of_all(asked: Asked) -> list[int]:
    newest_id = asked.before or _ids("SELECT coalesce(max(id), 0) FROM search_entry")[0]
    for many in RECENT:
        found = _by_tsquery(asked, _ages(newest_id, many))
        if len(found) == asked.limit or many > newest_id // NEIGHBOURS:
            return found
        if many == RECENT[0] and (few := _few(asked)) is not None:
            return _by_tsquery(replace(asked, few=few))
    return _by_tsquery(asked)


def _of_one(asked: Asked) -> list[int]:
    """Somebody's who has many: words that are everywhere are found among their newest."""
    newest_id = _newest_of(asked)
    if newest_id is None:
        return []
    ages, many = newest_id // NEIGHBOURS + 1, RECENT_OF_ONE[0]
    while True:
        recent = _near(asked, _ages(newest_id, many))
        found = _begun_in(recent, asked)
        if len(found) == asked.limit or many >= ages:
            return found
        wanted = math.ceil(many * SPARE * asked.limit / max(1, len(found)))
        if not many < wanted <= RECENT_OF_ONE[1]:
            break
        many = wanted
    # What would be looked into among all: every one of them, or as many as it took here.
    tried = min(len(recent) * ages / many, len(recent) * asked.limit / max(1, len(found)))
    if asked.is_narrow and tried <= MOST_TRIED:
        return _begun_in(_near(asked), asked)
    return _by_tsquery(asked)


def _newest_of(asked: Asked) -> int | None:
    """The id of the newest entry of the person, below ``before``."""
    term, before = owner_term(asked.person.pk) if asked.person else "", asked.before or 2**63 - 1
    # By pairs, so that no other index is taken: it would be walked through everybody's entries.
    found = _ids(
        f"SELECT CASE WHEN {OWNER} = %s THEN id END FROM search_entry"
        f" WHERE ({OWNER}, id) < (%s, %s) ORDER BY {OWNER} DESC, id DESC LIMIT 1",
        [term, term, before],
    )
    return found[0] if found else None


def _ages(newest_id: int, many: int) -> str:
    """The match for entries of the last so many ages up to this one's."""
    newest_age = newest_id // NEIGHBOURS
    ages = range(newest_age, max(-1, newest_age - many), -1)
    return TSQUERY.any_of(f"@{age}" for age in ages)


def _has_few(person: AbstractBaseUser | AnonymousUser | None) -> bool:
    return person is not None and Conversation.objects.owned_by(person)[: FEW + 1].count() <= FEW


def _few(asked: Asked) -> list[UUID] | None:
    """The conversations that may be looked into, if they are so few."""
    if asked.within is None:
        return None
    few = list(asked.within.order_by().values_list("pk", flat=True)[: FEW + 1])
    return few if len(few) <= FEW else None


def _by_tsquery(asked: Asked, of_age: str = "") -> list[int]:
    match = TSQUERY.all_of(asked) + (TSQUERY.and_ + of_age if of_age else "")
    conditions, parameters = asked.conditions()
    with transaction.atomic(), connection.cursor() as cursor:
        # The planner does not know what taking the terms of each row apart would cost, nor that
        # this is done with all rows of a page as soon as there is no room to remember which.
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL work_mem = '64MB'")
        return _ids(
            "WITH found AS MATERIALIZED (SELECT entry.id FROM search_entry entry"
            f" WHERE {TSVECTOR} @@ %s::tsquery{conditions})"
            " SELECT id FROM found ORDER BY id DESC LIMIT %s",
            [match, *parameters, asked.limit],
        )


def _near(asked: Asked, of_age: str = "") -> list[int]:
    """What has all of that, and the first letters only of what is begun."""
    some = replace(asked.by_first_letters(), begun=(), limit=ALL)
    return _by_tsquery(some, of_age)


def _begun_in(near: Sequence[int], asked: Asked) -> list[int]:
    """Those of these that have the rest of it as well.

    They are looked into one after the other until there are enough: it takes as long as all
    that the index does, since their terms are stored apart from them.
    """
    in_parts = asked.by_first_letters()
    if not (near and in_parts.begun):
        return [*near[: asked.limit]]
    conditions, parameters = in_parts.conditions()
    return _ids(
        "SELECT id FROM unnest(%s::bigint[]) AS near(id) WHERE"
        f" (SELECT true{conditions} FROM search_entry entry WHERE entry.id = near.id) LIMIT %s",
        [[*near], *parameters, asked.limit],
    )


def _ids(sql: str, parameters: Sequence[Any] = ()) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return [row[0] for row in cursor.fetchall()]
