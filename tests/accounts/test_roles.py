"""Roles by groups: who is what, what it opens, and that losing one works at once."""

import pytest
from django.contrib.auth.models import AnonymousUser, Group

from accounts import roles
from accounts.roles import Role

pytestmark = pytest.mark.django_db

PREDICATES = (roles.is_owner, roles.is_lead, roles.is_reviewer, roles.is_auditor, roles.works_here)


@pytest.mark.parametrize(
    ("role", "answers"),
    [
        (None, (False, False, False, False, False)),
        (Role.REVIEWER, (False, False, True, False, True)),
        (Role.LEAD, (False, True, True, False, True)),
        (Role.AUDITOR, (False, False, False, True, True)),
    ],
)
def test_each_role_is_what_its_name_says(alice, role, answers):
    if role:
        roles.give(alice, role)
    assert tuple(predicate(alice) for predicate in PREDICATES) == answers
    assert roles.role_of(alice) == (role or Role.MEMBER)


def test_the_owner_may_everything_and_a_stranger_nothing(carol):
    assert all(predicate(carol) for predicate in PREDICATES)
    assert roles.role_of(carol) == Role.OWNER
    assert not any(predicate(AnonymousUser()) for predicate in PREDICATES)
    assert roles.role_of(AnonymousUser()) is None


def test_who_may_not_sign_in_has_no_role(carol):
    carol.is_active = False
    assert roles.role_of(carol) is None
    assert not any(predicate(carol) for predicate in PREDICATES)


@pytest.mark.parametrize("role", roles.PERMISSIONS)
def test_the_groups_are_there_with_their_permissions(role):
    group = Group.objects.get(name=role)
    held = {
        f"{permission.content_type.app_label}.{permission.codename}"
        for permission in group.permissions.select_related("content_type")
    }
    assert set(roles.PERMISSIONS[role].split()) <= held


def test_a_role_opens_the_administration_and_losing_it_closes_it_at_once(alice, client):
    client.force_login(alice)
    lists = "/admin/chat/conversation/"
    assert client.get(lists).status_code in (302, 403)
    roles.give(alice, Role.REVIEWER)
    assert client.get(lists, follow=True).status_code == 200
    assert "Administration" in client.get("/").content.decode()
    assert client.get("/admin/auth/user/").status_code == 403
    roles.take(alice, Role.REVIEWER)
    assert client.get(lists, follow=True).status_code == 403
    assert "Administration" not in client.get("/").content.decode()
