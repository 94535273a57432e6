"""Accepting turns: what ``say``, ``retry`` and ``continue`` store, once, whoever asks how often.

The browser makes the ids, so a command that comes again (a retry, a reconnect, a
second tab, another process) finds what the first one stored and gets the same answer.
Everything here is called in a thread that may use the database.
"""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import msgspec
from django.db import IntegrityError, transaction

from chat import limits, prompts, replay
from chat.models import (
    Conversation,
    Message,
    ModelAccess,
    Preferences,
    Run,
    RunEvent,
    branch,
)
from chat.refusal import Refusal
from chat.signals import prompt_kept
from chat.wire.commands import MAX_SYSTEM_PROMPT, MAX_TEXT, Continue, Retry, Say
from chat.wire.events import Accepted, Event, Snapshot
from chat.wire.parameters import Parameters
from chat.wire.sentences import sentence

Person = Any  # a user, or the anonymous one
TITLE_FROM_WORDS = 60  # characters

NOT_FOUND = sentence("This conversation is not there any more, or it is not yours.")
MESSAGE_TOO_LONG = sentence("This message has {count} characters; at most {most} can be sent.")
SYSTEM_PROMPT_TOO_LONG = sentence("A system prompt can have at most {most} characters.")


@dataclass(frozen=True)
class Choice:
    """A model that can be asked: its name and its server's."""

    model: str
    server: str
    context: int | None = None  # tokens that it reads and writes, where that is known


Choose = Callable[[str], Choice]  # the model of this name ("" for the default); raises Refusal
Allows = Callable[[str], bool]  # whether a person may use the model of this name


@dataclass(frozen=True)
class Asking:
    """Who asks, by a command of which id, and the process that is to answer."""

    person: Person
    id: UUID
    process: UUID
    choose: Choose  # among the models that this person may use


@dataclass(frozen=True)
class Past:
    """A turn before the one to be answered, as the prompt needs it."""

    role: str
    text: str
    status: str


@dataclass(frozen=True)
class Accepting:
    """A stored turn. ``is_new`` is False where it had been stored before."""

    accepted: Accepted
    person: Any
    is_new: bool
    first: list[Event]
    owner: UUID | None = None  # the process that is to write it
    server: str = ""
    path: tuple[Past, ...] = ()
    turns_unread: int = 0  # that stand before the path
    system_prompt: str = ""
    parameters: Parameters = field(default_factory=Parameters)
    continues: bool = False
    text_so_far: str = ""
    reasoning_so_far: str = ""
    thought_so_far: int | None = None  # milliseconds
    is_first_turn: bool = False


def accept(
    person: Person,
    command: Say | Retry | Continue,
    process: UUID,
    choose_among: Callable[[str, Allows], Choice],
) -> Accepting:
    """Store what the command asks for, or find it stored. Raises Refusal."""
    if isinstance(command, Say) and command.id == command.reply:
        raise Refusal("invalid", sentence("A message and its answer need ids of their own."))
    for _ in range(2):
        try:
            with transaction.atomic():
                person = limits.hold(person)
                allows = ModelAccess.objects.of(person).allows
                choose = partial(_choose, choose_among, allows)
                match command:
                    case Say():
                        return _say(Asking(person, command.id, process, choose), command)
                    case Retry():
                        return _retry(Asking(person, command.reply, process, choose), command)
                    case Continue():
                        return _continue(Asking(person, command.run, process, choose), command)
        except IntegrityError:
            continue  # another process was storing the same ids: now they can be found
    raise Refusal("not_found", NOT_FOUND)


def _choose(choose_among: Callable[[str, Allows], Choice], allows: Allows, name: str) -> Choice:
    return choose_among(name, allows)


# --- say


def _say(asking: Asking, say: Say) -> Accepting:
    if known := Message.objects.filter(pk=say.id).first():
        return _said_before(asking, say, known)
    _check_text(say)
    conversation, is_new = _conversation(asking.person, say)
    parent = _parent(conversation, say.parent)
    choice = _choice(asking, say.model, conversation.model)
    _keep_settings(conversation, say, is_new=is_new)
    turn = Message.objects.create(
        id=say.id,
        conversation=conversation,
        parent=parent,
        depth=parent.depth_below if parent else 0,
        role=Message.Role.USER,
        text=_clean(say.text),
        status=Message.Status.COMPLETE,
    )
    return _begin(
        asking,
        turn,
        say.reply,
        choice,
        characters=len(say.text),
        is_first_turn=is_new and not conversation.temporary,  # which gets no title
    )


