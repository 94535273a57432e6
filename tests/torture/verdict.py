"""What became of it: every reader's text, the stored text and the model's, byte for byte."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from uuid import UUID

from tests.torture.model import known_text
from tests.torture.people import Person, Turn
from tests.torture.reader import Reading

MOST = 20  # complaints that are shown


@dataclass
class Damage:
    """Losses; a promise is kept where all of them are 0."""

    turns_lost: int = 0
    turns_doubled: int = 0
    characters_lost: int = 0
    left_streaming: int = 0

    def __add__(self, other: Damage) -> Damage:
        """Both together."""
        return Damage(*(a + b for a, b in zip(self.numbers(), other.numbers(), strict=True)))

    def numbers(self) -> tuple[int, ...]:
        """The four losses."""
        return tuple(getattr(self, each.name) for each in fields(self))


@dataclass
class Verdict:
    """The damage at each fault's name ("" for turns that no fault met), and all of it."""

    tried: Counter[str]
    turns: int
    runs: int
    outcomes: Counter[str]
    characters_seen: int
    by_fault: dict[str, Damage]
    total: Damage
    complaints: list[str]

    @property
    def is_clean(self) -> bool:
        """Whether nothing was lost, and nothing else is to be complained of."""
        return not any(self.total.numbers()) and not self.complaints

    def table(self) -> str:
        """The table: a line a fault, and what all of it came to."""
        heads = ["fault", "tried", "turns lost", "doubled", "characters lost", "left streaming"]
        rows = [
            [name or "(none)", str(self.tried[name]), *map(str, damage.numbers())]
            for name, damage in sorted(self.by_fault.items())
        ]
        rows.append(["together", str(self.tried.total()), *map(str, self.total.numbers())])
        widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
        lines = [_line(row, widths) for row in [heads, ["-" * width for width in widths], *rows]]
        outcomes = ", ".join(f"{count} {name}" for name, count in self.outcomes.most_common())
        counts = (
            f"{self.turns} turns, {self.runs} runs ({outcomes}),"
            f" {self.characters_seen:,} characters seen by readers."
        )
        return "\n".join([*lines, "", counts, *self.complaints[:MOST]])


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *rest = zip(cells, widths, strict=True)
    return "  ".join([first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in rest)])


def judge(people: Sequence[Person], calls: Counter[str], tried: Counter[str]) -> Verdict:
    """Compare everything. To be called in a thread: it reads the database."""
    from django.db import connection

    connection.close()  # it may have been cut
    verdict = Verdict(tried, 0, 0, Counter(), 0, {name: Damage() for name in tried}, Damage(), [])
    for person in people:
        for turn in person.turns:
            damage = _of_turn(turn, calls[turn.text])
            for accepted in turn.accepted:
                readings = [tab.readings[accepted.run] for tab in person.tabs]
                verdict.characters_seen += sum(len(each.reply.text) for each in readings)
                damage += _of_run(turn, accepted.run, readings, verdict)
            _count(verdict, turn, damage)
    verdict.total.left_streaming += _unknown_live(people)
    return verdict


def _count(verdict: Verdict, turn: Turn, damage: Damage) -> None:
    verdict.turns += 1
    verdict.runs += len(turn.accepted)
    verdict.total += damage
    for name in turn.faults or {""}:
        verdict.by_fault[name] = verdict.by_fault.get(name, Damage()) + damage


def _of_turn(turn: Turn, calls: int) -> Damage:
    from chat.models import Message

    stored = Message.objects.filter(pk=turn.message, text=turn.text).exists()
    is_lost = not stored or not turn.accepted
    answers = Message.objects.filter(parent_id=turn.message).count()
    replies = len({accepted.reply for accepted in turn.accepted})
    runs = len({accepted.run for accepted in turn.accepted})
    doubled = max(0, calls - runs) + max(0, answers - replies)
    return Damage(turns_lost=int(is_lost), turns_doubled=0 if is_lost else doubled)


def _of_run(turn: Turn, run_id: UUID, readings: Sequence[Reading], verdict: Verdict) -> Damage:
    from chat.models import Run

    run = Run.objects.select_related("message").get(pk=run_id)
    verdict.outcomes[run.outcome or "live"] += 1
    known, stored = known_text(turn.text), run.message.text[: run.text_length]
    lost = [
        wrong_in(stored, known, is_whole=run.outcome == "complete"),
        *(_lost(reading, stored) for reading in readings),
    ]
    if run.outcome in ("failed", "interrupted") and not run.error:
        verdict.complaints.append(f"run {run_id} {run.outcome}: without a sentence")
    left = [not run.outcome, *(not reading.ended.is_set() for reading in readings)]
    if any(lost) or any(left):
        verdict.complaints.append(f"run {run_id} {run.outcome}: characters {lost}, live {left}")
    return Damage(characters_lost=sum(lost), left_streaming=sum(left))


def _lost(reading: Reading, stored: str) -> int:
    """Characters that this reader saw and that are not stored, or that it should have seen."""
    seen = reading.reply.text
    missing = abs(len(stored) - len(seen)) if reading.ended.is_set() else 0
    return difference(seen, stored) + missing + reading.taken_back + reading.gaps


def _unknown_live(people: Iterable[Person]) -> int:
    """Live runs, or answers that say so, of which no person knows."""
    from chat.models import Message, Run

    known = {each.run for person in people for turn in person.turns for each in turn.accepted}
    replies = Message.objects.streaming().exclude(runs__outcome="").count()
    return Run.objects.live().exclude(pk__in=known).count() + replies


def wrong_in(stored: str, known: str, *, is_whole: bool) -> int:
    """Characters of the model's text that are not stored though they came, or are stored twice."""
    missing = max(0, len(known) - len(stored)) if is_whole else 0
    return difference(stored, known) + missing


def difference(seen: str, whole: str) -> int:
    """How many characters at the end of ``seen`` are not what ``whole`` begins with."""
    same = 0
    for one, other in zip(seen, whole, strict=False):
        if one != other:
            break
        same += 1
    return len(seen) - same
