"""What finding words, a turn and a page cost among a million messages.

Run as ``python -m tests.bench.search [--messages 1000000] [--database sqlite|postgres]``, with
``--keep DIRECTORY`` on a database that stays there and is filled up where it was left. Texts
are of made-up words, as frequent as words are (Zipf), with English and Russian endings. Most
people have a thousand messages, one has a tenth of all, written between theirs. Each figure is the
median and the 95th percentile over different words, in processor time of the application and its
connection's PostgreSQL together, so that what else the machine does plays no part. What threads
cost is told for one of 10 messages and one of 5,000, in a small database and in the full one,
when both are made at once.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import time
from bisect import bisect
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib import import_module
from itertools import accumulate
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from django.core.management import call_command
from django.db import connection, transaction

from tests.bench import installation
from tests.bench.goals import Goal, end, show

WORDS = 20_000  # of each language
MOST_WORDS = 150  # in a message
IN_A_CONVERSATION, OF_A_PERSON = 100, 1_000  # messages
HEAVY = 10  # one part of so many is one person's
BATCH = 2_000
BEGAN = datetime(2024, 1, 1, tzinfo=UTC)
SHORT = 10  # messages in a short thread
MOST_WALKS = 15  # of each action in a thread
PIECE = "some twenty characters"
FLAT = {
    *("open at the end", "open an older part", "open at a link", "load the page"),
    *("load the list and a new chat", "take a turn and store its answer"),
}
SMALL = 1_000  # messages in a database that has hardly begun


class Vocabulary:
    """Made-up words of two languages, the frequent ones short."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        english = self._stems("bcdfghklmnprstvw", "aeiou"), ("", "s", "ed", "ing", "er")
        russian = self._stems("бвгдклмнпрстхш", "аеиоу"), ("", "ы", "ами", "ов", "ать")
        self.languages = [english, russian]
        self._weights = list(accumulate(1 / (rank + 2) for rank in range(WORDS)))

    def _stems(self, consonants: str, vowels: str) -> list[str]:
        stems: dict[str, None] = {}
        while len(stems) < WORDS:
            syllables = 1 + len(stems) // 2000 + self._chance.randrange(2)
            word = "".join(
                self._chance.choice(consonants) + self._chance.choice(vowels)
                for _ in range(min(syllables, 4) + 1)
            )
            stems[word + self._chance.choice(consonants)] = None
        return list(stems)

    def word(self, language: int, rank: int | None = None) -> str:
        """A word in one of its forms: of this rank, or as frequent as it is."""
        stems, endings = self.languages[language]
        if rank is None:
            rank = bisect(self._weights, self._chance.random() * self._weights[-1])
        return stems[min(rank, WORDS - 1)] + self._chance.choice(endings)

    def text(self) -> str:
        """What somebody might have written."""
        language = self._chance.randrange(2)
        many = self._chance.randrange(4, MOST_WORDS)
        return " ".join(self.word(language) for _ in range(many)).capitalize() + "."