def _said_before(asking: Asking, say: Say, turn: Message) -> Accepting:
    if turn.conversation_id != say.conversation or turn.text != _clean(say.text):
        raise Refusal("not_found", NOT_FOUND)  # another turn's id
    first_reply = (
        Message.objects.owned_by(asking.person)
        .filter(parent=turn, role=Message.Role.ASSISTANT)
        .in_order()
        .first()
    )
    if first_reply is None:
        raise Refusal("not_found", NOT_FOUND)
    return _again(asking, first_reply)


def _check_text(say: Say) -> None:
    if not any(character.isprintable() and not character.isspace() for character in say.text):
        raise Refusal("invalid", sentence("A message needs some text."))
    if len(say.text) > MAX_TEXT:
        raise Refusal(
            "too_long",
            MESSAGE_TOO_LONG.format(count=f"{len(say.text):,}", most=f"{MAX_TEXT:,}"),
        )


def _conversation(person: Person, say: Say) -> tuple[Conversation, bool]:
    """The conversation, and whether it is new: then ``_keep_settings`` stores it."""
    known = Conversation.objects.filter(pk=say.conversation).first()
    if known is None:
        if say.parent is not None:
            raise Refusal("not_found", NOT_FOUND)
        return Conversation(
            id=say.conversation,
            owner=person,
            title="" if say.temporary else _title(say.text),
            temporary=say.temporary,
            **Preferences.objects.of(person).answer_settings,
        ), True
    if known.owner_id != person.pk or known.deleted_at:
        raise Refusal("not_found", NOT_FOUND)
    return known, False


def _title(text: str) -> str:
    words = " ".join(_clean(text).split())
    if len(words) <= TITLE_FROM_WORDS:
        return words
    return words[:TITLE_FROM_WORDS].rsplit(" ", 1)[0] + "…"


def _parent(conversation: Conversation, parent_id: UUID | None) -> Message | None:
    if parent_id is None:
        return None
    parent = conversation.messages.filter(pk=parent_id).first()
    if parent is None:
        raise Refusal("not_found", NOT_FOUND)
    if parent.role != Message.Role.ASSISTANT:
        raise Refusal("invalid", sentence("A message follows an answer, not another message."))
    if parent.status == Message.Status.STREAMING:
        raise Refusal(
            "busy",
            sentence("The answer before this message is still being written."),
            retry_after=1,
        )
    return parent


def _keep_settings(
    conversation: Conversation, command: Say | Retry | Continue, *, is_new: bool = False
) -> None:
    """Store what the person has set since the server last heard of it."""
    said: dict[str, Any] = {}
    if isinstance(command, Say) and command.model:
        said["model"] = command.model
    if command.system_prompt is not None:
        said["system_prompt"] = _system_prompt(command.system_prompt)
    if command.parameters is not None:
        said["parameters"] = msgspec.to_builtins(command.parameters)
    news = [name for name, value in said.items() if getattr(conversation, name) != value]
    for name in news:
        setattr(conversation, name, said[name])
    if is_new:
        conversation.save(force_insert=True)
    elif news:
        conversation.save(update_fields=news)
    if "system_prompt" in news and not is_new:
        prompt_kept.send(Conversation, conversation=conversation)


def _system_prompt(text: str) -> str:
    if len(text) > MAX_SYSTEM_PROMPT:
        raise Refusal("too_long", SYSTEM_PROMPT_TOO_LONG.format(most=f"{MAX_SYSTEM_PROMPT:,}"))
    return _clean(text)


# --- retry


def _retry(asking: Asking, retry: Retry) -> Accepting:
    answer = _answer(asking.person, retry.message)
    known = Message.objects.filter(pk=retry.reply).first()
    if known is not None:
        if known.parent_id != answer.parent_id or known.role != Message.Role.ASSISTANT:
            raise Refusal("not_found", NOT_FOUND)
        return _again(asking, known)
    assert answer.parent is not None
    choice = _choice(asking, retry.model, answer.conversation.model, answer.model)
    _keep_settings(answer.conversation, retry)
    return _begin(asking, answer.parent, retry.reply, choice)


def _answer(person: Person, message: UUID) -> Message:
    """An answer of this person's own that has ended."""
    answer = (
        Message.objects.owned_by(person)
        .select_related("conversation", "parent")
        .select_for_update(of=("self",))  # two that go on with it at once would both write it
        .filter(pk=message)
        .first()
    )
    if answer is None:
        raise Refusal("not_found", NOT_FOUND)
    if answer.role != Message.Role.ASSISTANT or answer.parent is None:
        raise Refusal("invalid", sentence("Only an answer can be written again or gone on with."))
    return answer


# --- continue


