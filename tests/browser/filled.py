"""Fills an installation with everything that the administration shows, so that its pages are full.

Run as ``python -m tests.browser.filled OWNER`` in the environment of the application; prints
the addresses of what has pages of its own, as a list in JSON.
"""

from __future__ import annotations

import json
import os
import random
import sys
from datetime import timedelta
from typing import Any
from uuid import uuid4

import django

REVIEWERS = ("raj", "rita", "ruth")
WEEKS = 4
JUDGED = 16  # conversations
LONG = "Everything that was rated bad since the last release, with errors and in each language"


def fill(owner: Any) -> list[str]:
    """Made-up conversations, a queue that is partly judged, datasets in all states, and so on."""
    from django.contrib.auth.models import Group
    from django.core.management import call_command

    from accounts.models import Invitation
    from chat.models import Conversation, Limit, ModelAccess, Preferences
    from review import counting
    from review.management.commands.seed_conversations import people
    from review.models import SavedFilter

    call_command("seed_conversations", 60, verbosity=0)
    for name, some in (("physics", people()[:9]), ("=chess", people()[5:12])):
        Group.objects.get_or_create(name=name)[0].user_set.add(*some)
    for person in people():
        Preferences.objects.update_or_create(person_id=person, defaults={"may_improve": True})
    SavedFilter.objects.create(name="Bad ones", query="rating=bad", maker=owner, is_shared=True)
    Limit.objects.update_or_create(person_id=people()[0], defaults={"messages_a_minute": 5})
    ModelAccess.objects.get_or_create(model="h2ogpt-gm-7b")
    Invitation.objects.create(made_by=owner, token_hash=uuid4().hex, note="For the new colleague")
    queue = queue_of(owner)
    for conversation in Conversation.objects.order_by("active_at")[:3]:
        conversation.delete()
    counting.count(*days())
    wanting = queue.items.filter(reviews=queue.target, differs=True, is_settled=False).first()
    judged = queue.items.exclude(judgements=None).first()
    assert wanting is not None and judged is not None  # noqa: PT018
    return [
        f"review/queue/{queue.pk}/change/",
        f"review/item/{wanting.pk}/verdict/",
        f"review/item/{judged.pk}/judge/",
        *datasets(owner, queue),
    ]


def days() -> tuple[Any, Any]:
    """The last month."""
    from django.utils import timezone

    today = timezone.now().date()
    return today - timedelta(days=30), today


def queue_of(owner: Any) -> Any:
    """Judged by four people over some weeks; some of it is settled, and some of it differs."""
    from django.contrib.auth.models import User

    from chat.models import Conversation
    from review.models import Queue, Rubric

    people = [owner, *(User.objects.get_or_create(username=name)[0] for name in REVIEWERS)]
    queue = Queue.objects.create(
        name=LONG, rubric=Rubric.objects.latest("pk"), target=3, maker=owner, seed=7
    )
    queue.reviewers.set(people)
    queue.fill(list(Conversation.objects.kept().values_list("pk", flat=True)[:40]))
    draw = random.Random(3)
    for item in queue.items.order_by("position")[:JUDGED]:
        for person in draw.sample(people, draw.choice([1, 2, 3, 3])):
            judge(item, person, draw)
    for item in queue.items.filter(differs=True)[:2]:
        judge(item, owner, draw, verdict=True)
    return queue


def judge(item: Any, person: Any, draw: random.Random, *, verdict: bool = False) -> None:
    """One judgement, of one of the last weeks."""
    from django.utils import timezone

    from review.models import Judgement, Mark

    marks = []
    for question in item.queue.rubric.questions.all():
        message = item.conversation.leaf if question.scope == "answer" else None
        value: Any = draw.choice([2, 3, 4, 4, 5])
        if question.kind == "labels":
            value = draw.sample(question.options, draw.choice([0, 0, 1, 2]))
        elif question.kind != "scale":
            value = "Say it in one sentence: **the moon** pulls. Write to anna@example.org."
        marks.append(
            Mark(
                question=question,
                message=message,
                value=value,
                labels=f"|{'|'.join(value)}|" if isinstance(value, list) else "",
            )
        )
    kept = Judgement.keep(item, person, marks, needs_lead=draw.random() < 0.2, verdict=verdict)
    assert kept is not None
    kept.save_for_good()
    at = timezone.now() - timedelta(weeks=draw.randrange(WEEKS))
    Judgement.objects.filter(pk=kept.pk).update(saved_at=at)


def datasets(owner: Any, queue: Any) -> list[str]:
    """One of the queue that was taken out, one of a filter that failed, one that is under way."""
    from chat.wire.sentences import sentence
    from review.datasets import background
    from review.models import Dataset

    kinds = {
        "a dataset that was taken out": {"queue": queue, "formats": ["openai", "sharegpt", "csv"]},
        "a dataset that failed": {"query": "rating=bad&error=yes&since=2026-01-01&longer=2"},
        "a dataset that is under way": {"query": "q=tides", "is_redacted": False},
    }
    made = {
        title: Dataset.objects.create(
            name=f"{title} {uuid4().hex[:6]}",
            maker=owner,
            reason="to learn",
            **{"formats": ["openai"], "least_agreement": 40, **fields},
        )
        for title, fields in kinds.items()
    }
    taken, failed, under_way = made.values()
    for dataset in made.values():
        assert dataset.begin(owner)
    taken.refresh_from_db()
    background._take(taken, owner)
    failed.finish(error=sentence("It broke off. The log says why."))
    under_way.expect(40)
    under_way.tell(13)
    return [f"review/dataset/{dataset.pk}/change/" for dataset in made.values()]


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "h2oweb.settings")
    django.setup()
    from django.contrib.auth.models import User

    sys.stdout.write(f"\n{json.dumps(fill(User.objects.get(username=sys.argv[1])))}")


if __name__ == "__main__":
    main()
