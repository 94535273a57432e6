"""A long conversation costs what a short one costs, and its parts fit together."""

import random
import re
from datetime import timedelta
from itertools import pairwise
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from chat import prompts, thread, turns
from chat.models import Conversation, Message, Process, Run, branch
from chat.wire.commands import Retry
from tests.chat.people import say

pytestmark = pytest.mark.django_db

MOST = 30  # messages of a part
SHORT, LONG = 80, 600  # messages; a part of a thread is full in both


def grow(owner, shape):
    """A conversation in which message number N follows the one that ``shape[N]`` says."""
    conversation = Conversation.objects.create(id=uuid4(), owner=owner)
    began = timezone.now()
    messages = []
    for number, above in enumerate(shape):
        parent = None if above is None else messages[above]
        messages.append(
            Message(
                id=uuid4(),
                conversation=conversation,
                parent=parent,
                depth=parent.depth_below if parent else 0,
                role="assistant" if parent and parent.role == "user" else "user",
                text=f"Message {number}. " + "Words. " * 20,
                status="complete",
                created_at=began + timedelta(seconds=number // 2),  # some at the same time
            )
        )
    Message.objects.bulk_create(messages)
    Conversation.objects.filter(pk=conversation.pk).update(leaf=messages[-1])
    conversation.refresh_from_db()
    return conversation, messages


def line(length):
    """The shape of a conversation without branches."""
    return [None, *range(length - 1)]


@pytest.mark.parametrize("seed", range(5))
def test_walks_in_any_tree_end_where_the_whole_tree_says(seed, alice):
    chance = random.Random(seed)
    shape = [None] + [chance.choice([None, *range(max(0, at - 4), at)]) for at in range(1, 60)]
    conversation, messages = grow(alice, shape)
    children = {}
    for message in sorted(messages, key=lambda each: (each.created_at, each.id)):
        children.setdefault(message.parent_id, []).append(message)
    for message in messages:
        above, below = [message], []
        while above[-1].parent_id:
            above.append(above[-1].parent)
        while follows := children.get((below[-1] if below else message).pk):
            below.append(follows[-1])
        assert branch.up_to(message.pk) == above[::-1]
        assert branch.up_to(message.pk, most=3) == above[:3][::-1]
        assert branch.below(message.pk) == below
        assert branch.newest_leaf(message.pk) == (below or [message])[-1]
        (item,) = [each for each in thread.items(conversation, message) if each.message == message]
        versions = children[message.parent_id]
        assert (item.version, item.versions) == (versions.index(message) + 1, len(versions))


def test_parts_follow_one_another_without_a_gap(alice):
    conversation, messages = grow(alice, line(100))
    part = thread.newest(conversation)
    parts = [part]
    while part.older:
        part = thread.before(conversation, Message.objects.get(pk=part.older))
        parts.insert(0, part)
    assert [item.message for each in parts for item in each.items] == messages
    assert [len(each.items) for each in parts] == [100 % MOST, *[MOST] * (100 // MOST)]
    part = thread.around(conversation, messages[40])
    parts = [part]
    shown = [item.message for item in part.items]
    assert messages[40] in shown[5:-5]
    while part.newer:
        part = thread.after(conversation, Message.objects.get(pk=part.newer))
        parts.append(part)
        shown += [item.message for item in part.items]
    assert shown == messages[messages.index(shown[0]) :]
    assert len(parts) > 1
    assert max(len(each.items) for each in parts) == MOST
    for first, second in pairwise(thread.items(conversation)):
        assert second.message.parent_id == first.message.id


def test_a_prompt_is_read_no_further_than_it_has_room_and_counts_the_rest(alice):
    _, messages = grow(alice, line(400))
    leaf = messages[-2]
    read = branch.up_to(leaf.pk, characters=prompts.most_characters(1000))
    assert 20 < len(read) < 60
    part = prompts.build(read, context=1000, unread=read[0].depth)
    whole = prompts.build(branch.up_to(leaf.pk), context=1000)
    assert part == whole


def page(client, conversation, _):
    return client.get(reverse("chat:conversation", args=[conversation.pk]))


def linked(client, conversation, messages):
    middle = messages[len(messages) // 2].pk
    address = reverse("chat:conversation", args=[conversation.pk])
    return client.get(address, {"message": middle})


def older(client, conversation, messages):
    address = reverse("chat:messages", args=[conversation.pk])
    return client.get(address, {"before": messages[-5].pk})


def step(client, conversation, messages):
    client.post(reverse("chat:choose", args=[conversation.pk]), {"message": messages[-1].pk})


def said(client, conversation, messages):
    _accept(say("On", conversation=conversation.pk, parent=messages[-1].pk))


def again(client, conversation, messages):
    _accept(Retry(message=messages[-1].pk, reply=uuid4()))


def _accept(command):
    person = Conversation.objects.get().owner
    process = Process.objects.create(host="test").pk
    accepting = turns.accept(person, command, process, lambda *_: turns.Choice("m", "s", 1000))
    assert len(accepting.path) < 60


@pytest.mark.parametrize("action", [page, linked, older, step, said, again])
def test_what_a_long_thread_costs_is_what_a_short_one_costs(action, alice, client):
    """The queries, and the rows that they bring."""
    client.force_login(alice)
    costs = []
    for length in (SHORT, SHORT, LONG):  # the first finds nothing that is kept in memory
        Conversation.objects.all().delete()
        conversation, messages = grow(alice, line(length))
        with CaptureQueriesContext(
            connection,
        ) as queries:
            answer = action(client, conversation, messages)
        costs.append(len(queries))
        if answer:
            shown = set(re.findall(r"Message \d+\.", answer.content.decode()))
            assert 1 < len(shown) <= MOST
    assert costs[1] == costs[2]
    assert costs[1] < 40


def test_parts_of_bobs_or_of_nothing_are_not_there(alice, bob, client):
    conversation, messages = grow(alice, line(4))
    _, others = grow(alice, line(4))
    address = reverse("chat:messages", args=[conversation.pk])
    client.force_login(alice)
    for query in ({"before": "x"}, {"before": uuid4()}, {"after": others[0].pk}):
        assert client.get(address, query).status_code == 404
    assert client.get(address, {"through": messages[0].pk}).status_code == 200
    assert client.get(address).status_code == 200
    client.force_login(bob)
    assert client.get(address).status_code == 404
    assert client.get(address, {"through": messages[0].pk}).status_code == 404
    assert not Run.objects.exists()
