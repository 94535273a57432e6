"""Whether people may still be here: their sessions and accounts, as the database has them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth import HASH_SESSION_KEY, get_user_model
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.utils import timezone

SIGNED_OUT, FORBIDDEN = 4401, 4403  # close codes

AT_ONCE = 400  # rows asked for in one query; SQLite bounds the values of a condition


@dataclass(frozen=True)
class Visitor:
    """Who a socket was opened by: a person, in a session (None where there is none to end)."""

    person: Any  # a user's primary key
    session: str | None


@dataclass(frozen=True)
class Standing:
    """What a person may be here for."""

    roles: frozenset[object]  # groups, and whether a superuser or staff
    password: str


def read(visitors: Collection[Visitor]) -> dict[Visitor, Standing]:
    """How each of these stands. Whoever is missing has no business here any more."""
    people = _standings({visitor.person for visitor in visitors})
    sessions = _sessions({visitor.session for visitor in visitors if visitor.session})
    return {
        visitor: people[visitor.person]
        for visitor in visitors
        if visitor.person in people and (visitor.session is None or visitor.session in sessions)
    }


def verdict(visitor: Visitor, before: Standing, now: Standing | None) -> int | None:
    """The code to close a socket with, or None if it may stay."""
    if now is None:
        return SIGNED_OUT
    if now.password != before.password and not _knows_password(visitor):
        return SIGNED_OUT
    return None if before.roles <= now.roles else FORBIDDEN


def _standings(people: set[Any]) -> dict[Any, Standing]:
    users = get_user_model().objects.filter(is_active=True)
    columns = ("pk", "is_superuser", "is_staff", "password", "groups")
    roles: dict[Any, set[object]] = {}
    passwords: dict[Any, str] = {}
    for part in _parts(people):
        rows = users.filter(pk__in=part).values_list(*columns)
        for pk, is_superuser, is_staff, password, group in rows:
            flags = {"superuser": is_superuser, "staff": is_staff, group: group is not None}
            roles.setdefault(pk, set()).update(name for name, held in flags.items() if held)
            passwords[pk] = password
    return {pk: Standing(frozenset(roles[pk]), passwords[pk]) for pk in roles}


def _sessions(keys: set[str]) -> set[str]:
    live = Session.objects.filter(expire_date__gt=timezone.now())
    return {
        key
        for part in _parts(keys)
        for key in live.filter(session_key__in=part).values_list("session_key", flat=True)
    }


def _parts(values: Iterable[Any]) -> list[list[Any]]:
    listed = list(values)
    return [listed[start : start + AT_ONCE] for start in range(0, len(listed), AT_ONCE)]


def _knows_password(visitor: Visitor) -> bool:
    """Whether the session was signed in with, or taken along to, the password of now."""
    if visitor.session is None:
        return True
    person = get_user_model().objects.filter(pk=visitor.person).first()
    known = SessionStore(visitor.session).load().get(HASH_SESSION_KEY)
    return person is not None and known == person.get_session_auth_hash()
