"""Files brought back: nothing lost, nothing doubled, nobody else's touched."""

import json
from uuid import uuid4

import pytest
from django.db import connection
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chat.models import Conversation, Message
from chat.signals import messages_brought
from chat.taking import breathing, storing, values
from chat.taking.bringing import Result, bring_all
from chat.taking.writing import as_json
from review.proof import verifying
from tests.chat.taking.trees import plant, tree

pytestmark = pytest.mark.django_db

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
SHAPES = st.integers(1, 12).flatmap(
    lambda size: st.tuples(
        *(st.tuples(st.integers(-1, number - 1), TEXTS) for number in range(size))
    )
)


def exported(conversation):
    return json.loads(b"".join(as_json(conversation)))


def bring(person, item) -> Result:
    (result,) = bring_all(person, [item])
    return result


def post(client, items):
    body = json.dumps(items)
    return client.post(reverse("chat:import"), body, content_type="application/json")


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(shape=SHAPES, title=TEXTS.map(lambda text: " ".join(text.split())))
def test_what_is_exported_and_imported_is_the_same_tree(alice, bob, shape, title):
    original = plant(
        alice, list(shape), title=title, system_prompt="Be kind.", parameters={"top_k": 3}
    )
    result = bring(bob, exported(original))
    assert (result.outcome, result.messages) == ("imported", len(shape))
    assert result.conversation is not None
    copy = Conversation.objects.owned_by(bob).get(pk=result.conversation)
    assert tree(copy) == tree(original)
    again = bring(bob, exported(copy))
    assert (again.outcome, again.conversation) == ("known", copy.pk)


def test_the_same_file_twice_doubles_nothing_and_a_longer_one_adds(alice, bob, client):
    original = plant(alice, [(-1, "One"), (0, "Two")])
    file = exported(original)
    client.force_login(bob)
    assert post(client, [file]).json()[0]["outcome"] == "imported"
    assert post(client, [file]).json()[0]["outcome"] == "known"
    longer = plant(alice, [(-1, "Three")])
    longer.messages.update(conversation=original, parent=original.messages.get(text="Two"))
    (result,) = post(client, [exported(original)]).json()
    assert (result["outcome"], result["messages"]) == ("extended", 1)
    texts = Message.objects.owned_by(bob).in_order().values_list("text", flat=True)
    assert list(texts) == ["One", "Two", "Three"]
    client.force_login(alice)
    assert post(client, [file]).json()[0]["outcome"] == "known"  # hers all along


@pytest.fixture
def hears(monkeypatch):
    """Lets something be called whenever a piece is stored, with four messages in one."""
    monkeypatch.setattr(storing, "PIECE", 4)
    monkeypatch.setattr(breathing, "BREATH", 0)
    connected = []

    def hear(receiver):
        connected.append(receiver)
        messages_brought.connect(receiver, weak=False)

    yield hear
    for receiver in connected:
        messages_brought.disconnect(receiver)


def chain(owner, length: int) -> Conversation:
    """One branch, of which the end is not shown."""
    made = plant(owner, [(number - 1, f"{number}") for number in range(length)])
    made.leaf = made.messages.get(text="1")
    made.save()
    return made


@pytest.mark.parametrize(("length", "stored"), [(4, [4]), (5, [4, 5]), (12, [4, 8, 12])])
def test_a_long_conversation_is_stored_in_pieces(alice, bob, hears, length, stored):
    counts: list[int] = []
    hears(lambda conversation, **_: counts.append(conversation.messages.count()))
    original = chain(alice, length)
    result = bring(bob, exported(original))
    assert (counts, result.messages) == (stored, length)
    copy = Conversation.objects.owned_by(bob).get()
    assert tree(copy) == tree(original)
    assert copy.leaf.text == "1"
    assert list(filter(None, verifying.findings(copy.pk))) == []


class Clock:
    """Stands until somebody works or sleeps; ``slept`` is how long each time."""

    def __init__(self) -> None:
        self.now, self.slept = 0.0, []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert not connection.savepoint_ids, "it sleeps in a transaction"
        self.slept.append(seconds)
        self.now += seconds


@pytest.mark.parametrize(("lengths", "took", "pauses"), [
    ([2] * 6, 0.06, 3),  # after every other
    ([2] * 6, 0.2, 6),
    ([12], 0.2, 3),
    ([3, 12, 3], 0.03, 1),
])  # fmt: skip
def test_whoever_waits_for_the_database_gets_it_now_and_then(
    alice, bob, hears, monkeypatch, lengths, took, pauses
):
    clock = Clock()
    monkeypatch.setattr(breathing, "BREATH", 0.1)
    monkeypatch.setattr(breathing, "time", clock)
    files = [exported(chain(alice, length)) for length in lengths]

    def work(conversation, **_):
        clock.now += took

    hears(work)
    assert {each.outcome for each in bring_all(bob, files)} == {"imported"}
    assert clock.slept == [0.1] * pauses


