"""The promises of a run, on SQLite, with a scripted model behind a real backend."""

import asyncio
import gc
import weakref
from contextlib import aclosing
from uuid import uuid4

import pytest
from django.urls import reverse

from chat import gathering, liveness
from chat.live_run import EMPTY
from chat.models import Conversation, Message, Run, RunEvent
from chat.refusal import Refusal
from chat.wire.events import RunStarted, Snapshot, TextAdded
from h2oweb import asgi
from tests.chat.people import answer_to, end, events, fold, go_on, read, retry, say, whole
from tests.scripted_model import Die, Hold, failure, finish, reasoning, text, usage

pytestmark = pytest.mark.django_db(transaction=True)


async def test_a_turn_is_stored_and_answered(alice, runs, scripted_model):
    scripted_model.plays(text("Hel"), text("lo"), usage(7, 2), finish())
    accepted = await runs.start(alice, say("Hi there"))
    told = await read(runs, alice, accepted.run)
    assert isinstance(told[0], RunStarted)
    assert fold(told).text == "Hello"
    assert end(told).outcome == "complete"
    assert end(told).text_length == 5
    question, answer = Message.objects.order_by("role").reverse()
    assert (question.text, question.status) == ("Hi there", "complete")
    assert (answer.text, answer.status, answer.parent) == ("Hello", "complete", question)
    run = Run.objects.get()
    assert (run.prompt_tokens, run.completion_tokens) == (7, 2)
    assert run.request["messages"][-1]["content"] == "Hi there"


async def test_events_are_numbered_without_gaps_for_live_and_late_readers(
    alice, runs, scripted_model
):
    scripted_model.says("All work and no play makes a dull answer. " * 20)
    accepted = await runs.start(alice, say())
    live, late = await read(runs, alice, accepted.run), await read(runs, alice, accepted.run)
    stored = Message.objects.get(pk=accepted.reply).text
    assert [event.seq for event in live] == list(range(1, live[-1].seq + 1))
    assert fold(live).text == fold(late).text == stored
    assert end(live) == end(late)


async def test_the_same_turn_said_again_is_the_same_run(alice, runs, scripted_model):
    scripted_model.says("Once.")
    command = say()
    first, *others = await asyncio.gather(*(runs.start(alice, command) for _ in range(5)))
    await read(runs, alice, first.run)
    again = await runs.start(alice, command)
    assert all(other == first for other in [*others, again])
    assert len(scripted_model.answers) == 1
    assert Message.objects.count() == 2


async def test_retry_and_continue_said_again_start_nothing_twice(alice, runs, scripted_model):
    scripted_model.plays(text("Half an"), Die())
    first = await whole(runs, alice, say())
    for command in (retry(first), go_on(first)):
        accepted = await whole(runs, alice, command)
        asked = len(scripted_model.answers)
        assert await runs.start(alice, command) == accepted
        assert len(scripted_model.answers) == asked


async def test_text_is_stored_before_it_is_seen(alice, runs, scripted_model):
    gate = asyncio.Event()
    scripted_model.plays(text("Seen"), gate, finish())
    accepted = await runs.start(alice, say())
    async for event in events(runs, alice, accepted.run):
        if isinstance(event, TextAdded):
            row = RunEvent.objects.get(run=accepted.run, seq=event.seq)
            assert row.text == "Seen"
            gate.set()


async def test_thousands_follow_one_run_and_each_sees_all_of_it(alice, runs, scripted_model):
    gate = asyncio.Event()
    pieces = [step for n in range(20) for step in (text(f"{n} "), 0.03)]
    scripted_model.plays(gate, *pieces, finish())
    accepted = await runs.start(alice, say())
    readers = [asyncio.create_task(read(runs, alice, accepted.run)) for _ in range(3000)]
    await asyncio.sleep(0)
    gate.set()
    for told in await asyncio.gather(*readers):
        assert [event.seq for event in told] == list(range(1, len(told) + 1))
        assert fold(told).text == "".join(f"{n} " for n in range(20))


