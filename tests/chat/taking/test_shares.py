"""Shares: a copy, read only, for whom it is meant, until it ends."""

import io
import logging
import re
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from chat.models import Conversation, Message, Share
from chat.refusal import Refusal
from tests.canaries import dressed_as_the_log
from tests.chat.people import say
from tests.chat.taking.trees import plant

SHAPE = [(-1, "First"), (0, "Answer"), (0, "Other answer"), (2, "And?"), (3, "Secret draft")]


@pytest.fixture
def hers(alice):
    return plant(alice, SHAPE[:4], title="Rust, gently")


@pytest.fixture
def link(alice, hers):
    """Makes links to alice's conversation; gives their paths."""
    client = Client()
    client.force_login(alice)

    def make(**fields):
        made = client.post(reverse("chat:share", args=[hers.pk]), fields)
        assert made.status_code == 200, made.content
        return re.sub("^http://[^/]+", "", made.json()["address"])

    return make


@pytest.fixture
def reader(bob, client):
    client.force_login(bob)
    return client


def texts(page):
    return [item.message.text for item in page.context["thread"]]


def test_s12_a_share_is_a_copy_from_then(hers, link, reader):
    path = link()
    Message.objects.filter(text="First").update(text="Changed")
    Conversation.objects.filter(pk=hers.pk).update(title="Changed")
    page = reader.get(path)
    assert texts(page) == ["First", "Other answer", "And?"]
    assert page.context["share"].title == "Rust, gently"
    assert b"Changed" not in page.content
    first = hers.messages.get(text="Answer")
    assert texts(reader.get(link(message=first.pk))) == ["Changed", "Answer"]


def test_s12_a_share_is_read_only_and_says_nothing_of_whose_it_is(alice, hers, link, reader):
    path = link()
    page = reader.get(path).content.decode()
    assert "data-action" not in page
    assert alice.username not in page
    assert str(hers.pk) not in page
    for message in hers.messages.all():
        assert str(message.pk) not in page
    for method in (reader.post, reader.put, reader.delete):
        assert method(path).status_code == 405
    assert alice.username in reader.get(link(named="on")).content.decode()


def test_s12_a_share_is_not_indexed_and_tells_nobody_its_link(link, reader):
    page = reader.get(link())
    assert page.headers["X-Robots-Tag"] == "noindex, nofollow, noarchive"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert "no-store" in page.headers["Cache-Control"]
    assert '<meta name="robots" content="noindex' in page.content.decode()


def test_s12_a_share_is_not_guessable_and_its_link_is_not_stored(link):
    path = link()
    token = path.split("/")[-2]
    assert len(token) >= 32  # of 64 signs: 192 bits
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM chat_share")
        assert token not in str(cursor.fetchall())


def test_s12_a_share_ends_when_it_is_revoked(alice, bob, link, reader):
    path = link()
    (share,) = Share.objects.all()
    revoke = reverse("chat:revoke", args=[share.pk])
    assert reader.post(revoke).status_code == 404
    assert reader.get(path).status_code == 200
    owner = Client()
    owner.force_login(alice)
    assert b"Rust, gently" in owner.get(reverse("chat:shares")).content
    assert owner.post(revoke).status_code == 204
    assert reader.get(path).status_code == 404
    assert not Share.objects.exists()


@pytest.mark.parametrize("end", ["last day", "deleted", "deactivated"])
def test_s12_a_share_ends_with_its_day_its_conversation_and_its_person(
    end, alice, hers, link, reader
):
    path = link(ends=timezone.localdate().isoformat())
    assert reader.get(path).status_code == 200
    if end == "last day":
        Share.objects.update(ends_at=timezone.now() - timedelta(seconds=1))
    elif end == "deleted":
        hers.delete_softly()
    else:
        alice.is_active = False
        alice.save()
    assert reader.get(path).status_code == 404


@pytest.mark.parametrize("place", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_the_last_day_of_a_share_ends_at_the_midnight_of_whoever_made_it(
    place, alice, hers, client
):
    client.force_login(alice)
    client.cookies["timezone"] = place
    today = timezone.localdate(timezone=ZoneInfo(place))
    made = client.post(reverse("chat:share", args=[hers.pk]), {"ends": today.isoformat()})
    assert made.status_code == 200
    end = timezone.localtime(Share.objects.get().ends_at, ZoneInfo(place))
    assert (end.date(), end.hour, end.minute) == (today, 23, 59)
    last = client.post(reverse("chat:share", args=[hers.pk]), {"ends": "9999-12-31"})
    assert last.status_code == 200


@pytest.mark.parametrize(
    ("who", "signed_out", "signed_in"),
    [("off", 404, 404), ("members", 302, 200), ("public", 200, 200)],
)
def test_s12_the_site_says_who_may_read_shares(who, signed_out, signed_in, link, reader, settings):
    path = link()
    settings.SHARE_LINKS = who
    assert Client().get(path).status_code == signed_out
    assert reader.get(path).status_code == signed_in
    known, unknown = Client().get(path), Client().get("/s/nonsense/")
    if who == "members":  # whether there is such a link, nobody learns who is signed out
        assert known.status_code == unknown.status_code


async def test_s8_a_reader_of_a_share_cannot_write(
    transactional_db, alice, bob, runs, async_client
):
    hers = plant(alice, SHAPE[:3])
    Share.make(hers, [])
    into = say("Mine now", conversation=hers.pk, parent=hers.leaf_id)
    with pytest.raises(Refusal) as refused:
        await runs.start(bob, into)
    assert refused.value.code == "not_found"
    assert hers.messages.count() == 3


def test_bob_shares_nothing_of_alices(hers, reader):
    assert reader.post(reverse("chat:share", args=[hers.pk])).status_code == 404
    assert not Share.objects.exists()


@pytest.mark.parametrize("ends", ["2020-01-01", "soon", "9" * 300])
def test_a_last_day_that_cannot_be_is_refused_with_a_sentence(ends, alice, hers, client):
    client.force_login(alice)
    refused = client.post(reverse("chat:share", args=[hers.pk]), {"ends": ends})
    assert refused.status_code == 400
    assert refused.json()["detail"].endswith(".")


def test_a_temporary_chat_is_not_shared(alice, client):
    client.force_login(alice)
    secret = plant(alice, SHAPE, temporary=True)
    assert client.post(reverse("chat:share", args=[secret.pk])).status_code == 404


def test_s30_no_log_tells_a_link(link, reader):
    path, told = link(), io.StringIO()
    Share.objects.all().delete()
    log = dressed_as_the_log(logging.StreamHandler(told))
    logging.getLogger().addHandler(log)
    assert reader.get(path).status_code == 404
    logging.getLogger().removeHandler(log)
    assert "/s/.../" in told.getvalue()
    assert path not in told.getvalue()
