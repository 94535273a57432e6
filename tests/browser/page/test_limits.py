"""Limits on the page: told before they are hit, waited for when short, and nothing is lost."""

from datetime import timedelta
from uuid import uuid4

from django.utils import timezone
from playwright.sync_api import expect

from chat.models import Charge, Limit
from tests.browser.chat import Chat


def test_what_is_left_is_told_and_what_is_too_much_comes_back(
    server, open_page, alice, model, look_at
):
    with server.database() as alias:
        limit = Limit.objects.using(alias).create(person=alice, messages_a_day=20)
        Charge.objects.using(alias).bulk_create(
            Charge(run=f"00000000-0000-0000-0000-{number:012}", person=alice)
            for number in range(18)
        )
    page = open_page(person=alice)
    chat = Chat(page)
    expect(page.get_by_text("2 of 20 messages left today")).to_be_visible()
    for left in ("1 of 20 messages left today", "0 of 20 messages left today"):
        chat.say("Hello?")
        expect(page.get_by_text(left)).to_be_visible()
        chat.wait_for_status("complete")
    chat.say("One more?")
    expect(page.get_by_role("alert")).to_contain_text("20 messages of today. You can go on in")
    look_at(page, "refused, with nothing left")
    expect(chat.box).to_have_value("One more?")
    expect(chat.turns).to_have_count(2)
    with server.database() as alias:
        limit.messages_a_day, limit.messages_a_minute = 0, 20
        limit.save(using=alias)
        charges = Charge.objects.using(alias).filter(person=alice)
        charges.update(at=timezone.now() - timedelta(seconds=56))
    page.get_by_role("button", name="Send", exact=True).click()
    expect(chat.turns.last).to_contain_text("Will be sent in a moment")
    expect(chat.answers).to_have_count(3)
    chat.wait_for_status("complete")
    expect(chat.turns.last).not_to_contain_text("Will be sent")
    expect(chat.box).to_have_value("")


def test_what_is_left_of_a_minute_is_told_while_it_is_little(server, open_page, alice, model):
    with server.database() as alias:
        Limit.objects.using(alias).create(person=alice, messages_a_minute=20)
        charges = Charge.objects.using(alias)
        charges.bulk_create(Charge(run=uuid4(), person=alice) for _ in range(18))
    page = open_page(person=alice)
    told = page.get_by_text("2 of 20 messages left this minute")
    expect(told).to_be_visible()
    with server.database() as alias:
        charges.update(at=timezone.now() - timedelta(seconds=45))
    page.reload()
    expect(told).to_be_visible()
    expect(told).to_be_hidden(timeout=30_000)
