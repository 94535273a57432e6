"""What a person wants: kept, bounded, theirs alone."""

import json
from uuid import uuid4

import pytest
from django.urls import reverse

from chat.models import Conversation, Preferences

pytestmark = pytest.mark.django_db

USUAL = {
    "model": "",
    "system_prompt": "",
    "parameters": {},
    "enter_sends": True,
    "while_answering": "queue",
    "notify": False,
    "language": "",
    "may_improve": False,
}


def _post(client, values):
    body = values if isinstance(values, str) else json.dumps(values)
    return client.post(reverse("chat:preferences"), body, content_type="application/json")


def test_a_page_gets_what_its_person_wants_and_changes_only_what_it_names(alice, bob, client):
    client.force_login(alice)
    assert client.get(reverse("chat:new")).context["preferences"] == USUAL
    chosen = {"parameters": {"temperature": 0.2, "seed": 7}, "system_prompt": "Be brief."}
    assert _post(client, chosen).json() == USUAL | chosen
    assert _post(client, {"enter_sends": False}).json() == USUAL | chosen | {"enter_sends": False}
    assert _post(client, {"parameters": {}}).json()["parameters"] == {}
    client.force_login(bob)
    assert client.get(reverse("chat:new")).context["preferences"] == USUAL


@pytest.mark.parametrize(
    ("values", "field", "detail"),
    [
        ({"parameters": {"temperature": 2.1}}, "temperature", "from 0 to 2."),
        ({"parameters": {"top_p": 0}}, "top_p", "“Top-p” is a number"),
        ({"parameters": {"max_tokens": 1.5}}, "max_tokens", "from 1 to 131,072."),
        ({"parameters": {"seed": "7"}}, "seed", "“Seed”"),
        ({"parameters": {"repetition_penalty": 9}}, "repetition_penalty", "from 0.1 to 2."),
        ({"parameters": {"logit_bias": {}}}, "parameters", "does not take"),
        ({"system_prompt": "x" * 20_001}, "system_prompt", "at most 20,000 characters."),
        ({"model": "x" * 201}, "model", "does not take"),
        ({"model": "a\0b"}, "model", "does not take"),
        ({"language": "de"}, "language", "does not take"),
        ({"while_answering": "wait"}, "while_answering", "does not take"),
        ({"person": 1}, "", "does not take"),
        ("[1", "", "does not take"),
        ('{"model": "\\ud800"}', "", "does not take"),
    ],
)
def test_what_is_out_of_bounds_is_refused_with_a_sentence(values, field, detail, alice, client):
    client.force_login(alice)
    answer = _post(client, values)
    assert answer.status_code == 400
    assert answer.json()["field"] == field
    assert detail in answer.json()["detail"]
    assert not Preferences.objects.exists()


def test_only_a_signed_in_person_posts_preferences(alice, client):
    assert _post(client, {}).status_code == 302
    client.force_login(alice)
    assert client.get(reverse("chat:preferences")).status_code == 405


@pytest.mark.parametrize(
    ("assumed", "said", "lets"),
    [
        (False, None, False),
        (False, True, True),
        (True, None, True),
        (True, False, False),
    ],
)
def test_conversations_improve_models_only_as_their_person_lets_them(
    assumed, said, lets, alice, client, settings
):
    settings.CONSENT_IS_ASSUMED = assumed
    Conversation.objects.create(id=uuid4(), owner=alice)
    client.force_login(alice)
    if said is not None:
        assert _post(client, {"may_improve": said}).json()["may_improve"] is said
    assert client.get(reverse("chat:new")).context["preferences"]["may_improve"] is lets
    assert Conversation.objects.may_improve_models().exists() is lets
