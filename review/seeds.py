"""Conversations made up for trying the review out: the same seed makes the same ones."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from chat.models import Conversation, Feedback, Message, Process, Run
from review.seed_texts import ASKING, DETAILS, GOING_ON, MORE, OCCASIONS, PLACES, SUBJECTS

MODELS = ["h2o-danube3-4b-chat", "h2ogpt-gm-7b", "qwen2.5-7b-instruct"]
SERVERS = ["lab", "cluster"]
SPAN = timedelta(days=90)
LONGEST = timedelta(hours=3)  # no conversation goes on for so long
ERROR = "The model server hung up. Everything up to here is kept."


@dataclass
class Batch:
    """Rows that belong together, in the order in which they can be stored."""

    conversations: list[Conversation] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)
    feedback: list[Feedback] = field(default_factory=list)


class Seeds:
    """Makes conversations out of a seed, for these people, up to this moment."""

    def __init__(self, seed: int, people: list[int], until: datetime, process: Process) -> None:
        self._random = random.Random(seed)  # noqa: S311  (the same again is the point)
        self._people = people
        self._until = until
        self._process = process

    def batches(self, count: int, size: int) -> Iterator[Batch]:
        """So many conversations, in batches of this size."""
        for start in range(0, count, size):
            batch = Batch()
            for _ in range(min(size, count - start)):
                self._converse(batch)
            yield batch

    def _converse(self, batch: Batch) -> None:
        draw = self._random
        language = draw.choices(["en", "ru", "de"], [6, 3, 1])[0]
        subject, things, fact = draw.choice(SUBJECTS[language])
        begun = self._until - LONGEST - SPAN * draw.random()
        asked = " ".join([draw.choice(ASKING[language]).format(subject), self._detail(language)])
        conversation = Conversation(
            id=self._id(),
            owner_id=draw.choice(self._people),
            title=f"{subject[:1].upper()}{subject[1:]}",
            model=draw.choice(MODELS),
            created_at=begun,
        )
        batch.conversations.append(conversation)
        leaf: Message | None = None
        moment = begun
        for turn in range(draw.choice([1, 2, 3, 4, 5, 6, 7])):
            text = asked if turn == 0 else draw.choice(GOING_ON[language]).format(things)
            question = self._message(batch, conversation, "user", text, leaf, moment)
            versions = 2 if draw.random() < 0.08 else 1
            for _ in range(versions):
                moment += timedelta(seconds=draw.randint(5, 90))
                more = draw.sample(MORE[language], draw.randint(0, 2))
                leaf = self._answer(batch, conversation, " ".join([fact, *more]), question, moment)
            moment += timedelta(seconds=draw.randint(20, 600))
        conversation.active_at = moment
        conversation.leaf = leaf

    def _detail(self, language: str) -> str:
        occasion, place = (
            self._random.choice(words[language].split("|")) for words in (OCCASIONS, PLACES)
        )
        return self._random.choice(DETAILS[language]).format(occasion, place)

    def _answer(
        self, batch: Batch, conversation: Conversation, text: str, question: Message, at: datetime
    ) -> Message:
        draw = self._random
        outcome = draw.choices(["complete", "length", "stopped", "failed"], [90, 3, 3, 4])[0]
        error = ERROR if outcome == "failed" else ""
        text = text[: len(text) // 2] if outcome == "failed" else text
        model = conversation.model
        answer = self._message(
            batch, conversation, "assistant", text, question, at, status=outcome, error=error
        )
        answer.model = model
        batch.runs.append(self._run(answer, question, at))
        if draw.random() < 0.15:
            batch.feedback.append(self._rating(answer, conversation.owner_id, at))
        return answer

    def _run(self, answer: Message, question: Message, at: datetime) -> Run:
        draw = self._random
        tokens = max(1, len(answer.text) // 4)
        speed = round(draw.uniform(20, 80), 1)
        waited = int(draw.lognormvariate(6, 0.6))
        body = {"model": answer.model, "messages": [{"role": "user", "content": question.text}]}
        return Run(
            id=self._id(),
            message=answer,
            process=self._process,
            server=draw.choice(SERVERS),
            model=answer.model,
            parameters={"temperature": draw.choice([0.2, 0.4, 0.8])},
            request=body,
            attempts=draw.choices([1, 2, 3], [90, 8, 2])[0],
            outcome=answer.status,
            error=answer.error,
            text_length=len(answer.text),
            prompt_tokens=len(question.text) // 4,
            completion_tokens=tokens,
            first_token_ms=waited,
            duration_ms=waited + int(tokens / speed * 1000),
            tokens_per_second=speed,
            started_at=at,
            finished_at=at + timedelta(seconds=tokens / speed),
        )

    def _rating(self, answer: Message, person: int, at: datetime) -> Feedback:
        draw = self._random
        is_good = answer.status == "complete" and draw.random() < 0.6
        verdict = "good" if is_good else "bad"
        return Feedback(
            message=answer,
            person_id=person,
            verdict=verdict,
            reasons=[draw.choice(Feedback.REASONS[verdict]).value],
            created_at=at,
            changed_at=at,
        )

    def _message(
        self,
        batch: Batch,
        conversation: Conversation,
        role: str,
        text: str,
        parent: Message | None,
        at: datetime,
        **fields: str,
    ) -> Message:
        message = Message(
            id=self._id(),
            conversation=conversation,
            parent=parent,
            depth=parent.depth_below if parent else 0,
            role=role,
            text=text,
            created_at=at,
            **{"status": "complete", **fields},
        )
        batch.messages.append(message)
        return message

    def _id(self) -> UUID:
        return UUID(int=self._random.getrandbits(128), version=4)


@transaction.atomic  # at whose end the messages are there that conversations end with
def store(batch: Batch) -> int:
    """Write a batch; returns how many messages it has."""
    Conversation.objects.bulk_create(batch.conversations, batch_size=500)
    Message.objects.bulk_create(batch.messages, batch_size=500)
    Run.objects.bulk_create(batch.runs, batch_size=500)
    Feedback.objects.bulk_create(batch.feedback, batch_size=500)
    return len(batch.messages)
