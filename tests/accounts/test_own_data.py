"""A person takes all their data along, and erases it; nobody else's goes with it."""

from __future__ import annotations

import io
import json
import zipfile

import pytest
from asgiref.sync import async_to_sync
from django.apps import apps
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.test import Client

from chat.models import Conversation, Hold, Message, Run
from review.models import Reading
from tests.accounts.conftest import PASSWORD
from tests.security.world import answer


@pytest.fixture
def alice(db) -> User:
    return User.objects.create_user("alice", email="alice@example.org", password=PASSWORD)


@pytest.fixture
def confirmed(alice) -> Client:
    """Her browser, where she has just said her password again."""
    client = Client()
    client.post("/sign-in/", {"username": "alice", "password": PASSWORD})
    asked = client.get("/account/data/")
    assert asked["Location"].startswith("/account/confirm/")
    client.post(asked["Location"], {"password": PASSWORD})
    return client


async def body(response) -> bytes:
    return b"".join([piece async for piece in response])


def unzip(response) -> dict[str, bytes]:
    archive = zipfile.ZipFile(io.BytesIO(async_to_sync(body)(response)))
    assert archive.testzip() is None
    return {name: archive.read(name) for name in archive.namelist()}


def test_all_that_is_kept_is_taken_along_and_nothing_of_others(alice, confirmed):
    answer(alice), answer(alice)
    answer(User.objects.create_user("bob"))
    gone = answer(alice).conversation
    Reading.objects.note(User.objects.create_user("lena"), Reading.Page.LIST, "audit", [gone])
    number = str(gone.pk)
    gone.delete()
    response = confirmed.get("/account/data/")
    assert response["Content-Disposition"].endswith('.zip"')
    files = unzip(response)
    talks = [json.loads(files[name]) for name in files if name.startswith("conversations/")]
    assert len(talks) == 2
    account = json.loads(files["account.json"])
    assert (account["name"], account["email"]) == ("alice", "alice@example.org")
    assert len(account["signed_in"]) == 1
    read, erased = (json.loads(files[name]) for name in ("readings.jsonl", "erasures.jsonl"))
    assert (read["reader_name"], read["reason"]) == ("lena", "audit")
    assert read["conversation"] == erased["conversation"] == number
    everything = b"".join(files.values()).decode()
    assert alice.password not in everything
    assert confirmed.session.session_key not in everything


def test_erasing_asks_who_it_is_and_whether_it_is_meant(alice, client):
    client.force_login(alice)
    assert client.post("/account/erase/", {"sure": "on"})["Location"].startswith(
        "/account/confirm/"
    )
    assert User.objects.filter(pk=alice.pk).exists()


def test_what_is_held_is_not_erased_and_that_is_said(alice, confirmed):
    talk = answer(alice).conversation
    hold = Hold.objects.create(conversation=talk, subject=str(talk.pk), reason="a court’s order")
    asked = confirmed.get("/account/erase/")
    assert "A legal hold keeps conversations of yours" in asked.content.decode()
    assert 'name="sure"' not in asked.content.decode()
    refused = confirmed.post("/account/erase/", {"sure": "on"})
    assert refused.status_code == 409
    alice.refresh_from_db()
    assert alice.is_active
    hold.release("olga", "it is over")
    assert confirmed.post("/account/erase/", {"sure": "on"}).status_code == 200
    assert not User.objects.exists()


def test_a_tick_is_needed(alice, confirmed):
    assert confirmed.post("/account/erase/", {}).status_code == 200
    assert User.objects.filter(pk=alice.pk).exists()


def test_everything_of_a_person_goes_and_nothing_of_others(
    alice, confirmed, told, django_capture_on_commit_callbacks
):
    bob, number, there = User.objects.create_user("bob"), alice.pk, Client()
    there.force_login(alice)
    answer(alice).conversation.delete_softly()
    answer(alice)
    kept = answer(bob)
    with django_capture_on_commit_callbacks(execute=True):
        page = confirmed.post("/account/erase/", {"sure": "on"})
    assert "were erased" in page.content.decode()

    assert number in told
    assert there.get("/account/").status_code == 302
    assert Session.objects.filter(browser__person_id=number).count() == 0
    assert list(Conversation.objects.values_list("owner", flat=True)) == [bob.pk]
    assert Run.objects.get().message == kept
    assert set(Message.objects.values_list("conversation__owner", flat=True)) == {bob.pk}
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if field.related_model is User:
                assert not model._default_manager.filter(**{field.attname: number}).exists()
    assert not Client().login(username="alice", password=PASSWORD)
