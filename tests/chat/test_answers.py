"""One answer: what its person thinks of it, and how it was made."""

from uuid import uuid4

import pytest
from django.urls import reverse

from chat.models import Conversation, Feedback, Message, ModelServer, Process, Run

pytestmark = pytest.mark.django_db


@pytest.fixture
def answer(alice):
    """A finished answer of alice's."""
    mine = Conversation.objects.create(id=uuid4(), owner=alice)
    turn = Message.objects.create(
        id=uuid4(), conversation=mine, role="user", text="Hi", status="complete"
    )
    return Message.objects.create(
        id=uuid4(), conversation=mine, parent=turn, role="assistant", text="Ho", status="complete"
    )


def _give(client, message, **values):
    return client.post(reverse("chat:feedback", args=[message.pk]), values)


def test_a_verdict_is_kept_changed_shown_and_taken_back(alice, answer, client):
    client.force_login(alice)
    assert _give(client, answer, verdict="good", reasons=["clear", "wrong"]).status_code == 204
    given = Feedback.objects.get()
    assert (given.verdict, given.reasons, given.words) == ("good", ["clear"], "")
    _give(client, answer, verdict="bad", reasons=["wrong", "too_long"], words=" It is not. ")
    changed = Feedback.objects.get()
    assert (changed.verdict, changed.reasons) == ("bad", ["wrong", "too_long"])
    assert changed.words == "It is not."
    assert changed.created_at == given.created_at
    page = client.get(reverse("chat:conversation", args=[answer.conversation_id]))
    assert page.context["thread"][-1].feedback == changed
    _give(client, answer, verdict="")
    assert not Feedback.objects.exists()


@pytest.mark.parametrize(
    "values",
    [
        {"verdict": "fine"},
        {"verdict": "bad", "reasons": ["boring"]},
        {"verdict": "bad", "words": "x" * 2001},
    ],
)
def test_feedback_out_of_bounds_is_refused(values, alice, answer, client):
    client.force_login(alice)
    refused = _give(client, answer, **values)
    assert refused.status_code == 400
    assert refused.json()["detail"].endswith((".", "choices."))
    assert not Feedback.objects.exists()


def test_only_ended_answers_of_ones_own_are_judged(alice, bob, answer, client):
    client.force_login(alice)
    assert _give(client, answer.parent, verdict="good").status_code == 400
    Message.objects.filter(pk=answer.pk).update(status="streaming")
    assert _give(client, answer, verdict="good").status_code == 400
    client.force_login(bob)
    assert _give(client, answer, verdict="good").status_code == 404
    assert client.get(reverse("chat:details", args=[answer.pk])).status_code == 404
    assert not Feedback.objects.exists()


def test_the_details_tell_how_an_answer_was_made(alice, answer, client):
    ModelServer.objects.create(name="lab", label="The lab", state="up")
    Run.objects.create(
        id=uuid4(),
        message=answer,
        process=Process.objects.create(host="here"),
        server="lab",
        model="danube",
        parameters={"temperature": 0.25, "top_k": 40},
        turns_cut=4,
        prompt_tokens=1200,
        completion_tokens=34,
        first_token_ms=310,
        duration_ms=4560,
        tokens_per_second=61.54,
        outcome="complete",
    )
    client.force_login(alice)
    words = " ".join(client.get(reverse("chat:details", args=[answer.pk])).content.decode().split())
    for told in (
        "<dd>danube</dd>",
        "<dd>The lab</dd>",
        "<dd>0.31 s</dd>",
        "<dd>4.56 s</dd>",
        "<dd>61.5 tokens/s</dd>",
        "<dd>1,200</dd>",
        "<dd>34</dd>",
        "<dt>Temperature</dt><dd>0.25</dd>",
        "<dt>top_k</dt><dd>40</dd>",
        "the 4 oldest messages",
    ):
        assert told in words


def test_of_an_answer_from_elsewhere_nothing_is_known(alice, answer, client):
    client.force_login(alice)
    page = client.get(reverse("chat:details", args=[answer.pk])).content.decode()
    assert "It was not written here" in page