async def test_the_first_word_waits_for_nothing_to_be_gathered(
    alice, runs, scripted_model, monkeypatch
):
    monkeypatch.setattr(gathering, "LEAST", 60)
    monkeypatch.setattr(gathering, "MOST", 60)
    scripted_model.plays(text("At once."), Hold())
    accepted = await runs.start(alice, say())
    async with asyncio.timeout(20), aclosing(events(runs, alice, accepted.run)) as told:
        async for event in told:
            if isinstance(event, TextAdded):
                break


async def test_a_reader_who_leaves_and_returns_misses_nothing(alice, runs, scripted_model):
    gate = asyncio.Event()
    scripted_model.plays(text("Before. "), gate, text("After."), finish())
    accepted = await runs.start(alice, say())
    seen = []
    async for event in events(runs, alice, accepted.run):
        seen.append(event)
        if isinstance(event, TextAdded):
            break
    gate.set()
    seen += await read(runs, alice, accepted.run, after=seen[-1].seq)
    assert fold(seen).text == "Before. After."


async def test_nobody_needs_to_read_for_the_answer_to_be_written(alice, runs, scripted_model):
    scripted_model.says("To nobody.")
    accepted = await runs.start(alice, say())
    while runs.is_live(accepted.run):
        await asyncio.sleep(0.01)
    assert Message.objects.get(pk=accepted.reply).text == "To nobody."


async def test_one_far_behind_gets_one_snapshot_instead_of_many_events(alice, runs, scripted_model):
    gate = asyncio.Event()
    pieces = [step for n in range(100) for step in (text(f"{n} "), 0.06)]
    scripted_model.plays(*pieces, gate, finish())
    accepted = await runs.start(alice, say())
    async for event in events(runs, alice, accepted.run):
        if isinstance(event, TextAdded) and "99" in event.text:
            break
    late = []
    async for event in events(runs, alice, accepted.run):
        late.append(event)
        gate.set()
    assert [type(event) for event in late[:2]] == [RunStarted, Snapshot]
    assert len(late) < 6
    assert fold(late).text == "".join(f"{n} " for n in range(100))


async def test_a_run_whose_end_cannot_be_told_ends_all_the_same(
    alice, runs, scripted_model, monkeypatch
):
    def breaks(*_):
        raise ArithmeticError

    monkeypatch.setattr("chat.live_run.LiveRun._counts", breaks)
    scripted_model.says("Kept.")
    accepted = await runs.start(alice, say())
    told = await read(runs, alice, accepted.run)
    assert (end(told).outcome, fold(told).text) == ("failed", "Kept.")


async def test_stop_is_heard_at_once_and_keeps_what_there_is(alice, runs, scripted_model):
    answer = scripted_model.plays(text("So far"), Hold())
    accepted = await runs.start(alice, say())
    loop = asyncio.get_running_loop()
    stopped_at = 0.0
    async for event in events(runs, alice, accepted.run):
        if isinstance(event, TextAdded):
            stopped_at = loop.time()
            await runs.stop(alice, accepted.run)
    assert loop.time() - stopped_at < 1
    message = Message.objects.get(pk=accepted.reply)
    assert (message.text, message.status) == ("So far", "stopped")
    await asyncio.wait_for(answer.left.wait(), 1)


async def test_stop_before_the_first_word_and_after_the_last(alice, runs, scripted_model):
    scripted_model.plays(Hold())
    accepted = await runs.start(alice, say())
    await runs.stop(alice, accepted.run)
    assert end(await read(runs, alice, accepted.run)).outcome == "stopped"
    await runs.stop(alice, accepted.run)
    assert Run.objects.get().outcome == "stopped"


@pytest.mark.parametrize(
    ("steps", "outcome", "kept"),
    [
        ((text("Cut"), finish("length")), "length", "Cut"),
        ((text("So"), failure("out of memory")), "failed", "So"),
        ((text("So"), Die()), "failed", "So"),
        ((text("So"),), "interrupted", "So"),
        ((finish(),), "failed", ""),
        ((), "failed", ""),
    ],
    ids=["length", "error event", "connection lost", "clean end", "empty", "nothing"],
)
async def test_every_end_is_told(alice, runs, scripted_model, steps, outcome, kept):
    scripted_model.plays(*steps)
    accepted = await runs.start(alice, say())
    told = await read(runs, alice, accepted.run)
    assert end(told).outcome == outcome
    assert fold(told).text == kept
    message = Message.objects.get(pk=accepted.reply)
    assert (message.status, message.text) == (outcome, kept)
    assert bool(end(told).error) == (outcome in ("failed", "interrupted"))
    if not kept:
        assert end(told).error == EMPTY


