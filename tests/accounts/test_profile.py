"""The name on one's own page."""

import pytest
from django.contrib.auth.models import User

PROFILE = "/account/"


@pytest.fixture
def own(client, alice):
    client.force_login(alice)
    return client


def test_a_name_is_kept_said_to_be_so_and_shown_as_text(own, alice, bob):
    done = own.post(PROFILE, {"first_name": "Alice <b>A</b>", "last_name": "Ångström"})
    assert done["Location"] == PROFILE
    page = own.get(PROFILE).content.decode()
    assert "Saved." in page
    assert 'value="Alice &lt;b&gt;A&lt;/b&gt;"' in page
    assert 'value="Ångström"' in page
    alice.refresh_from_db()
    assert alice.get_full_name() == "Alice <b>A</b> Ångström"
    bob.refresh_from_db()
    assert bob.get_full_name() == ""


def test_a_name_that_is_too_long_is_refused_beside_its_field(own, alice):
    page = own.post(PROFILE, {"first_name": "x" * 151, "last_name": ""})
    assert page.status_code == 200
    assert "at most 150 characters" in page.content.decode()
    alice.refresh_from_db()
    assert alice.first_name == ""


@pytest.mark.parametrize("field", ["username", "email", "is_staff", "is_superuser", "password"])
def test_nothing_else_of_the_account_is_changed_there(own, alice, field):
    before = User.objects.values().get(pk=alice.pk)
    own.post(PROFILE, {"first_name": "", "last_name": "", field: "1"})
    assert User.objects.values().get(pk=alice.pk) == before
