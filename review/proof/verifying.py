"""Finding what was changed, removed, added or reordered behind the application's back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import groupby, islice
from operator import attrgetter
from uuid import UUID

from django.db import transaction

from chat.models import Conversation, Message, Run
from chat.models.conversation import ConversationQuerySet
from review.models.chain import Head, Link, made_temporary, unchained
from review.proof import records, register
from review.proof.finding import AT_ONCE, Finding, Kind
from review.proof.hashing import (
    asked_of,
    content_of,
    hash_of,
    is_signed,
    owner_seal,
    prompt_seal,
)

FEW_RUNS = 50


def findings(conversation: UUID | None = None) -> Iterator[Finding | None]:
    """Everything that is wrong, and None for each link that is as it should be.

    Whatever the number of messages, only some hundred are in memory.
    """
    if conversation is not None:
        yield from _alone(conversation)
    else:
        yield from _of_all()
    yield from _added(conversation)
    yield from _disguised(conversation)
    yield from records.findings(conversation)
    if conversation is None:
        yield from register.findings()


def _added(conversation: UUID | None) -> Iterator[Finding]:
    added = unchained(_of(conversation))
    for pk, where in added.values_list("pk", "conversation").iterator(AT_ONCE):
        yield Finding(where, pk, Kind.ADDED)


def _disguised(conversation: UUID | None) -> Iterator[Finding]:
    """What pretends to be of a kind that no chain is asked of."""
    of = _of(conversation)
    for pk in made_temporary(of).values_list("pk", flat=True).iterator(AT_ONCE):
        yield Finding(pk, None, Kind.TEMPORARY)
    unwritten = Message.objects.unwritten().filter(conversation__in=of.kept())
    for pk, where in unwritten.values_list("pk", "conversation").iterator(AT_ONCE):
        yield Finding(where, pk, Kind.UNWRITTEN)


def _of(conversation: UUID | None) -> ConversationQuerySet:
    """This one, or all."""
    every = Conversation.objects.all()
    return every if conversation is None else every.among([conversation])


def _of_all() -> Iterator[Finding | None]:
    """All chains; one that seems wrong is looked at again while nobody adds to it."""
    links = _with_runs(Link.objects.in_chains().with_messages().iterator(AT_ONCE))
    heads = Head.objects.with_settings().order_by("conversation").iterator(AT_ONCE)
    for head, chain in _side_by_side(heads, groupby(links, attrgetter("conversation"))):
        is_wrong = False
        for found in _of_chain(head, chain):
            if found is None:
                yield None
            is_wrong = is_wrong or found is not None
        if is_wrong:
            again = _alone(head if isinstance(head, UUID) else head.conversation)
            yield from (found for found in again if found)


def _alone(conversation: UUID) -> Iterator[Finding | None]:
    """One chain, held while it is read: first held, so that what is read is what it is by then."""
    with transaction.atomic():
        Head.objects.held([conversation])
        yield from _as_stored(conversation, look=_with_runs)


def _as_stored(
    conversation: UUID, look: Callable[[Iterator[Link]], Iterator[Link]] = iter
) -> Iterator[Finding | None]:
    links = Link.objects.in_chains().with_messages().filter(conversation=conversation)
    head = Head.objects.with_settings().filter(conversation=conversation).first()
    if head is not None or links.exists():
        yield from _of_chain(head or conversation, look(links.iterator(AT_ONCE)))


def _with_runs(links: Iterator[Link]) -> Iterator[Link]:
    """Each with ``asked_now``, if it holds a run; what was sent may be long, so a few at once."""
    while some := list(islice(links, FEW_RUNS)):
        runs = Run.objects.in_bulk([link.run for link in some if link.asked and link.run])
        for link in some:
            run = runs.get(link.run) if link.run else None
            link.asked_now = asked_of(run) if run else ""
            yield link


def state_of(conversation: UUID) -> str:
    """How it stands: "verified", "changed", or "unproven" while nothing of it is linked.

    What the model was sent is not read for that: each run has a state of its own.
    """
    found = list(_as_stored(conversation))
    found += [*_added(conversation), *_disguised(conversation)]
    if any(found) and any(findings(conversation)):  # not only that it grew between two looks
        return "changed"
    return "verified" if found else "unproven"


def state_of_run(run: Run) -> str:
    """The same of a run: whether it is as it was when its answer was linked."""
    held = Link.objects.filter(message=run.message_id, run=run.pk).exclude(asked="").first()
    if held is None:
        return "unproven"
    return "verified" if held.asked == asked_of(run) else "changed"


def _side_by_side(
    heads: Iterator[Head], chains: Iterator[tuple[UUID, Iterator[Link]]]
) -> Iterator[tuple[Head | UUID, Iterator[Link]]]:
    """Each head with its links; for links without a head, the conversation in its place."""
    head = next(heads, None)
    for conversation, chain in chains:
        while head is not None and head.conversation < conversation:
            yield head, iter(())
            head = next(heads, None)
        if head is not None and head.conversation == conversation:
            yield head, chain
            head = next(heads, None)
        else:
            yield conversation, chain
    while head is not None:
        yield head, iter(())
        head = next(heads, None)


def _of_chain(head: Head | UUID, chain: Iterator[Link]) -> Iterator[Finding | None]:
    if isinstance(head, UUID):
        yield Finding(head, None, Kind.HEADLESS)
        erased, conversation = 0, head
    else:
        erased, conversation = head.erased, head.conversation
    position, previous = 0, ""
    for link in chain:
        position += 1
        if link.position != position or link.hash != hash_of(link, previous):
            yield Finding(conversation, link.message_id, Kind.LINK)
            position = link.position
        previous = link.hash
        yield _of_message(link, is_erased=position <= erased)
        if position > erased and link.asked_now is not None and link.asked_now != link.asked:
            yield Finding(conversation, link.message_id, Kind.RUN)
    if isinstance(head, Head):
        if not is_signed(head) or (head.count, head.hash) != (position, previous):
            yield Finding(conversation, None, Kind.HEAD)
        yield from _of_settings(head)


def _of_settings(head: Head) -> Iterator[Finding]:
    """Whether its conversation, if that is there, is as the head tells."""
    pk, owner, prompt = head.conversation, head.owner_now, head.prompt_now  # type: ignore[attr-defined]
    if owner is None:
        return
    if head.owner_seal not in ("", owner_seal(pk, owner)):
        yield Finding(pk, None, Kind.OWNER)
    if head.prompt_seal not in ("", prompt_seal(pk, prompt)):
        yield Finding(pk, None, Kind.PROMPT)


def _of_message(link: Link, *, is_erased: bool) -> Finding | None:
    message = _message(link)
    if link.is_superseded:  # type: ignore[attr-defined]
        return None
    if is_erased:
        kind = Kind.RETURNED if message and _is_back(message) else None
    elif message is None:
        kind = Kind.REMOVED
    else:
        kind = None if _is_as_linked(message, link) else Kind.CHANGED
    return None if kind is None else Finding(link.conversation, link.message_id, kind)


def _message(link: Link) -> Message | None:
    try:
        return link.message
    except Message.DoesNotExist:
        return None


def _is_back(message: Message) -> bool:
    """Whether it is shown again. What is hidden is being erased; what has no link yet may come."""
    return message.in_chain and message.conversation.deleted_at is None


def _is_as_linked(message: Message, link: Link) -> bool:
    """The same, or in the hands of a later run, whose end will be linked."""
    if content_of(message) == link.content:
        return True
    if message.in_chain and message.status != Message.Status.STREAMING:
        return False
    newest = Run.objects.newest_of([message]).get(message.pk)
    return newest is not None and newest.pk != link.run