async def test_reasoning_is_part_of_the_log_and_kept_apart(alice, runs, scripted_model):
    scripted_model.plays(reasoning("Hmm, "), reasoning("so."), text("Yes."), finish())
    accepted = await runs.start(alice, say())
    told = fold(await read(runs, alice, accepted.run))
    message = Message.objects.get(pk=accepted.reply)
    assert (told.text, told.reasoning) == ("Yes.", "Hmm, so.")
    assert (message.text, message.reasoning) == ("Yes.", "Hmm, so.")


async def test_how_long_the_model_reasoned_is_known_when_it_has_and_counted_on(
    alice, runs, scripted_model
):
    heard, more = asyncio.Event(), asyncio.Event()
    scripted_model.plays(reasoning("Hmm."), heard, 0.3, text("Yes"), more, Die())
    first = await runs.start(alice, say())
    async with aclosing(events(runs, alice, first.run)) as told:
        async for event in told:
            run = Run.objects.get(pk=first.run)
            if event.seq == 2:
                assert run.first_token_ms is not None
                assert run.thought_ms is None
                heard.set()
            elif isinstance(event, TextAdded):
                break
    run = Run.objects.get(pk=first.run)
    assert run.thought_ms >= 290
    more.set()
    assert end(await read(runs, alice, first.run)).timing.thought_ms == run.thought_ms

    scripted_model.plays(reasoning("So."), 0.3, Die())
    second = await runs.start(alice, go_on(first))
    live, late = await read(runs, alice, second.run), await read(runs, alice, second.run)
    assert end(live).timing.thought_ms == end(late).timing.thought_ms >= run.thought_ms
    scripted_model.plays(reasoning("So, so."), 0.3, text("."), finish())
    third = await whole(runs, alice, go_on(second))
    assert Run.objects.get(pk=third.run).thought_ms >= run.thought_ms + 290


async def test_a_model_that_does_not_reason_has_taken_no_time_for_it(alice, runs, scripted_model):
    scripted_model.says("Yes.")
    accepted = await runs.start(alice, say())
    assert end(await read(runs, alice, accepted.run)).timing.thought_ms is None


async def test_continue_goes_on_in_the_same_message(alice, runs, scripted_model):
    scripted_model.plays(text("One, two"), Die())
    first = await whole(runs, alice, say("Count"))
    scripted_model.plays(text(", three."), finish())
    second = await runs.start(alice, go_on(first))
    told = await read(runs, alice, second.run)
    assert second.reply == first.reply
    assert fold(told).text == "One, two, three."
    assert end(told).text_length == len("One, two, three.")
    message = Message.objects.get(pk=first.reply)
    assert (message.text, message.status, message.error) == ("One, two, three.", "complete", "")
    late = fold(await read(runs, alice, first.run))
    assert late.text == "One, two"


async def test_an_edit_is_a_branch_and_the_next_turn_sees_its_own_past(alice, runs, scripted_model):
    scripted_model.says("Fine.")
    first = await whole(runs, alice, say("How are you?"))
    scripted_model.says("Splendid.")
    edited = say("How is it going?", conversation=first.conversation)
    second = await whole(runs, alice, edited)
    scripted_model.says("Good.")
    await whole(runs, alice, answer_to(second, "Really?"))
    sent = scripted_model.answers[-1].request["messages"]
    assert [turn["content"] for turn in sent] == ["How is it going?", "Splendid.", "Really?"]
    assert Conversation.objects.get().messages.filter(parent=None).count() == 2


async def test_a_failed_empty_answer_is_left_out_of_the_prompt(alice, runs, scripted_model):
    scripted_model.plays(finish())
    first = await whole(runs, alice, say("One"))
    scripted_model.says("Two.")
    await whole(runs, alice, answer_to(first, "Two"))
    sent = scripted_model.answers[-1].request["messages"]
    assert "" not in [turn["content"] for turn in sent]
    assert sent[-1]["content"].endswith("Two")


