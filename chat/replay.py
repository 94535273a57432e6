"""A run's log as the database has it: for readers who come late, or from another process.

Everything here is called in a thread that may use the database.
"""

from dataclasses import dataclass
from uuid import UUID

from chat.models import Run, RunEvent
from chat.wire.events import (
    Event,
    Kind,
    RunFinished,
    RunStarted,
    Snapshot,
    TextAdded,
    Timing,
    Usage,
    encode,
)

MANY = 64  # events: a reader further behind gets one snapshot instead


@dataclass(frozen=True)
class Reading:
    """Frames that follow a reader's position, the position after them, and whether that is all.

    ``trouble`` is a sentence where the database could not be read.
    """

    frames: list[str]
    seq: int
    is_finished: bool
    trouble: str | None = None


def read(run_id: UUID, after: int) -> Reading:
    """What follows event ``after``. Raises Run.DoesNotExist.

    A reader who is further than the run ever was has it from elsewhere (the database was
    restored), and gets the whole.

    The rows are read before the run: the end of a run takes its rows away in the
    same transaction, so rows that came with a live run are all there were.
    """
    rows = list(RunEvent.objects.of_run(run_id).after(after)[: MANY + 1])
    run = Run.objects.select_related("message").get(pk=run_id)
    if run.outcome:
        events = _finished(run, after)
    elif len(rows) > MANY:
        snapshot = _snapshot(run)
        if snapshot.seq <= after:  # it ended since, and its rows went
            return read(run_id, after)
        events = [*_start(run, after), snapshot]
    else:
        events = [*_start(run, after), *map(_event, rows)]
    seq = events[-1].seq if events else after
    return Reading([encode(event) for event in events], seq, bool(run.outcome))


def started(run: Run) -> RunStarted:
    """The first event of a log."""
    return RunStarted(run.pk, 1, run.message_id, run.model, run.started_at.isoformat())


def _start(run: Run, after: int) -> list[Event]:
    return [started(run)] if after < 1 else []


def _snapshot(run: Run) -> Snapshot:
    text, reasoning, seq = run.fold()
    return Snapshot(run.pk, seq, text, reasoning)


def _event(row: RunEvent) -> Event:
    if row.kind == RunEvent.Kind.SNAPSHOT:
        return Snapshot(row.run_id, row.seq, row.text, row.reasoning)
    kind: Kind = "reasoning" if row.kind == RunEvent.Kind.REASONING else "text"
    return TextAdded(row.run_id, row.seq, row.text, kind)


def _finished(run: Run, after: int) -> list[Event]:
    """The whole of a run that ended: its text is in the message, its end in its row."""
    if after == run.last_seq:
        return []
    if after > run.last_seq:
        after = 0
    whole: list[Event] = []
    if after < run.last_seq - 1 and run.last_seq > 2:
        whole = [Snapshot(run.pk, run.last_seq - 1, *_texts(run))]
    return [*_start(run, after), *whole, _end(run)]


def _texts(run: Run) -> tuple[str, str]:
    """What this run's log added up to. A later run of the same message only wrote behind it."""
    return run.message.text[: run.text_length], run.message.reasoning


def _end(run: Run) -> RunFinished:
    return RunFinished(
        run.pk,
        run.last_seq,
        run.outcome,  # type: ignore[arg-type]
        run.error or None,
        _usage(run),
        Timing(run.first_token_ms, run.tokens_per_second, run.thought_ms),
        run.text_length,
    )


def _usage(run: Run) -> Usage | None:
    if run.prompt_tokens is None and run.completion_tokens is None:
        return None
    return Usage(run.prompt_tokens, run.completion_tokens, run.usage_estimated, run.turns_cut)
