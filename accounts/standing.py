"""A person's standing: whether they are signed in, and what they may do.

What serves a person over a longer time, such as an open socket, has looked at it once.
``standing_changed`` tells that it has to look again.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_out
from django.db import transaction
from django.db.models.signals import m2m_changed, post_delete, post_save
from django.dispatch import Signal, receiver

standing_changed = Signal()  # with ``person_id``, in the process and thread that made the change


def changed(person_id: int) -> None:
    """Tell that a person was signed out somewhere, deactivated, erased, or may do more or less.

    It is told once the change is committed, and at once outside of a transaction.
    """
    transaction.on_commit(lambda: standing_changed.send(User, person_id=person_id), robust=True)


@receiver(user_logged_out)
def _signed_out(user: User | None, **_: Any) -> None:
    if user is not None:
        changed(user.pk)


@receiver(post_save, sender=User)
def _saved(instance: User, created: bool, update_fields: frozenset[str] | None, **_: Any) -> None:
    if not created and set(update_fields or ()) != {"last_login"}:  # which every sign-in saves
        changed(instance.pk)


@receiver(post_delete, sender=User)
def _deleted(instance: User, **_: Any) -> None:
    changed(instance.pk)


@receiver(m2m_changed, sender=User.groups.through)
def _groups_changed(
    instance: Any, action: str, reverse: bool, pk_set: set[int] | None, **_: Any
) -> None:
    """From either side: a person's groups, or a group's people."""
    if action.startswith("post_"):
        for person_id in (pk_set or ()) if reverse else (instance.pk,):
            changed(person_id)
