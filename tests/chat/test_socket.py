"""The chat socket's contract, through the consumer."""

import asyncio
import json
from typing import Any
from uuid import uuid4

import pytest
from asgiref.sync import SyncToAsync
from django.contrib.auth.models import AnonymousUser, User

from chat.models import Message
from chat.standing import SIGNED_OUT
from tests.chat.tab import Tab
from tests.scripted_model import Hold, finish, text

pytestmark = pytest.mark.django_db(transaction=True)


def say(**fields: Any) -> dict[str, Any]:
    ids = {"id": uuid4(), "conversation": uuid4(), "reply": uuid4(), "parent": None}
    return {"type": "say", "text": "Hello?"} | ids | fields


async def test_say_is_accepted_and_followed_without_asking(alice, runs, scripted_model):
    scripted_model.plays(text("Hello."), finish())
    async with Tab(runs, alice) as tab:
        command = say()
        await tab.send(**command)
        accepted, started, *rest = await tab.until("run_finished")
    assert accepted == {
        "type": "accepted",
        "id": str(command["id"]),
        "conversation": str(command["conversation"]),
        "run": started["run"],
        "reply": str(command["reply"]),
        "model": "scripted",
    }
    assert (started["type"], started["seq"], started["reply"]) == (
        "run_started",
        1,
        str(command["reply"]),
    )
    assert {"started_at", "model"} < started.keys()
    added = [frame for frame in rest if frame["type"] == "text_added"]
    assert [(frame["text"], frame["kind"]) for frame in added] == [("Hello.", "text")]
    end = rest[-1]
    assert (end["outcome"], end["error"], end["text_length"]) == ("complete", None, 6)
    assert {"usage", "timing", "seq"} < end.keys()


async def test_ping_is_answered_by_pong(alice, runs):
    async with Tab(runs, alice) as tab:
        await tab.send(type="ping")
        assert await tab.get() == {"type": "pong"}


async def test_no_message_waits_for_the_one_thread_that_all_of_django_shares(
    alice, runs, scripted_model, monkeypatch
):
    hops: list[Any] = []

    async def hop(self: SyncToAsync[..., Any], *args: Any, **kwargs: Any) -> Any:
        hops.append(self.func)
        return await carried(self, *args, **kwargs)

    carried = SyncToAsync.__call__
    monkeypatch.setattr(SyncToAsync, "__call__", hop)
    scripted_model.plays(text("So far"), Hold())
    scripted_model.plays(text(" and on."), finish())
    scripted_model.plays(text("Otherwise."), finish())
    async with Tab(runs, alice) as tab:
        asked = say()
        await tab.send(**asked)
        accepted, *_ = await tab.until("text_added")
        await tab.send(type="follow", run=accepted["run"], after=0)
        await tab.send(type="stop", run=accepted["run"])
        await tab.until("run_finished")
        await tab.send(type="continue", message=accepted["reply"], run=uuid4())
        await tab.until("run_finished")
        await tab.send(type="retry", message=accepted["reply"], reply=uuid4())
        await tab.until("run_finished")
        await tab.send(type="ping")
        await tab.until("pong")
        await tab.send(type="no such command")
        await tab.until("refused")
    assert hops == []


async def test_a_second_socket_follows_stops_and_sees_the_same_end(alice, runs, scripted_model):
    scripted_model.plays(text("So far"), Hold())
    async with Tab(runs, alice) as desk, Tab(runs, alice) as phone:
        await desk.send(**say())
        run = (await desk.until("text_added"))[-1]["run"]
        await phone.send(type="follow", run=run, after=0)
        await phone.until("text_added")
        await phone.send(type="stop", run=run)
        ends = [(await tab.until("run_finished"))[-1] for tab in (desk, phone)]
    assert ends[0] == ends[1]
    assert ends[0]["outcome"] == "stopped"


async def test_another_page_of_the_same_person_hears_of_a_new_turn_and_of_its_end(
    alice, bob, runs, scripted_model
):
    scripted_model.says("Hello.")
    async with Tab(runs, alice) as desk, Tab(runs, alice) as phone, Tab(runs, bob) as other:
        command = say()
        await desk.send(**command)
        await desk.until("run_finished")
        of_hers = {"type": "conversation_changed", "conversation": str(command["conversation"])}
        assert await phone.get() == of_hers | {"changed": "turn"}
        assert await phone.get() == await desk.get() == of_hers | {"changed": "answered"}
        assert await other.is_quiet()
        assert await desk.is_quiet()


async def test_a_socket_that_closes_changes_nothing_for_the_run(alice, runs, scripted_model):
    gate = asyncio.Event()
    scripted_model.plays(text("Still "), gate, text("here."), finish())
    async with Tab(runs, alice) as tab:
        await tab.send(**say())
        first = (await tab.until("text_added"))[-1]
    gate.set()
    async with Tab(runs, alice) as tab:
        await tab.send(type="follow", run=first["run"], after=first["seq"])
        frames = await tab.until("run_finished")
    assert frames[-1]["outcome"] == "complete"
    assert Message.objects.get(role="assistant").text == "Still here."


