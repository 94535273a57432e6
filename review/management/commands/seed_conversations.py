"""``manage.py seed_conversations N``: made-up conversations, to try the review out."""

from __future__ import annotations

from datetime import UTC, datetime
from math import inf
from typing import Any

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from chat.models import Process
from h2oweb.progress import Step, step
from review import counting, digesting
from review.seeds import SPAN, Seeds, store
from search.indexing import take_in

BATCH = 1_000
PEOPLE = 40


class Command(BaseCommand):
    """The same number and seed make the same conversations, but for when they were."""

    help = "Make up conversations with ratings and errors, of people who do not exist."

    def add_arguments(self, parser: CommandParser) -> None:
        """How many, and which."""
        parser.add_argument("count", type=int, help="how many conversations")
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--until", help="when the last was, such as 2026-03-01 12:00")

    def handle(self, *_: Any, **options: Any) -> None:
        """Make them, then what the lists know of them."""
        until = options["until"]
        moment = datetime.fromisoformat(until).replace(tzinfo=UTC) if until else timezone.now()
        process = Process.objects.create(host="seeds", ended_at=timezone.now())
        seeds = Seeds(options["seed"], people(), moment, process)
        with step("Conversations") as under_way:
            made = self._make(seeds, options["count"], under_way)
        with step("Digests") as under_way:
            digesting.catch_up(lambda read: show(under_way, read, options["count"]))
        with step("Figures"):
            counting.count(moment.date() - SPAN, moment.date(), patience=inf)
        with step("Search index") as under_way:
            indexed = 0
            while (taken := take_in(BATCH)) > 0:
                indexed += taken
                show(under_way, indexed, made)
        self.stdout.write(f"{options['count']} conversations with {made} messages.")

    def _make(self, seeds: Seeds, count: int, under_way: Step) -> int:
        messages = conversations = 0
        for batch in seeds.batches(count, BATCH):
            messages += store(batch)
            conversations += len(batch.conversations)
            show(under_way, conversations, count)
        return messages


def people() -> list[int]:
    """The people whose conversations these are; they cannot sign in."""
    names = [f"person-{number:02}" for number in range(1, PEOPLE + 1)]
    User.objects.bulk_create(
        [User(username=name, password=make_password(None)) for name in names], ignore_conflicts=True
    )
    found = User.objects.filter(username__in=names).order_by("username")
    return list(found.values_list("pk", flat=True))


def show(under_way: Step, done: int, wanted: int) -> None:
    """A bar."""
    filled = 20 * min(done, wanted) // max(1, wanted)
    under_way.detail = f"{'█' * filled}{'░' * (20 - filled)} {done:,} of {wanted:,}"
    under_way.draw()