def test_what_broke_off_goes_on_when_it_is_brought_again(alice, bob, hears):
    broken = []

    def break_off(conversation, **_):
        if not broken and conversation.messages.count() > 4:
            broken.append(conversation)
            raise OSError("the disk is full")

    hears(break_off)
    file = exported(chain(alice, 11))
    with pytest.raises(OSError, match="full"):
        bring(bob, file)
    copy = Conversation.objects.owned_by(bob).get()
    assert (copy.messages.count(), copy.leaf.text) == (4, "3")
    result = bring(bob, file)
    assert (result.outcome, result.messages) == ("extended", 7)
    assert [message.text for message in copy.messages.in_order()] == list(map(str, range(11)))
    assert list(filter(None, verifying.findings(copy.pk))) == []


def test_bobs_file_cannot_touch_what_is_alices(alice, bob, client):
    original = plant(alice, [(-1, "Mine")])
    forged = exported(original) | {"title": "Taken"}
    forged["messages"].append(
        {"id": str(uuid4()), "parent": str(original.leaf_id), "role": "user", "text": "Hm",
         "created_at": "2026-03-01T00:00:00Z"}
    )  # fmt: skip
    client.force_login(bob)
    (result,) = post(client, [forged]).json()
    assert result["outcome"] == "imported"
    assert result["conversation"] != str(original.pk)
    original.refresh_from_db()
    assert (original.title, original.messages.count()) == ("A tree", 1)


def test_deleted_and_brought_again_it_is_there_again(alice, bob, client):
    file = exported(plant(alice, [(-1, "One")]))
    client.force_login(bob)
    (first,) = post(client, [file]).json()
    Conversation.objects.get(pk=first["conversation"]).delete_softly()
    (again,) = post(client, [file]).json()
    assert (again["outcome"], again["conversation"]) == ("imported", first["conversation"])
    assert Conversation.objects.owned_by(bob).count() == 1


def _message(**fields):
    return {"id": str(uuid4()), "parent": None, "role": "user", "text": "x",
            "created_at": "2026-03-01T00:00:00Z"} | fields  # fmt: skip


def _file(*messages, **fields):
    return {"format": "h2o-web-chat", "version": 1, "id": str(uuid4()), "title": "t",
            "created_at": "2026-03-01T00:00:00Z", "active_at": "2026-03-01T00:00:00Z",
            "messages": list(messages)} | fields  # fmt: skip


ONE, TWO = str(uuid4()), str(uuid4())


@pytest.mark.parametrize(
    ("item", "problem"),
    [
        (7, "no conversation of this application"),
        ({"format": "other"}, "no conversation of this application"),
        ({"mapping": {}}, "no message"),
        (_file(), "no message"),
        (_file(_message(), version=2), "$.version"),
        (_file(_message(role="system")), "$.messages[0].role"),
        (_file(_message(status="streaming")), "$.messages[0].status"),
        (_file(_message(id=ONE), _message(id=ONE)), "same id"),
        (_file(_message(id=ONE, parent=TWO), _message(id=TWO, parent=ONE)), "in a circle"),
        (_file(_message(text="x" * (values.LONGEST + 1))), "$.messages[0].text"),
        (_file(_message(created_at="yesterday")), "$.messages[0].created_at"),
    ],
)
def test_what_is_not_understood_is_told_and_the_rest_is_taken(item, problem, alice, client):
    client.force_login(alice)
    refused, taken = post(client, [item, _file(_message(text="a\0b", parent=ONE))]).json()
    assert refused["outcome"] == "refused"
    assert problem in refused["detail"]
    assert refused["detail"].endswith(".")
    assert taken["outcome"] == "imported"
    assert Message.objects.get().text == "a\N{REPLACEMENT CHARACTER}b"
    assert Message.objects.get().parent is None


@pytest.mark.parametrize(
    "body", [b"", b"{", b"{}", b"\xff", b"[" * 100_000, b"[1,%s]" % b",1" * 300]
)
def test_a_request_that_is_no_list_is_refused_with_a_sentence(body, alice, client):
    client.force_login(alice)
    refused = client.post(reverse("chat:import"), body, content_type="application/json")
    assert refused.status_code == 400
    assert refused.json()["detail"].endswith(".")


def test_parameters_that_no_server_may_get_are_not_kept(alice):
    bring(alice, _file(_message(), parameters={"temperature": -5, "n_probs": 1e9}))
    assert Conversation.objects.get().parameters == {}  # S32
