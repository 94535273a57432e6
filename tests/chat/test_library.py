"""Presets and prompts: a person's own, named once, bounded, theirs alone."""

import json

import pytest
from django.urls import reverse

from chat.models import Preset, Prompt

pytestmark = pytest.mark.django_db

KINDS = [
    ("preset", Preset, {"system_prompt": "Be brief.", "parameters": {"top_p": 0.9}, "model": "m"}),
    ("prompt", Prompt, {"text": "Translate {{text}} into {{language}}."}),
]


@pytest.fixture
def post(client):
    def post(name, values=None, **where):
        body = json.dumps(values or {})
        address = reverse(f"chat:{name}", kwargs=where)
        return client.post(address, body, content_type="application/json")

    return post


@pytest.mark.parametrize(("kind", "model", "values"), KINDS)
def test_one_is_kept_changed_listed_and_deleted(kind, model, values, alice, client, post):
    client.force_login(alice)
    kept = post(f"{kind}s", values | {"name": "  B  "}).json()
    assert kept == values | {"name": "B", "id": kept["id"]}
    post(f"{kind}s", values | {"name": "A"})
    assert post(kind, {"name": "C"}, pk=kept["id"]).json() == kept | {"name": "C"}
    names = [each["name"] for each in client.get(reverse(f"chat:{kind}s")).json()["items"]]
    assert names == ["A", "C"]
    taken = post(kind, {"name": "A"}, pk=kept["id"])
    assert (taken.status_code, taken.json()["detail"]) == (400, "You have “A” already.")
    assert post(f"{kind}-delete", pk=kept["id"]).status_code == 204
    assert [each.name for each in model.objects.all()] == ["A"]


@pytest.mark.parametrize(("kind", "model", "values"), KINDS)
def test_bob_finds_nothing_of_alices_library(kind, model, values, alice, bob, client, post):
    client.force_login(alice)
    hers = post(f"{kind}s", values | {"name": "Mine"}).json()
    client.force_login(bob)
    assert client.get(reverse(f"chat:{kind}s")).json() == {"items": []}
    assert post(kind, {"name": "Stolen"}, pk=hers["id"]).status_code == 404
    assert post(f"{kind}-delete", pk=hers["id"]).status_code == 404
    assert post(f"{kind}s", values | {"name": "Mine"}).status_code == 200
    client.logout()
    assert client.get(reverse(f"chat:{kind}s")).status_code == 302
    assert model.objects.get(pk=hers["id"]).name == "Mine"


@pytest.mark.parametrize(
    ("kind", "values", "detail"),
    [
        ("prompt", {"text": "Hello"}, "A name needs some text."),
        ("prompt", {"name": " ", "text": "Hello"}, "A name needs some text."),
        ("prompt", {"name": "x" * 81}, "A name can have at most 80 characters."),
        ("prompt", {"name": "x", "text": "y" * 20_001}, "A prompt can have at most 20,000"),
        ("prompt", {"name": "x", "person": 1}, "The server does not take"),
        ("preset", {"name": "x", "parameters": {"seed": -1}}, "“Seed” is a number from 0 to"),
    ],
)
def test_what_is_out_of_bounds_is_not_kept(kind, values, detail, alice, client, post):
    client.force_login(alice)
    refused = post(f"{kind}s", values)
    assert refused.status_code == 400
    assert refused.json()["detail"].startswith(detail)
    assert not Prompt.objects.exists()
    assert not Preset.objects.exists()


def test_there_is_an_end_to_how_many(alice, client, post, monkeypatch):
    monkeypatch.setattr(Prompt, "MOST", 2)
    client.force_login(alice)
    answers = [post("prompts", {"name": name, "text": "x"}) for name in "abc"]
    assert [answer.status_code for answer in answers] == [200, 200, 400]
    assert answers[2].json()["detail"] == "You can keep 2 of these. Delete one first."