async def test_two_tabs_that_answer_the_same_message_make_two_branches(alice, runs, scripted_model):
    scripted_model.says("First.")
    first = await whole(runs, alice, say())
    scripted_model.says("Second.")
    tabs = [answer_to(first, "left"), answer_to(first, "right")]
    accepted = await asyncio.gather(*(runs.start(alice, tab) for tab in tabs))
    for each in accepted:
        await read(runs, alice, each.run)
    children = Message.objects.get(pk=first.reply).children
    assert {child.text for child in children.all()} == {"left", "right"}


async def test_bob_gets_nothing_of_alices(alice, bob, runs, scripted_model):
    scripted_model.plays(text("Secret"), Hold())
    command = say()
    accepted = await runs.start(alice, command)
    attempts = [
        runs.start(bob, command),
        runs.start(bob, say(conversation=accepted.conversation)),
        runs.start(bob, answer_to(accepted)),
        runs.start(bob, retry(accepted)),
        runs.start(bob, go_on(accepted)),
        runs.stop(bob, accepted.run),
        read(runs, bob, accepted.run),
        read(runs, bob, uuid4()),
    ]
    for attempt in attempts:
        with pytest.raises(Refusal) as refusal:
            await attempt
        assert refusal.value.code == "not_found"
    assert runs.is_live(accepted.run)
    assert Message.objects.count() == 2


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"text": " \n"}, "invalid"),
        ({"text": "x" * 200_001}, "too_long"),
        ({"parent": uuid4()}, "not_found"),
        ({"model": "no-such-model"}, "invalid"),
        ({"system_prompt": "x" * 20_001}, "too_long"),
    ],
)
async def test_a_turn_that_cannot_be_taken_is_refused_and_leaves_nothing(
    alice, runs, scripted_model, fields, code
):
    with pytest.raises(Refusal) as refusal:
        await runs.start(alice, say(**{"text": "Hello"} | fields))
    assert refusal.value.code == code
    assert not Conversation.objects.exists()
    assert not scripted_model.answers


async def test_a_turn_after_an_answer_that_is_being_written_has_to_wait(
    alice, runs, scripted_model
):
    scripted_model.plays(Hold())
    accepted = await runs.start(alice, say())
    with pytest.raises(Refusal) as refusal:
        await runs.start(alice, answer_to(accepted))
    assert refusal.value.code == "busy"


async def test_what_no_database_takes_is_replaced_not_lost(alice, runs, scripted_model):
    scripted_model.plays(text("a\0b"), text("\ud83d"), text("\ude00"), finish())
    accepted = await whole(runs, alice, say("NUL \0 here"))
    assert Message.objects.get(pk=accepted.id).text == "NUL \N{REPLACEMENT CHARACTER} here"
    assert Message.objects.get(pk=accepted.reply).text == "a\N{REPLACEMENT CHARACTER}b😀"


async def test_the_end_of_the_server_keeps_the_text_and_says_so(alice, runs, scripted_model):
    scripted_model.plays(text("Kept"), Hold())
    accepted = await runs.start(alice, say())
    async for event in events(runs, alice, accepted.run):
        if isinstance(event, TextAdded):
            await runs.close()
    message = Message.objects.get(pk=accepted.reply)
    assert (message.text, message.status) == ("Kept", "interrupted")


async def test_a_turn_whose_page_leaves_at_once_is_answered_all_the_same(
    alice, runs, scripted_model
):
    scripted_model.says("To nobody.")
    command = say()
    asking = asyncio.create_task(runs.start(alice, command))
    await asyncio.sleep(0)
    asking.cancel()
    while not Message.objects.filter(pk=command.reply, status="complete").exists():
        await asyncio.sleep(0.02)
    assert Message.objects.get(pk=command.reply).text == "To nobody."


async def test_a_turn_said_as_the_server_ends_is_kept_and_ends(alice, runs, scripted_model):
    scripted_model.plays(Hold())
    asking = asyncio.create_task(runs.start(alice, say()))
    await asyncio.sleep(0)
    await runs.close()
    accepted = await asking
    assert Message.objects.get(pk=accepted.reply).status == "interrupted"