def _continue(asking: Asking, again: Continue) -> Accepting:
    answer = _answer(asking.person, again.message)
    known = Run.objects.filter(pk=again.run).first()
    if known is not None:
        if known.message_id != answer.id:
            raise Refusal("not_found", NOT_FOUND)
        return _found(asking, answer, known)
    if answer.status == Message.Status.STREAMING:
        raise Refusal("busy", sentence("This answer is still being written."), retry_after=1)
    if not answer.is_unfinished:
        raise Refusal("invalid", sentence("This answer is complete."))
    choice = _choice(asking, None, answer.model, answer.conversation.model)
    _keep_settings(answer.conversation, again)
    ended = Message.objects.filter(pk=answer.pk, status=answer.status)
    if not ended.update(status=Message.Status.STREAMING, error=""):
        raise Refusal("busy", sentence("This answer is still being written."), retry_after=1)
    return _run(asking, answer, again.run, choice, continues=True)


# --- all three


def _choice(asking: Asking, asked: str | None, *remembered: str) -> Choice:
    """The model that is asked for, or else one from before, or, where that has gone, the default.

    Raises Refusal if the one that is asked for cannot be had.
    """
    if asked:
        return asking.choose(asked)
    for name in filter(None, remembered):
        with contextlib.suppress(Refusal):
            return asking.choose(name)
    return asking.choose("")


def _again(asking: Asking, reply: Message) -> Accepting:
    first_run = Run.objects.owned_by(asking.person).filter(message=reply).first()
    if first_run is None:
        raise Refusal("not_found", NOT_FOUND)
    return _found(asking, reply, first_run)


def _found(asking: Asking, reply: Message, run: Run) -> Accepting:
    accepted = Accepted(asking.id, reply.conversation_id, run.id, reply.id, run.model)
    return Accepting(accepted, asking.person, is_new=False, first=[])


def _begin(
    asking: Asking,
    turn: Message,
    reply_id: UUID,
    choice: Choice,
    *,
    characters: int = 0,
    is_first_turn: bool = False,
) -> Accepting:
    """A new answer to this turn."""
    reply = Message.objects.create(
        id=reply_id,
        conversation=turn.conversation,
        parent=turn,
        depth=turn.depth_below,
        role=Message.Role.ASSISTANT,
        status=Message.Status.STREAMING,
        model=choice.model,
    )
    accepting = _run(asking, reply, uuid4(), choice, characters=characters)
    return replace(accepting, is_first_turn=is_first_turn)


def _run(
    asking: Asking,
    reply: Message,
    run_id: UUID,
    choice: Choice,
    *,
    characters: int = 0,
    continues: bool = False,
) -> Accepting:
    """A new run that writes this answer."""
    limits.charge(asking.person, run_id, characters)
    conversation = reply.conversation
    parameters = msgspec.convert(conversation.parameters, Parameters)
    thought = Run.objects.thought_over(reply) if continues else None
    run = _stored_run(run_id, reply, choice, asking.process, parameters, thought)
    first: list[Event] = [replay.started(run)]
    if continues:
        first.append(_text_so_far(run, reply))
    assert reply.parent_id is not None
    path = branch.up_to(reply.parent_id, characters=prompts.most_characters(choice.context))
    if continues:
        path.append(reply)
    return Accepting(
        accepted=Accepted(asking.id, conversation.id, run.id, reply.id, choice.model),
        person=asking.person,
        is_new=True,
        first=first,
        owner=asking.process,
        server=choice.server,
        path=tuple(Past(each.role, each.text, each.status) for each in path),
        turns_unread=path[0].depth,
        system_prompt=conversation.system_prompt,
        parameters=parameters,
        continues=continues,
        text_so_far=reply.text if continues else "",
        reasoning_so_far=reply.reasoning if continues else "",
        thought_so_far=run.thought_ms,
    )


def _stored_run(
    run_id: UUID,
    reply: Message,
    choice: Choice,
    process: UUID,
    parameters: Parameters,
    thought_ms: int | None,
) -> Run:
    Conversation.objects.filter(pk=reply.conversation_id).took_part(reply)
    return Run.objects.create(
        id=run_id,
        message=reply,
        process_id=process,
        server=choice.server,
        model=choice.model,
        parameters=msgspec.to_builtins(parameters),
        thought_ms=thought_ms,
        last_seq=1,
    )


def _text_so_far(run: Run, reply: Message) -> Snapshot:
    RunEvent.objects.create(
        run=run, seq=2, kind=RunEvent.Kind.SNAPSHOT, text=reply.text, reasoning=reply.reasoning
    )
    return Snapshot(run.id, 2, reply.text, reply.reasoning)


def _clean(text: str) -> str:
    """Without what no database or wire takes: NUL and halves of characters."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode()
