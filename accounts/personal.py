"""What is kept of a person: taken along as a file, and erased.

Each application that keeps something of people has a ``Keeper``, named in
``settings.KEEPERS_OF_PERSONAL_DATA``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils.module_loading import import_string
from zipstream import ZIP_DEFLATED, ZipStream

from accounts.sessions import end_all

File = tuple[str, Iterable[bytes]]  # a name in the archive, and what is in it


class Keeper(Protocol):
    """Keeps something of people."""

    def files(self, person: User) -> Iterator[File]:
        """All of it, as files."""

    def objection(self, person: User) -> str:
        """Why it may not be erased now, as a sentence for the person; or nothing."""

    def prepare_to_erase(self, person: User) -> None:
        """End what is under way. The person is signed out and may not sign in any more."""

    def erase(self, person: User) -> None:
        """Delete it, within the transaction that deletes the person."""


def keepers() -> list[Keeper]:
    """Those of all applications."""
    return [import_string(name)() for name in settings.KEEPERS_OF_PERSONAL_DATA]


def archive(person: User) -> Iterator[bytes]:
    """A zip of all that is kept of a person, made while it is read."""
    made = ZipStream(compress_type=ZIP_DEFLATED)
    for keeper in keepers():
        for name, pieces in keeper.files(person):
            made.add(iter(pieces), name)
            yield from made.all_files()
    yield from made.finalize()


class MayNotErase(Exception):
    """Something of this person must be kept; the text says why."""


def objections(person: User) -> list[str]:
    """Why this person may not be erased now; empty if they may."""
    return [why for keeper in keepers() if (why := keeper.objection(person))]


def erase(person: User) -> None:
    """Delete a person and all that is kept of them; what they have under way ends first.

    Raises MayNotErase before anything is done. If it is cut short, the account is closed and
    can be erased again by whoever runs the server.
    """
    if why := objections(person):
        raise MayNotErase(" ".join(why))
    person.is_active = False
    person.save(update_fields=["is_active"])
    end_all(person)
    everything = keepers()
    for keeper in everything:
        keeper.prepare_to_erase(person)
    with transaction.atomic():
        for keeper in everything:
            keeper.erase(person)
        person.delete()
