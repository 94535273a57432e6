"""Putting finished messages into the chains: behind the answers, never in their way.

A message changes rightly only by a run that goes on with it, and comes rightly only with a
run or from a file, but for what was here before there were chains. What comes or changes
otherwise is given no link, so that verifying names it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, transaction

from chat.behind import keep_up
from chat.journal import Journal
from chat.models import Conversation, Message, Run
from review.models.chain import Head, Link
from review.models.erasure import Erasure, cause_of
from review.proof.hashing import asked_of, content_of, hash_of, signature_of_erasure
from review.proof.register import heads_of, is_caught_up, note_caught_up
from review.proof.sealing import seal, seal_quiet, settings_of, sign, signed_of

logger = logging.getLogger(__name__)

SLACK = timedelta(minutes=5)  # a message may be stored so long after others that it precedes


async def link_behind(journal: Journal) -> None:
    """Link what comes, for ever, in turn with the journal's other writes."""
    await keep_up(journal, take_in, "the proof of transcripts")


def missing() -> int:
    """How many finished messages have no link as they are."""
    return Message.objects.to_be_chained().count()


def take_in(most: int) -> int:
    """Link what is due in the conversations of ``most`` messages; returns how many that was.

    Where nothing is, seal as many conversations that are not sealed yet.
    """
    due = Message.objects.to_be_chained()
    if not due.exists():
        if not is_caught_up():
            note_caught_up()
        return seal_quiet(most)
    with transaction.atomic():
        some = due.values_list("conversation", flat=True)[:most]
        conversations = set(some)
        messages = list(due.filter(conversation__in=conversations).locked().in_order())
        _link(conversations, messages)
    return len(messages)


def take_in_brought(conversation: Conversation) -> None:
    """Link what a file brought, in the transaction that stores it."""
    messages = list(Message.objects.to_be_chained().filter(conversation=conversation).in_order())
    _link({conversation.pk}, messages, is_brought=True)


def erase(
    conversation: Conversation,
    using: str = DEFAULT_DB_ALIAS,
    cause: Erasure.Cause | None = None,
    rule_name: str = "",
) -> None:
    """Leave tombstones, and the record of them: once, however often an erasing is told of.

    From here on the links of this conversation stand without messages. What nobody has
    linked yet is linked first, so that the record counts it. Temporary ones leave nothing.
    """
    heads = Head.objects.using(using)
    if conversation.temporary and not heads.filter(conversation=conversation.pk).exists():
        return
    head = heads_of([conversation.pk], using)[conversation.pk]
    if head.is_erased and head.erasures:
        return
    if using == DEFAULT_DB_ALIAS:  # in another one nothing is linked from here
        _link_rest_of(conversation)
        head.refresh_from_db()
    signed = signed_of([head])
    head.erased, head.erasures = head.count, head.erasures + 1
    head.owner_seal = head.prompt_seal = ""
    sign([head], signed)
    head.save(using=using)
    _record(conversation, head, cause or cause_of(conversation), rule_name, using)


def _link_rest_of(conversation: Conversation) -> None:
    rest = Message.objects.to_be_chained().filter(conversation=conversation).in_order()
    if messages := list(rest):
        _link({conversation.pk}, messages)


def _record(
    conversation: Conversation, head: Head, cause: Erasure.Cause, rule_name: str, using: str
) -> None:
    erasure = Erasure(
        conversation=conversation.pk,
        owner_id=conversation.owner_id,
        cause=cause,
        rule_name=rule_name,
        begun_at=conversation.created_at,
        active_at=conversation.active_at,
        links=head.count,
        hash=head.hash,
    )
    erasure.signature = signature_of_erasure(erasure)
    erasure.save(using=using)


def _link(
    conversations: Iterable[UUID], messages: Sequence[Message], *, is_brought: bool = False
) -> None:
    heads = heads_of(conversations)
    signed = signed_of(heads.values()) - _lead_to_their_ends(heads)
    fresh = settings_of(pk for pk, head in heads.items() if head.is_erased)
    is_early = not is_caught_up()
    whole = {pk for pk, head in heads.items() if is_brought or (is_early and head.is_erased)}
    known = Link.objects.newest_of(messages)
    came = _Coming(messages)
    links = []
    for message in messages:
        head, run, last = heads[message.conversation_id], came.run(message), known.get(message.pk)
        content = content_of(message)
        if last is None or last.position <= head.erased:
            is_right = head.conversation in whole or came.rightly(message, head)
        elif content == last.content and (run is None or run.pk == last.run):
            continue
        else:
            is_right = run is not None and run.pk != last.run
        if is_right:
            links.append(_append(head, message, run, content))
            head.newest = max(filter(None, (head.newest, came.moment(message))))
        else:
            logger.error("Message %s was stored by nothing of this application.", message.pk)
    Link.objects.bulk_create(links)
    for pk, conversation in fresh.items():
        seal(heads[pk], conversation)
    sign(heads.values(), signed)
    Head.objects.keep(heads.values())
    Message.objects.note_chained(messages)


def _lead_to_their_ends(heads: Mapping[UUID, Head]) -> set[UUID]:
    """Let heads that were set back go on after the links that are there; whose those are.

    No signature is for these: what was done to them stays to be found.
    """
    set_back = set()
    for link in Link.objects.beyond(heads.values()).in_chains():
        head = heads[link.conversation]
        head.count, head.hash = link.position, link.hash
        set_back.add(link.conversation)
    return set_back


class _Coming:
    """How messages came to be stored: the runs that wrote them, or answered them."""

    def __init__(self, messages: Sequence[Message]) -> None:
        self._runs = Run.objects.newest_of(messages, whole=True)
        turns = [message.pk for message in messages if message.pk not in self._runs]
        self._answered = Run.objects.answering(turns)

    def run(self, message: Message) -> Run | None:
        """The last run that wrote it."""
        return self._runs.get(message.pk)

    def moment(self, message: Message) -> datetime:
        """When it was finished."""
        run = self.run(message)
        return (run and run.finished_at) or message.created_at

    def rightly(self, message: Message, head: Head) -> bool:
        """Whether it has a run, and is no older than what its conversation has long had."""
        has_run = message.pk in self._runs or message.pk in self._answered
        return has_run and (head.newest is None or self.moment(message) >= head.newest - SLACK)


def _append(head: Head, message: Message, run: Run | None, content: str) -> Link:
    link = Link(
        conversation=head.conversation,
        position=head.count + 1,
        message=message,
        run=run.pk if run else None,
        content=content,
        asked=asked_of(run) if run else "",
    )
    link.hash = hash_of(link, head.hash)
    head.count, head.hash = link.position, link.hash
    return link
