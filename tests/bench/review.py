"""How soon the pages of the review come, and what a dataset costs, among a million messages.

Run as ``python -m tests.bench.review [--messages 1000000] [--database sqlite|postgres]``, with
``--keep DIRECTORY`` on a database that stays there and is filled up where it was left. The
conversations are those of ``seed_conversations``; most of them stand in queues, one of which is
partly judged. Each page is asked for several times; told are the median and the slowest, at the
server and without the network, and of the dashboard also where ``--daily`` people have written
each day for two years. Then all conversations are taken out as a dataset.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Iterator
from datetime import date, timedelta
from math import inf
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from django.core.management import call_command
from django.db import connection

from tests.bench import installation
from tests.bench.dataset import take_out
from tests.bench.goals import Goal, end, show
from tests.bench.search import Index

IN_A_CONVERSATION = 8.3  # messages, on average
PART = 10_000  # conversations that are made at once: a kept database is whole after each
MOST_MS = 1_000.0
YEARS = 729  # days back of the longest range
QUEUES, QUEUED = 20, 5_000  # conversations in a queue, at most
DISPUTED = 500  # conversations of the first queue, which three have judged
LIST = "/admin/chat/conversation/"
#: What stands behind the ``?`` of the list, one filter at a time, and some together.
FILTERS: dict[str, dict[str, Any]] = {
    "no filter": {},
    "date": {"since": "{begin}", "until": "{end}"},
    "an old date": {"until": "{begin}"},
    "person": {"person": "person-07"},
    "nobody": {"person": "somebody"},
    "group": {"group": "{group}"},
    "model": {"model": "h2ogpt-gm-7b"},
    "outcome": {"outcome": "failed"},
    "an outcome that is nowhere": {"outcome": "interrupted"},
    "has an error": {"error": "yes"},
    "has no error": {"error": "no"},
    "rating": {"rating": "bad"},
    "no rating": {"rating": "none"},
    "reason": {"reason": "unsafe"},
    "longer": {"longer": 15},
    "longer than any": {"longer": 1_000},
    "shorter": {"shorter": 3},
    "slow": {"slower": 2_000},
    "slower than any": {"slower": 900_000},
    "language": {"language": "de"},
    "label": {"label": "unsafe"},
    "reviewed": {"reviewed": "yes"},
    "not reviewed": {"reviewed": "no"},
    "many at once": {"rating": "bad", "error": "yes", "language": "ru", "longer": 8},
}
SEARCHES: dict[str, dict[str, Any]] = {
    "a word that is everywhere": {"q": "answer"},
    "two words": {"q": "sourdough hours"},
    "a Russian word": {"q": "приливы"},
    "a beginning": {"q": "photo"},
    "a word that nobody wrote": {"q": "qqxzjw"},
    "in a filter": {"q": "tides", "rating": "bad", "error": "yes"},
    "in a filter that lets nothing through": {"q": "tides", "longer": 1_000},
}


class Review:
    """People, queues and judgements around the seeded conversations."""

    def __init__(self) -> None:
        from django.contrib.auth.models import Group, User
        from django.utils import timezone

        from accounts.roles import Role, give
        from review.management.commands.seed_conversations import people
        from review.models import Rubric

        def person(name: str) -> User:
            return User.objects.get_or_create(username=name)[0]

        self.lead = person("lena")
        self.reviewers = [person(name) for name in ("raj", "rita", "ruth")]
        give(self.lead, Role.LEAD)
        for reviewer in self.reviewers:
            give(reviewer, Role.REVIEWER)
        self.group, _ = Group.objects.get_or_create(name="physics")
        self.group.user_set.add(*people()[:10])
        self.rubric = Rubric.objects.latest("pk")
        self.now = timezone.now()

    def fill(self) -> None:
        """Queues of the newest conversations, one after the other."""
        from review.models import Digest, Queue

        found = list(Digest.objects.kept().values_list("pk", flat=True)[: QUEUES * QUEUED])
        size = -(-len(found) // QUEUES)
        for number in range(QUEUES):
            queue = Queue.objects.create(
                name=f"Queue {number}", rubric=self.rubric, target=3, maker=self.lead
            )
            queue.reviewers.set(self.reviewers)
            queue.fill(found[number * size : (number + 1) * size])
        self._judge(Queue.objects.earliest("pk"))

    def _judge(self, queue: Any) -> None:
        from review.models import Item, Judgement, Mark

        scales = list(self.rubric.questions.filter(kind="scale"))
        labels = self.rubric.questions.get(kind="labels")
        items = list(queue.items.all())
        made = Judgement.objects.bulk_create(
            Judgement(item=item, reviewer=reviewer, saved_at=self.now)
            for item in items
            for reviewer in self.reviewers
        )
        marks = []
        for at, judgement in enumerate(made):
            chosen = ["unsafe"] if at % 10 == 0 else []
            marks += [Mark(judgement=judgement, question=each, value=1 + at % 5) for each in scales]
            marks.append(
                Mark(
                    judgement=judgement,
                    question=labels,
                    value=chosen,
                    labels="|".join(["", *chosen, ""]),
                )
            )
        Mark.objects.bulk_create(marks, batch_size=1_000)
        Item.objects.filter(queue=queue).update(reviews=len(self.reviewers))
        disputed = [item.pk for item in items[:DISPUTED]]
        Item.objects.filter(pk__in=disputed).update(differs=True)

    def browser(self, person: Any) -> Any:
        """Somebody who has said why they read."""
        from django.test import Client

        browser = Client(headers={"host": "localhost"})
        browser.force_login(person)
        session = browser.session
        session["reading_reason"] = "quality review"
        session.save()
        return browser


def pages(review: Review) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Titles, and under each the names and addresses of pages."""
    from django.utils import timezone

    from review.models import Digest, Item, Queue

    middle = Digest.objects.kept()[Digest.objects.count() // 2]
    values = {
        "begin": f"{timezone.now() - timedelta(days=60):%Y-%m-%d}",
        "end": f"{timezone.now() - timedelta(days=30):%Y-%m-%d}",
        "group": review.group.pk,
    }

    def listed(asked: dict[str, Any]) -> str:
        filled = {name: str(value).format(**values) for name, value in asked.items()}
        return f"{LIST}?{urlencode(filled)}"

    after = {"after": f"{middle.active_at.isoformat()}~{middle.pk}"}
    yield "conversations", [(name, listed(asked)) for name, asked in FILTERS.items()]
    yield (
        "far down",
        [
            ("the middle of the list", listed(after)),
            ("the middle of a rare filter", listed({"label": "unsafe", **after})),
        ],
    )
    yield "search", [(name, listed(asked)) for name, asked in SEARCHES.items()]
    queue, item = Queue.objects.earliest("pk"), Item.objects.earliest("pk")
    yield (
        "reading and judging",
        [
            ("a transcript", f"{LIST}{middle.pk}/change/"),
            ("a transcript among hits", among_hits("answer")),
            ("list of the queues", "/admin/review/queue/"),
            ("a queue, with its agreement", f"/admin/review/queue/{queue.pk}/change/"),
            ("a queue of a filter, before it is made", "/admin/review/queue/add/?rating=bad"),
            ("the last word", f"/admin/review/item/{item.pk}/verdict/"),
            ("list of the runs", "/admin/chat/run/"),
            ("list of the datasets", "/admin/review/dataset/"),
        ],
    )
    yield "dashboard", [(name, f"/admin/review/figure/?{asked}") for name, asked in boards()]


def among_hits(typed: str) -> str:
    """The address of one of what a search finds, which knows what is before and after it."""
    from search.find import search_all

    hit = search_all(typed).messages[5]
    return f"{LIST}{hit.conversation.pk}/change/?{urlencode({'in': f'q={typed}'})}"


def boards() -> list[tuple[str, str]]:
    """The dashboard's forms: names, and what stands behind the ``?``."""
    return [
        ("30 days", ""),
        ("one model", "model=h2ogpt-gm-7b"),
        ("one group", "group=physics"),
        ("two years", f"first={two_years_ago()}"),
        ("as CSV", "as=csv"),
    ]


def two_years_ago() -> date:
    """The first day of the longest range."""
    from django.utils import timezone

    return timezone.now().date() - timedelta(days=YEARS)


def timed(browser: Any, address: str, tries: int) -> list[float]:
    """Milliseconds of each try, sorted."""
    found = []
    for _ in range(tries):
        began = time.perf_counter()
        answer = browser.get(address)
        assert answer.status_code == 200, (address, answer.status_code)
        found.append(1000 * (time.perf_counter() - began))
    return sorted(found)


def goals(name: str, found: list[float]) -> list[Goal]:
    """Its two figures."""
    return [
        Goal(f"{name}, median", statistics.median(found), MOST_MS, "ms"),
        Goal(f"{name}, slowest", found[-1], MOST_MS, "ms"),
    ]


def ask(review: Review, tries: int) -> None:
    """Print how soon each page comes."""
    from review import counting
    from review.models import CountedDay

    lead, reviewer = review.browser(review.lead), review.browser(review.reviewers[0])
    lead.get("/admin/")  # what is loaded once is loaded
    CountedDay.objects.all().delete()
    uncounted = timed(lead, "/admin/review/figure/", 1)
    show("dashboard, nothing counted yet", [Goal("30 days", uncounted[0], MOST_MS, "ms")])
    counting.count(two_years_ago(), review.now.date(), patience=inf)
    for title, asked in pages(review):
        show(title, [goal for name, at in asked for goal in goals(name, timed(lead, at, tries))])
    mine = [("no filter", LIST), ("a word that is everywhere", f"{LIST}?q=answer")]
    timings = [goals(name, timed(reviewer, at, tries)) for name, at in mine]
    show("what a reviewer may read", [goal for each in timings for goal in each])


def ask_of_every_day(review: Review, tries: int, daily: int) -> None:
    """Print how soon the dashboard comes when so many have written on each day of two years."""
    from django.utils import timezone

    from review.management.commands.seed_conversations import people
    from tests.bench.figures import every_day

    first, last = two_years_ago(), timezone.now().date()
    lead = review.browser(review.lead)
    with every_day(people()[:daily], first, last) as number:
        asked = [(name, f"/admin/review/figure/?{asked}") for name, asked in boards()]
        timings = [goals(name, timed(lead, at, tries)) for name, at in asked]
    show(f"dashboard of {number:,} figures", [goal for each in timings for goal in each])


def fill(conversations: int) -> Review:
    """Make so many, as far as they are not there, and what is around them."""
    from chat.models import Conversation
    from review.models import Queue

    call_command("prepare", verbosity=0)
    index = Index()
    while missing := conversations - (there := Conversation.objects.count()):
        if missing < 0:
            raise SystemExit(f"There are {-missing} conversations too many.")
        index.drop()
        call_command("seed_conversations", min(PART, missing), seed=1 + there)
    call_command("seed_conversations", 0)  # what an earlier filling left undone
    index.build()
    review = Review()
    if not Queue.objects.exists():
        review.fill()
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE")  # as its autovacuum does within a minute
    return review


def measure(messages: int, tries: int, daily: int, directory: Path) -> None:
    """Fill a database and print the tables."""
    review = fill(round(messages / IN_A_CONVERSATION))
    ask(review, tries)
    ask_of_every_day(review, tries, daily)
    take_out(review.lead, directory)
    connection.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--tries", type=int, default=5, help="how often a page is asked for")
    parser.add_argument("--daily", type=int, default=40, help="people who write every day")
    parser.add_argument("--database", choices=installation.DATABASES, default="sqlite")
    parser.add_argument("--keep", type=Path, metavar="DIRECTORY", help="where the database stays")
    arguments = parser.parse_args()
    with installation.place(arguments.database, arguments.keep) as directory:
        measure(arguments.messages, arguments.tries, arguments.daily, directory)


if __name__ == "__main__":
    main()
    end()