class Store:
    """A database that fills with messages that are indexed at once."""

    def __init__(self, seed: int = 1) -> None:
        self.chance = random.Random(seed)
        self.vocabulary = Vocabulary(self.chance)
        self._made = 0

    def at_part(self, number: int) -> None:
        """Go on as if all the parts before this one had just been made."""
        self.chance.seed(number + 2)
        self._made = SMALL + number * OF_A_PERSON

    def person(self, name: str) -> Any:
        """Somebody who talks."""
        from django.contrib.auth.models import User

        return User.objects.get_or_create(username=name)[0]

    def fill(self, owner: Any, messages: int, each: int = IN_A_CONVERSATION) -> UUID:
        """Conversations of a person; returns the last one's id."""
        rows = self._rows(owner, messages, each)
        last = UUID(int=0)
        while batch := [row for _, row in zip(range(BATCH), rows, strict=False)]:
            last = self._store(batch)
        return last

    def _id(self) -> UUID:
        return UUID(int=self.chance.getrandbits(128), version=4)

    def _rows(self, owner: Any, messages: int, each: int) -> Iterator[Any]:
        from chat.models import Conversation, Message

        conversation, parent = Conversation(), None
        for number in range(messages):
            if number % each == 0:
                title = " ".join(self.vocabulary.text().split()[:5])
                conversation = Conversation(id=self._id(), owner=owner, title=title, in_search=True)
                parent = None
            self._made += 1
            parent = Message(
                id=self._id(),
                conversation=conversation,
                parent=parent,
                depth=number % each,
                role="assistant" if number % 2 else "user",
                text=self.vocabulary.text(),
                status="complete",
                created_at=BEGAN + timedelta(seconds=self._made),
                in_search=True,
            )
            yield parent

    def _store(self, messages: Sequence[Any]) -> UUID:
        from chat.models import Conversation, Message
        from search.indexing import _entry
        from search.models import Entry

        fresh = {each.conversation.pk: each.conversation for each in messages if not each.depth}
        Conversation.objects.bulk_create(fresh.values())
        Message.objects.bulk_create(messages)
        Entry.objects.bulk_create(_entry(each, None, each.title) for each in fresh.values())
        Entry.objects.bulk_create(_entry(each.conversation, each, each.text) for each in messages)
        for each in messages:
            each.conversation.leaf = each
        ends = {each.conversation.pk: each.conversation for each in messages}
        Conversation.objects.bulk_update(ends.values(), ["leaf"])
        return UUID(str(messages[-1].conversation.pk))


def seed(store: Store, messages: int) -> tuple[Any, Any]:
    """Fill the database up; returns somebody with a thousand messages, and who has most."""
    parts = parts_of(messages)
    began = time.monotonic()
    for number in range(there := parts_there(), parts):
        store.at_part(number)
        with transaction.atomic():
            store.fill(store.person(owner_of(number)), OF_A_PERSON)
        if number % 50 == 0:
            seconds = time.monotonic() - began
            print(f"\r  {number:,} of {parts:,} people, {seconds:.0f} s", end="", flush=True)
    made = max(0, parts - there) * OF_A_PERSON
    print(f"\r  {made:,} messages stored and indexed in {time.monotonic() - began:.0f} s")
    store.at_part(parts)
    return store.person(owner_of(parts - 1)), store.person(owner_of(0))


