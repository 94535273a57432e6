"""What people are called."""

from typing import Any


def name_of(person: Any) -> str:
    """The full name, or else the name for signing in."""
    return str(person.get_full_name() or person.get_username())