REFUSED = [
    ("not json", None),
    ("[]", None),
    ('{"type": "dance"}', "dance"),
    ('{"type": "\\ud83d"}', "?"),
    ('{"type": "stop"}', "stop"),
    (json.dumps(say(model="a\0"), default=str), "say"),
    (json.dumps(say(parameters={"stop": ["\0"]}), default=str), "say"),
    ('{"type": "stop", "run": "../../etc"}', "stop"),
    ('{"type": "ping", "extra": 1}', "ping"),
    ('{"type": "follow", "run": "%s", "after": -1}' % uuid4(), "follow"),
    ('{"type": "follow", "run": "%s", "after": 1e400}' % uuid4(), "follow"),
    (json.dumps(say(parameters={"temperature": 99}), default=str), "say"),
    (json.dumps(say(parameters={"logit_bias": {}}), default=str), "say"),
    (json.dumps(say(text=5), default=str), "say"),
    ('{"type": "say", "text": "\\ud800"}', "say"),
    ("[" * 100_000, None),
]


@pytest.mark.parametrize(("frame", "command"), REFUSED, ids=range(len(REFUSED)))
async def test_a_frame_that_is_no_command_is_refused_and_the_socket_stays(
    alice, runs, frame, command
):
    async with Tab(runs, alice) as tab:
        await tab.raw(frame)
        refused = await tab.get()
        assert (refused["type"], refused["code"]) == ("refused", "invalid")
        assert refused["detail"].endswith(".")
        assert refused["command"] == command
        await tab.send(type="ping")
        assert await tab.get() == {"type": "pong"}


async def test_what_is_not_yours_is_not_there(alice, bob, runs, scripted_model):
    scripted_model.plays(text("Secret"), Hold())
    async with Tab(runs, alice) as hers, Tab(runs, bob) as his:
        await hers.send(**say())
        accepted, *_ = await hers.until("text_added")
        for command in (
            {"type": "follow", "run": accepted["run"], "after": 0},
            {"type": "stop", "run": accepted["run"]},
            {"type": "retry", "message": accepted["reply"], "reply": uuid4()},
            {"type": "continue", "message": accepted["reply"], "run": uuid4()},
            say(conversation=accepted["conversation"]),
        ):
            await his.send(**command)
            refused = await his.get()
            assert (refused["type"], refused["code"]) == ("refused", "not_found")
            assert refused["command"] == command["type"]
        await his.send(type="follow", run=uuid4(), after=0)
        assert (await his.get())["code"] == "not_found"


async def test_s07_every_command_asks_again_whether_its_person_may_be_here(
    alice, runs, scripted_model
):
    """Also those that only read: the socket is closed by a look, which may be seconds away."""
    scripted_model.plays(text("Secret"), finish("length"))
    async with Tab(runs, alice) as tab:
        command = say()
        await tab.send(**command)
        accepted, *_ = await tab.until("run_finished")
        await tab.until("conversation_changed")
        await User.objects.filter(pk=alice.pk).aupdate(is_active=False)
        for asked in (
            {"type": "follow", "run": accepted["run"], "after": 0},
            {"type": "stop", "run": accepted["run"]},
            {"type": "retry", "message": accepted["reply"], "reply": uuid4()},
            {"type": "continue", "message": accepted["reply"], "run": uuid4()},
            say(conversation=command["conversation"], parent=accepted["reply"]),
        ):
            await tab.send(**asked)
            told = await tab.get()
            assert (told["type"], told["command"]) == ("refused", asked["type"])


async def test_who_is_signed_out_is_told_so(runs, db):
    async with Tab(runs, AnonymousUser()) as tab:
        assert await tab.closed_with() == SIGNED_OUT


async def test_too_much_at_once_is_refused_with_a_time_and_what_was_taken_stays(
    alice, runs, scripted_model
):
    scripted_model.plays(Hold())
    async with Tab(runs, alice) as tab:
        commands = [say() for _ in range(80)]
        for command in commands:
            await tab.send(**command)
        frames = []
        while sum(frame["type"] in ("accepted", "refused") for frame in frames) < 80:
            frames.append(await tab.get())
    refused = [frame for frame in frames if frame["type"] == "refused"]
    assert refused
    assert all(frame["code"] == "busy" and frame["retry_after"] > 0 for frame in refused)
    taken = {frame["id"] for frame in frames if frame["type"] == "accepted"}
    assert not taken & {frame["id"] for frame in refused if frame["command"] == "say"}


async def test_a_refusal_does_not_repeat_a_huge_frame(alice, runs):
    async with Tab(runs, alice) as tab:
        await tab.raw(json.dumps({"type": "x" * 500_000}))
        assert len(json.dumps(await tab.get())) < 1_000
