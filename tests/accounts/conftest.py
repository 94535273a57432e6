"""What the tests of accounts share."""

import pytest

PASSWORD = "seven swans a-swimming"


@pytest.fixture(autouse=True)
def quick_hashes(settings) -> None:
    """Passwords are hashed in no time: how slow the real way is is Django's to test."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