def parts_of(messages: int) -> int:
    """How many times a person's messages these are, the last part somebody usual's."""
    parts = max(2, -(-messages // OF_A_PERSON))
    return parts + (parts % HEAVY == 1)


def parts_there() -> int:
    """How many parts the database has: each was stored as a whole."""
    from chat.models import Message

    said = Message.objects.filter(conversation__owner__username__startswith="part-")
    return said.count() // OF_A_PERSON


def owner_of(part: int) -> str:
    """Whose messages a part has."""
    return f"part-{0 if part % HEAVY == 0 else part}"


def typed(store: Store) -> dict[str, Callable[[], str]]:
    """What people type, by kind."""
    word, chance = store.vocabulary.word, store.chance

    def language() -> int:
        return chance.randrange(2)

    def two() -> str:
        both = language()
        return f"{word(both, chance.randrange(5, 200))} {word(both, chance.randrange(5, 200))} "

    return {
        "a word that is everywhere": lambda: f"{word(language(), chance.randrange(20))} ",
        "a usual word": lambda: f"{word(language(), chance.randrange(50, 2000))} ",
        "a rare word": lambda: f"{word(language(), chance.randrange(5_000, WORDS))} ",
        "two words": two,
        "three letters": lambda: word(language(), chance.randrange(3000))[:3],
        "five letters": lambda: word(language(), chance.randrange(3000))[:5],
        "a word and a beginning": lambda: two()[:-3],
        "a word that nobody wrote": lambda: "qqxzjw ",
    }


def times(action: Callable[[], object], tries: int) -> list[float]:
    """Milliseconds of each try, sorted."""
    action()
    found = []
    for _ in range(tries):
        began = processor_time()
        action()
        found.append(processor_time() - began)
    return sorted(found)


def processor_time() -> float:
    """Milliseconds that this process has worked, and PostgreSQL for it."""
    backends = [Path(f"/proc/{pid}/schedstat") for pid in _backends()]
    worked = sum(int(each.read_text().split()[0]) for each in backends)
    return 1e3 * time.process_time() + worked / 1e6


def _backends() -> list[int]:
    """The processes of PostgreSQL that the pool of this one has: a page gives its own back."""
    if connection.vendor != "postgresql":
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity"
            " WHERE datname = current_database() AND backend_type = 'client backend'"
        )
        return [pid for (pid,) in cursor.fetchall()]


def searches(store: Store, usual: Any, heavy: Any, tries: int) -> None:
    """Print how soon words are found, by who asks."""
    from search.find import search, search_all

    asking: dict[str, tuple[Callable[[str], object], float]] = {
        "somebody's thousand": (partial(search, usual), 50),
        "a tenth of all": (partial(search, heavy), 50),
        "all, for reviewers": (search_all, 1000),
    }
    for whose, (ask, most) in asking.items():
        goals: list[Goal] = []
        for kind, words in typed(store).items():
            goals += _figures(kind, times(_asking(ask, words), tries), most)
        show(f"search in {whose}", goals)


def _asking(ask: Callable[[str], object], words: Callable[[], str]) -> Callable[[], object]:
    return lambda: ask(words())


def _figures(kind: str, found: list[float], most: float) -> list[Goal]:
    return [
        Goal(f"{kind}, median", statistics.median(found), most, "ms"),
        Goal(f"{kind}, 95th", found[int(0.95 * len(found))], most, "ms"),
    ]


def walks(store: Store, long: int, tries: int) -> dict[str, dict[int, float]]:
    """Milliseconds of what is done in a thread, by its length."""
    from chat.models import Conversation

    talker = store.person(f"talker-{store.chance.getrandbits(32)}")
    found: dict[str, dict[int, float]] = {}
    for length in (SHORT, long):
        pk = store.fill(talker, length, each=length)
        for name, action in _actions(Conversation.objects.get(pk=pk)).items():
            found.setdefault(name, {})[length] = statistics.median(times(action, tries))
    return found


def _actions(conversation: Any) -> dict[str, Callable[[], object]]:
    from django.test import Client

    from chat import prompts, thread
    from chat.models import branch

    browser = Client(SERVER_NAME="localhost")
    browser.force_login(conversation.owner)

    def load(path: str) -> object:
        return browser.get(path).content.index(b"</html>")

    leaf, root = conversation.leaf, conversation.messages.roots().get()
    room = prompts.most_characters(4096)
    return {
        "read what a turn sends": lambda: branch.up_to(leaf.pk, characters=room),
        "open at the end": lambda: thread.newest(conversation),
        "open an older part": lambda: thread.before(conversation, leaf),
        "open at a link": lambda: thread.around(conversation, root),
        "choose a version near the end": lambda: conversation.choose(leaf),
        "choose a version of the first turn": lambda: conversation.choose(root),
        "load the page": lambda: load(f"/c/{conversation.pk}/"),
        "load the list and a new chat": lambda: load("/"),
        "take a turn and store its answer": Turns(conversation).take,
    }


class Turns:
    """Somebody who goes on with a conversation, and is answered at once."""

    def __init__(self, conversation: Any) -> None:
        from chat.models import Process

        self._conversation, self._parent = conversation, conversation.leaf_id
        self._process = Process.objects.create(id=uuid4()).id

    def take(self) -> None:
        """Accept a turn, write an answer of twenty batches, and end it."""
        from chat import turns
        from chat.journal import _finish
        from chat.models import RunEvent
        from chat.run_log import Ending
        from chat.wire.commands import Say

        ids = (uuid4(), self._conversation.pk, self._parent)
        say = Say(*ids, "And then, what comes after it?", uuid4())
        owner = self._conversation.owner
        accepted = turns.accept(owner, say, self._process, _only_model).accepted
        rows = [(accepted.run, seq, RunEvent.Kind.TEXT, PIECE, "") for seq in range(2, 22)]
        with transaction.atomic():
            RunEvent.objects.write(rows)
            _finish(accepted.run, Ending("complete"))
        self._parent = accepted.reply


def _only_model(_name: str, _allows: object) -> Any:
    from chat.turns import Choice

    return Choice("model", "server", 4096)


Walks = dict[str, dict[int, float]]


def show_walks(long: int, small: Walks, full: Walks) -> None:
    """Print what threads cost in a small and in a full database."""
    lengths = f"{SHORT:9,}{long:9,}"
    print(f"  {'ms in a thread of':<38}{lengths} messages, later{lengths}")
    for name in small:
        figures = [
            f"{each[name][length]:9.1f}" for each in (small, full) for length in (SHORT, long)
        ]
        print(f"  {name:<38}{''.join(figures[:2])}{'':<16}{''.join(figures[2:])}")
    flat = [
        Goal(f"{name}, to the shortest in the smallest", full[name][long] / each[SHORT], 2, "times")
        for name, each in small.items()
        if name in FLAT
    ]
    show("flat", flat)


class Index:
    """PostgreSQL's index is built once at the end: a million small insertions take an hour."""

    def __init__(self) -> None:
        self._steps = import_module("search.migrations.0002_full_text_index")
        self._is_postgres = connection.vendor == "postgresql"

    def drop(self) -> None:
        """Before the messages are stored."""
        self._run(["DROP INDEX IF EXISTS search_terms"])

    def build(self) -> None:
        """When they all are, unless it is there."""
        began = time.monotonic()
        made = [each.replace("INDEX", "INDEX IF NOT EXISTS") for each in self._steps.POSTGRES]
        self._run([*made, "VACUUM ANALYZE"])
        if self._is_postgres:
            print(f"  index built in {time.monotonic() - began:.0f} s")

    def _run(self, statements: Sequence[str]) -> None:
        with connection.cursor() as cursor:
            for statement in statements if self._is_postgres else ():
                cursor.execute(statement)


def small(store: Store, long: int, tries: int, kept: Path) -> Walks:
    """What threads cost where hardly anything else is stored: now, or when this was filled."""
    if not kept.exists():
        store.fill(store.person("first"), SMALL)
        kept.write_text(json.dumps(walks(store, long, tries)))
    told = json.loads(kept.read_text())
    return {name: {int(length): ms for length, ms in each.items()} for name, each in told.items()}


def measure(messages: int, long: int, tries: int, kept: Path) -> None:
    """Fill a database and print the tables; how it was at first is ``kept``."""
    call_command("prepare", verbosity=0)
    store, index = Store(), Index()
    many = min(tries, MOST_WALKS)
    before = small(store, long, many, kept)
    if parts_there() < parts_of(messages):
        index.drop()
    usual, heavy = seed(store, messages)
    index.build()
    show_walks(long, before, walks(Store(time.time_ns()), long, many))
    searches(store, usual, heavy, tries)
    connection.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--database", choices=installation.DATABASES, default="sqlite")
    parser.add_argument("--long", type=int, default=5_000, help="messages of the long threads")
    parser.add_argument("--tries", type=int, default=100, help="searches of each kind")
    parser.add_argument("--keep", type=Path, metavar="DIRECTORY", help="where the database stays")
    arguments = parser.parse_args()
    with installation.place(arguments.database, arguments.keep) as place:
        measure(arguments.messages, arguments.long, arguments.tries, place / "small.json")


if __name__ == "__main__":
    main()
    end()