async def test_the_end_does_nothing_that_an_event_loop_forbids(
    alice, runs, scripted_model, monkeypatch
):
    scripted_model.says("Done.")
    await whole(runs, alice, say())
    monkeypatch.delenv("DJANGO_ALLOW_ASYNC_UNSAFE")
    await runs.close()
    monkeypatch.undo()


async def test_a_conversation_deleted_amid_an_answer_ends_the_run(alice, runs, scripted_model):
    scripted_model.plays(text("Doomed"), Hold())
    accepted = await runs.start(alice, say())
    Conversation.objects.get().delete_softly()
    while runs.is_live(accepted.run):
        await asyncio.sleep(0.05)
    assert Run.objects.get().outcome == "stopped"
    with pytest.raises(Refusal):
        await read(runs, alice, accepted.run)


@pytest.fixture
def nobody_looks(monkeypatch):
    """No process looks after runs by itself, but for the first time."""
    monkeypatch.setattr(liveness, "LOOK", 3600)


async def test_deleting_rings_for_whoever_answers(
    nobody_looks, alice, runs, scripted_model, monkeypatch, async_client
):
    monkeypatch.setattr(asgi, "runs", runs)
    scripted_model.plays(text("Doomed"), Hold())
    accepted = await runs.start(alice, say())
    await async_client.aforce_login(alice)
    address = reverse("chat:delete", args=[accepted.conversation])
    assert (await async_client.post(address)).status_code == 204
    async with asyncio.timeout(10):
        while runs.is_live(accepted.run):
            await asyncio.sleep(0.01)
    assert (await Run.objects.aget()).outcome == "stopped"


async def test_finished_runs_leave_no_rows_tasks_or_memory_behind(alice, runs, scripted_model):
    scripted_model.says("Short.")
    held = []
    for _ in range(3):
        accepted = await runs.start(alice, say())
        held += [weakref.ref(runs._live[accepted.run])]
        held += [weakref.ref(runs.journal.find(accepted.run))]
        await read(runs, alice, accepted.run)
    while runs.is_live(accepted.run):
        await asyncio.sleep(0.01)
    await asyncio.sleep(0)
    gc.collect()
    assert [each() for each in held] == [None] * 6
    assert runs.journal.find(accepted.run) is None
    assert not RunEvent.objects.exists()
    names = {task.get_name() for task in asyncio.all_tasks()}
    assert not any(name.startswith(("pump", "owner")) for name in names)


async def test_turns_that_do_not_fit_are_left_out_stored_and_told(alice, runs, scripted_model):
    scripted_model.says("x" * 9_000, piece=3_000)
    first = await whole(runs, alice, say("y" * 9_000))
    scripted_model.says("Short.")
    accepted = await runs.start(alice, answer_to(first, "z" * 12_000))
    live, late = await read(runs, alice, accepted.run), await read(runs, alice, accepted.run)
    assert end(live).usage.turns_cut == end(late).usage.turns_cut == 2
    assert Run.objects.get(pk=accepted.run).turns_cut == 2
    sent = scripted_model.answers[-1].request["messages"]
    assert [turn["content"][:1] for turn in sent] == ["z"]


async def test_an_id_that_was_used_for_another_turn_is_not_taken_for_it(
    alice, runs, scripted_model
):
    scripted_model.says("Yes.")
    first = await whole(runs, alice, say("One"))
    for other in (say("Two", id=first.id), say("One", id=first.id)):
        with pytest.raises(Refusal) as refusal:
            await runs.start(alice, other)
        assert refusal.value.code == "not_found"
    assert Message.objects.count() == 2


async def test_a_reader_who_is_further_than_the_run_gets_the_whole(alice, runs, scripted_model):
    scripted_model.says("All of it.")
    accepted = await whole(runs, alice, say())
    assert fold(await read(runs, alice, accepted.run, after=2**53)).text == "All of it."


async def test_of_two_who_go_on_with_one_answer_one_has_to_wait(alice, runs, scripted_model):
    scripted_model.plays(text("Half"), Die())
    first = await whole(runs, alice, say())
    scripted_model.plays(Hold())
    attempts = await asyncio.gather(
        *(runs.start(alice, go_on(first)) for _ in range(8)), return_exceptions=True
    )
    refused = [attempt.code for attempt in attempts if isinstance(attempt, Refusal)]
    assert refused == ["busy"] * 7
