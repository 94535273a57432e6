"""The fragment that the page asks for."""

import pytest
from django.urls import reverse

from tests.search.conftest import index_all

pytestmark = pytest.mark.django_db


def test_hits_are_marked_and_whatever_else_the_text_holds_is_text(alice, said, client):
    hostile = "<img src=x onerror=alert(1)> tides </mark><script>alert(2)</script>"
    message = said(hostile, title="<b>tides</b>")
    index_all()
    client.force_login(alice)
    page = client.get(reverse("search:results"), {"q": "tides"}).content.decode()
    assert page.count("<mark>tides</mark>") == 3
    assert page.count("<mark>") == page.count("</mark>")
    for tag in ("<img", "<script", "<b>"):
        assert tag not in page
    assert f"?message={message.pk}" in page


def test_bob_is_shown_nothing_and_who_is_signed_out_is_sent_to_sign_in(bob, said, client):
    said("tides", title="tides")
    index_all()
    address = reverse("search:results")
    assert client.get(address, {"q": "tides"}).url.startswith(reverse("accounts:sign-in"))
    client.force_login(bob)
    answer = client.get(address, {"q": "tides"})
    assert "<li>" not in answer.content.decode()
    assert answer.headers["Cache-Control"].startswith("max-age=0")
    assert client.get(address, {"q": "tides", "after": "nonsense"}).status_code == 404
    assert client.post(address, {"q": "tides"}).status_code == 405
