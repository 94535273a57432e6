"""What the tests of accounts share."""

import pytest

from accounts.standing import standing_changed

PASSWORD = "seven swans a-swimming"


@pytest.fixture(autouse=True)
def quick_hashes(settings) -> None:
    """Passwords are hashed in no time: how slow the real way is is Django's to test."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def told():
    """The people whose standing was said to have changed."""
    people: list[int] = []

    def hear(person_id: int, **_):
        people.append(person_id)

    standing_changed.connect(hear)
    yield people
    standing_changed.disconnect(hear)
