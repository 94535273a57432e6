"""A conversation as an example to learn from: what was said, and which answers are better."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import permutations
from typing import Any
from uuid import UUID

from chat.models import Conversation, Feedback, Message
from review.datasets import judged
from review.datasets.judged import Judged
from review.models import Mark

Turn = dict[str, str]  # {"role", "content"}
LEAST_LEAD = 1.0  # points of a scale by which one version has to be better than another


@dataclass(frozen=True)
class Pair:
    """Two answers to the same turns, the better one first."""

    prompt: list[Turn]
    chosen: str
    rejected: str
    source: str  # corrected, rated or judged


@dataclass(frozen=True)
class Example:
    """One conversation, its texts masked if they are to be.

    ``turns`` end with a whole answer; what follows a corrected answer is left out, since it
    answers to other words.
    """

    id: UUID
    title: str
    model: str
    turns: list[Turn]
    pairs: list[Pair]
    judged: Judged
    answers: list[UUID]
    values: list[Any]  # those of ``judged``, their texts masked

    @property
    def words(self) -> bytes:
        """A hash of what was said: two conversations of the same words have the same."""
        told = sha256()
        for turn in self.turns:
            told.update(f"{turn['role']}\0{turn['content']}\0".encode())
        for pair in self.pairs:
            told.update(f"{pair.chosen}\0{pair.rejected}\0".encode())
        return told.digest()


@dataclass
class Material:
    """All that is known of one conversation."""

    messages: list[Message]
    feedback: dict[UUID, str]
    marks: list[Mark]


def gather(conversations: Sequence[Conversation], queue: Any) -> dict[UUID, Material]:
    """Three queries for all of them. With a queue only its judgements count."""
    found = {each.pk: Material([], {}, []) for each in conversations}
    for message in Message.objects.filter(conversation__in=conversations).in_order():
        found[message.conversation_id].messages.append(message)
    for rating in Feedback.objects.of_owners(conversations):
        found[rating.message.conversation_id].feedback[rating.message_id] = rating.verdict
    for mark in Mark.objects.of_conversations(conversations, queue):
        found[mark.judgement.item.conversation_id].marks.append(mark)
    return found


def example(conversation: Conversation, material: Material, mask: Callable[[str], str]) -> Example:
    """What can be learned from a conversation."""
    known = judged.of(material.marks)
    by_id = {message.pk: message for message in material.messages}
    path = _path(by_id, _leaf(conversation, material.messages))
    head = [_turn("system", mask(conversation.system_prompt))] if conversation.system_prompt else []
    learned = _learned(path, known, mask)
    return Example(
        id=conversation.pk,
        title=mask(conversation.title),
        model=next((each.model for each in reversed(path) if each.model), conversation.model),
        turns=[*head, *learned] if learned else [],
        pairs=_pairs(material, by_id, head, known, mask),
        judged=known,
        answers=[each.pk for each in path if each.role == Message.Role.ASSISTANT],
        values=[
            mask(each.value) if isinstance(each.value, str) else each.value for each in known.values
        ],
    )


def _turn(role: str, content: str) -> Turn:
    return {"role": role, "content": content}


def _leaf(conversation: Conversation, messages: list[Message]) -> UUID | None:
    """The end of the branch that is shown: newest turns taken after the chosen message."""
    newest = {message.parent_id: message.pk for message in messages}  # the last of each parent
    end = conversation.leaf_id or newest.get(None)
    while end in newest:
        end = newest[end]
    return end


def _path(by_id: dict[UUID, Message], end: UUID | None) -> list[Message]:
    path = []
    while end is not None and end in by_id:
        path.append(by_id[end])
        end = by_id[end].parent_id
    return path[::-1]


def _learned(path: Iterable[Message], known: Judged, mask: Callable[[str], str]) -> list[Turn]:
    """The turns up to the last whole answer, or to the first corrected one.

    An answer of which two better ones wait for a lead's word ends them too.
    """
    turns: list[Turn] = []
    whole = 0
    for message in path:
        better = known.better(message.pk)
        is_answer = message.role == Message.Role.ASSISTANT
        is_open = message.pk in known.disputed
        if is_answer and (is_open or (not better and not _is_whole(message))):
            break
        turns.append(_turn(message.role, mask(better or message.text)))
        whole = len(turns) if is_answer else whole
        if better:
            break
    return turns[:whole]


def _is_whole(message: Message) -> bool:
    return message.status == Message.Status.COMPLETE and bool(message.text)


def _pairs(
    material: Material,
    by_id: dict[UUID, Message],
    head: list[Turn],
    known: Judged,
    mask: Callable[[str], str],
) -> list[Pair]:
    """Of each corrected answer, and of each two versions of which one is known to be better.

    None after an answer that is not whole: nobody should learn to say nothing.
    """
    versions: defaultdict[UUID, list[Message]] = defaultdict(list)
    for message in material.messages:
        if message.role == Message.Role.ASSISTANT and message.parent_id is not None:
            versions[message.parent_id].append(message)
    pairs = []
    for parent, answers in versions.items():
        told = [
            *((known.better(each.pk), each.text, "corrected") for each in answers),
            *_preferred(answers, material.feedback, known),
        ]
        differing = [each for each in told if each[0] and each[1] and each[0] != each[1]]
        if not differing:
            continue
        path = _path(by_id, parent)
        if any(each.role == Message.Role.ASSISTANT and not _is_whole(each) for each in path):
            continue
        prompt = [*head, *(_turn(each.role, mask(each.text)) for each in path)]
        pairs += [
            Pair(prompt, mask(chosen), mask(rejected), source)
            for chosen, rejected, source in differing
        ]
    return pairs


def _preferred(
    answers: list[Message], feedback: dict[UUID, str], known: Judged
) -> Iterable[tuple[str, str, str]]:
    """By the reviewers' scales, or else by the person's own ratings."""
    good, bad = Feedback.Verdict.GOOD.value, Feedback.Verdict.BAD.value
    for one, other in permutations(filter(_is_whole, answers), 2):
        ratings = known.rating(one.pk), known.rating(other.pk)
        if ratings[0] is not None and ratings[1] is not None:
            if ratings[0] - ratings[1] >= LEAST_LEAD:
                yield one.text, other.text, "judged"
        elif (feedback.get(one.pk), feedback.get(other.pk)) == (good, bad):
            yield one.text, other.text, "rated"
