"""Roles: what a person may do here, by the groups that the person is in.

The owner is a superuser. Leads, reviewers and auditors are in a group of that name.
Everyone who is signed in is a member.
"""

from __future__ import annotations

from typing import Any

from django.apps import apps as current_apps
from django.apps.registry import Apps
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, Group, User
from django.db import models
from django.utils.translation import gettext_lazy as _

Person = AbstractBaseUser | AnonymousUser


class Role(models.TextChoices):
    """From the one who may do the most on; the values are the groups' names."""

    OWNER = "owner", _("owner")
    LEAD = "lead", _("lead")
    REVIEWER = "reviewer", _("reviewer")
    AUDITOR = "auditor", _("auditor")
    MEMBER = "member", _("member")


READING = "chat.view_conversation chat.view_message chat.view_run chat.view_modelserver"

#: What each group may do at least: given anew after each migration, never taken away.
PERMISSIONS = {
    Role.LEAD: (
        f"{READING} auth.view_user auth.view_group accounts.view_invitation"
        " accounts.add_invitation accounts.delete_invitation"
    ),
    Role.REVIEWER: READING,
    Role.AUDITOR: f"{READING} admin.view_logentry auth.view_user auth.view_group",
}


def roles_of(person: Person) -> frozenset[Role]:
    """All roles of a person; none for who is signed out or may not sign in.

    They are read once for each object that stands for the person, so once a request.
    """
    known: frozenset[Role] | None = getattr(person, "_roles", None)
    if known is None:
        known = person._roles = _read(person)  # type: ignore[union-attr]
    return known


def _read(person: Person) -> frozenset[Role]:
    if not isinstance(person, User) or not person.is_active:
        return frozenset()
    names = set(person.groups.values_list("name", flat=True))
    found = {role for role in PERMISSIONS if role in names} | {Role.MEMBER}
    return frozenset(found | {Role.OWNER} if person.is_superuser else found)


def role_of(person: Person) -> Role | None:
    """The role that may do the most; None for who is signed out or may not sign in."""
    roles = roles_of(person)
    return next((role for role in Role if role in roles), None)


def is_owner(person: Person) -> bool:
    """Whether this person runs the installation."""
    return Role.OWNER in roles_of(person)


def is_lead(person: Person) -> bool:
    """Whether this person leads the review; the owner does."""
    return bool(roles_of(person) & {Role.OWNER, Role.LEAD})


def is_reviewer(person: Person) -> bool:
    """Whether this person judges transcripts; leads and the owner do."""
    return bool(roles_of(person) & {Role.OWNER, Role.LEAD, Role.REVIEWER})


def is_auditor(person: Person) -> bool:
    """Whether this person sees who did and read what; the owner does."""
    return bool(roles_of(person) & {Role.OWNER, Role.AUDITOR})


def works_here(person: Person) -> bool:
    """Whether this person has a role beyond a member's, so that the administration opens."""
    return bool(roles_of(person) - {Role.MEMBER})


def give(person: User, role: Role) -> None:
    """Put a person into the group of a role."""
    group, _made = Group.objects.get_or_create(name=role.value)
    person.groups.add(group)
    _forget(person)


def take(person: User, role: Role) -> None:
    """Take a person out of the group of a role."""
    person.groups.remove(*Group.objects.filter(name=role.value))
    _forget(person)


def _forget(person: User) -> None:
    """So that this very object tells the new roles and permissions too."""
    for name in ("_roles", "_perm_cache", "_group_perm_cache", "_user_perm_cache"):
        if hasattr(person, name):
            delattr(person, name)


def keep_groups(app_config: Any, using: str, apps: Apps = current_apps, **_: Any) -> None:
    """After the migrations of one application: the groups, with their permissions in it."""
    try:
        group_model = apps.get_model("auth", "Group")
        permission_model = apps.get_model("auth", "Permission")
    except LookupError:  # migrating back to before there were groups
        return
    for role, names in PERMISSIONS.items():
        codenames = [name.split(".")[1] for name in names.split() if _is_of(name, app_config)]
        if codenames:
            group, _made = group_model.objects.using(using).get_or_create(name=role.value)
            group.permissions.add(
                *permission_model.objects.using(using).filter(
                    content_type__app_label=app_config.label, codename__in=codenames
                )
            )


def _is_of(name: str, app_config: Any) -> bool:
    return name.split(".")[0] == str(app_config.label)
