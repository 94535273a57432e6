"""The pages of rules, holds and erasures: who may do what there, and what is said of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone

from chat.erasing import erase_all
from chat.models import Conversation, Hold
from review.models import Erasure, Reading, Rule
from review.retention import applying
from tests.admin.conftest import gives_a_reason
from tests.review.test_retention import aged


def text(response) -> str:
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def test_a_rule_is_seen_at_work_before_it_is_switched_on(admin, lena, aldo, talk):
    old = aged(talk("a secret title"), 400)
    refused = admin.post("/admin/review/rule/add/", {"name": "Year", "action": "erase", "days": 0})
    assert "greater than or equal to 1" in text(refused)
    form = {"name": "Year", "action": "erase", "days": 365, "group": "", "model": "", "label": ""}
    page = admin.post("/admin/review/rule/add/", form)["Location"]
    told = text(admin.get(page))
    for said in ("Erase after 365 days", ">off<", str(old.pk), "alice", "erase 1 conversation for"):
        assert said in told
    assert "secret" not in told
    for browser in (gives_a_reason(lena), gives_a_reason(aldo)):
        assert "Erase after 365 days" in text(browser.get(page))
        assert "Switch on" not in text(browser.get(page))
        assert browser.post(page.replace("change", "switch"), {"on": "1"}).status_code == 403
    admin.post(page.replace("change", "switch"), {"on": "1"})
    applying.apply(Rule.objects.get())
    erase_all()
    assert not Conversation.objects.exists()
    assert "Nothing, now." in text(admin.get(page))
    account = text(gives_a_reason(aldo).get("/admin/review/erasure/"))
    for said in ("erased by a rule: Year", str(old.pk), "alice", Erasure.objects.get().hash[:12]):
        assert said in account
    admin.post(page.replace("change", "switch"))
    admin.post(page.replace("change", "drop"))
    assert not Rule.objects.exists()
    logged = list(LogEntry.objects.order_by("pk").values_list("change_message", flat=True))
    assert logged[:3] == ["Made.", "Switched on.", "Switched off."]


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({}, "Name a person or a conversation."),
        ({"person": "nobody"}, "There is nobody of that name."),
        (
            {"conversation": "00000000-0000-4000-8000-000000000000"},
            "There is no such conversation.",
        ),
        ({"conversation": "x"}, "valid UUID"),
        ({"person": "alice", "reason": ""}, "This field is required."),
    ],
)
def test_a_hold_is_on_somebody_or_something_and_has_a_reason(fields, why, admin, talk):
    talk()
    answer = admin.post("/admin/chat/hold/add/", {"reason": "a court’s order"} | fields)
    assert why in text(answer)
    assert not Hold.objects.exists()


def test_a_held_conversation_outlives_its_deletion_is_read_with_account_and_let_go(
    lena, aldo, rita, alice, talk
):
    held = talk("Tides")
    lead, audit, person = gives_a_reason(lena), gives_a_reason(aldo), Client()
    person.force_login(alice)
    transcript = f"/admin/chat/conversation/{held.pk}/change/"
    place = f"/admin/chat/hold/add/?conversation={held.pk}"
    assert place in text(lead.get(transcript))
    assert str(held.pk) in text(lead.get(place))
    assert gives_a_reason(rita).get(place).status_code == 403
    assert audit.get(place).status_code == 403
    fields = {"conversation": str(held.pk), "reason": "a court’s order"}
    page = lead.post(place, fields)["Location"]
    assert "There is a hold already." in text(lead.post(place, fields))
    assert "A legal hold keeps" in text(person.get("/readings/"))
    assert "court" not in text(person.get("/readings/"))

    deleted_at = timezone.now() - timedelta(hours=1)
    Conversation.objects.filter(pk=held.pk).update(deleted_at=deleted_at)
    erase_all()
    assert person.get(f"/c/{held.pk}/").status_code == 404
    assert str(held.pk) in text(audit.get(page))
    told = text(audit.get(transcript))
    assert "Deleted by its person" in told
    assert "moon" in told
    assert Reading.objects.first().reader == aldo
    run = held.messages.get(role="assistant").runs.get()
    assert audit.get(f"/admin/chat/run/{run.pk}/change/").status_code == 200
    assert gives_a_reason(rita).get(transcript).status_code == 404

    release = page.replace("change", "release")
    assert audit.post(release, {"reason": "over"}).status_code == 403
    assert "This field is required." in text(lead.post(release, {"reason": " "}))
    lead.post(release, {"reason": "the case is closed"})
    assert "the case is closed" in text(audit.get(page))
    assert audit.get(transcript).status_code == 404
    erase_all()
    assert not Conversation.objects.exists()
    assert str(held.pk) in text(audit.get(page))
    assert Erasure.objects.get().cause == "deleted"
    logged = list(LogEntry.objects.order_by("pk").values_list("change_message", flat=True))
    assert logged == ["Placed.", "Let go."]


def test_a_person_on_hold_is_not_deleted_by_the_admin(admin, alice):
    Hold.objects.create(person=alice, subject=str(alice.pk), reason="a court’s order")
    page = f"/admin/auth/user/{alice.pk}/delete/"
    content = text(admin.get(page)).split('id="content"')[1]
    assert "Cannot delete user" in content
    assert "legal hold" in content
    admin.post(page, {"post": "yes"})
    alice.refresh_from_db()
