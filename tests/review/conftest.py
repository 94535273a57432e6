"""The people and conversations of the administration's tests, and those who review."""

import pytest
from django.contrib.auth.models import User

from accounts.roles import Role, give
from review.models import Queue
from tests.admin.conftest import admin, process, quick_hashes, reviewer, talk
from tests.review.first_rubric import first_rubric

__all__ = ["admin", "process", "quick_hashes", "reviewer", "talk"]


def of_role(name: str, role: Role) -> User:
    """A person in the group of a role."""
    person = User.objects.create_user(name)
    give(person, role)
    return person


@pytest.fixture
def lena(db) -> User:
    """Leads."""
    return of_role("lena", Role.LEAD)


@pytest.fixture
def rita(db) -> User:
    """Judges."""
    return of_role("rita", Role.REVIEWER)


@pytest.fixture
def raj(db) -> User:
    """Judges too."""
    return of_role("raj", Role.REVIEWER)


@pytest.fixture
def aldo(db) -> User:
    """Audits."""
    return of_role("aldo", Role.AUDITOR)


@pytest.fixture
def queue(lena: User, rita: User, raj: User) -> Queue:
    """An empty queue of rita and raj, with two reviews of each conversation."""
    queue = Queue.objects.create(
        name="Low-rated", rubric=first_rubric(), target=2, maker=lena, reason="a test"
    )
    queue.reviewers.set([rita, raj])
    return queue
