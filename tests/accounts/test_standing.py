"""Whoever serves a person is told when that person's standing changes, and not before it has."""

import pytest
from django.contrib.auth.models import User
from django.db import transaction

from accounts import standing


def deactivate(person: User) -> None:
    person.is_active = False
    person.save()


CHANGES = {
    "password": lambda person, _: (person.set_password("wholly new"), person.save()),
    "deactivated": lambda person, _: deactivate(person),
    "deleted": lambda person, _: person.delete(),
    "signed out": lambda _, client: client.post("/sign-out/"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_of_standing_is_told(db, client, told, django_capture_on_commit_callbacks, change):
    alice = User.objects.create_user("alice")
    number = alice.pk
    client.force_login(alice)
    with django_capture_on_commit_callbacks(execute=True):
        CHANGES[change](alice, client)
    assert set(told) == {number}


def test_signing_in_is_no_change(db, client, told, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        client.force_login(User.objects.create_user("alice"))
    assert told == []


@pytest.mark.django_db(transaction=True)
def test_nothing_is_told_before_it_is_committed(told):
    with transaction.atomic():
        standing.changed(7)
        assert told == []
    assert told == [7]
