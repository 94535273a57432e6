"""How many journals one PostgreSQL carries: the commits of N processes, and how long they take.

Run as ``python -m tests.bench.commits [--processes 1,2,5,10,20,50] [--chats 100] [--seconds 5]``.
Each of N sessions stands for a server process with so many live chats, and does what its journal
does: a transaction with the beat of the process, a row for each chat that has said something and,
for each answer that was written for twenty seconds, its text in the row of its message and the
rows of its log deleted; then a pause in which text is gathered. The answers are of every age when
it begins, so that as many rows go as come. What a turn stores beside it when it is accepted is
left out. The server is a real one of this
machine's, with its disk: ``fsync`` is on, as it is not in the tests. The sessions are threads of
one process, so from some number on it is their processor time that counts; the server's own is
told beside it.
"""

from __future__ import annotations

import argparse
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID, uuid4

import psutil
import psycopg

from chat import gathering
from tests.bench.capacity import at, table
from tests.services import Postgres

TOKENS = 50  # a second of each chat
LETTERS_A_TOKEN = 5
ANSWER = 20.0  # seconds that one is written
TABLES = """
    CREATE TABLE process (id uuid PRIMARY KEY, beat bigint NOT NULL, seen_at timestamptz);
    CREATE TABLE event (run_id uuid, seq integer, kind smallint, text text NOT NULL,
        reasoning text NOT NULL, PRIMARY KEY (run_id, seq));
    CREATE TABLE message (id uuid PRIMARY KEY, text text NOT NULL);
"""
BEAT = "UPDATE process SET beat = beat + 1, seen_at = clock_timestamp() WHERE id = %s"
EVENT = "INSERT INTO event (run_id, seq, kind, text, reasoning) VALUES (%s, %s, 1, %s, '')"
MESSAGE = "INSERT INTO message VALUES (%s, '')"
EARLIER = """
    INSERT INTO event (run_id, seq, kind, text, reasoning)
    SELECT %s, -number, 1, %s, '' FROM generate_series(1, %s) number
"""
FOLD = """
    UPDATE message SET text = (
        SELECT string_agg(text, '' ORDER BY seq) FROM event WHERE run_id = %s
    ) WHERE id = %s
"""
FORGET = "DELETE FROM event WHERE run_id = %s"
HEADS = [
    *("processes", "chats", "tokens/s", "commits/s", "rows/s", "median ms", "99th ms"),
    "CPU of PostgreSQL",
]


class Durable(Postgres):
    """A server that waits for its disk before it says that something is stored."""

    def command(self) -> list[str]:
        """As in production."""
        return ["fsync=on" if part == "fsync=off" else part for part in super().command()]


@dataclass
class Journal:
    """One process's journal, on a session of its own."""

    url: str
    chats: int
    process: UUID = field(default_factory=uuid4)
    seconds: list[float] = field(default_factory=list)  # of each commit
    rows: int = 0

    def work(self, begin: threading.Barrier, until: threading.Event) -> None:
        """Commit, gather, and so on."""
        pause = gathering.seconds(self.chats)
        with psycopg.connect(self.url, autocommit=True) as session:
            session.execute("INSERT INTO process VALUES (%s, 0, now())", [self.process])
            runs = [self._begin(session) for _ in range(self.chats)]
            for number, run in enumerate(runs):  # the first is the oldest
                age = ANSWER * (1 - number / self.chats)
                text = "x" * round(pause * TOKENS * LETTERS_A_TOKEN)
                session.execute(EARLIER, [run, text, round(age / pause)])
            begin.wait()
            last, seq, due = time.monotonic(), 1, 0.0
            while not until.wait(pause):
                begun = time.monotonic()
                text = "x" * max(1, round((begun - last) * TOKENS * LETTERS_A_TOKEN))
                due += self.chats * (begun - last) / ANSWER
                last, seq = begun, seq + 1
                with session.transaction():
                    session.execute(BEAT, [self.process])
                    session.cursor().executemany(EVENT, [(run, seq, text) for run in runs])
                    while due >= 1:
                        self._end(session, runs.pop(0))
                        runs.append(self._begin(session))
                        due -= 1
                self.seconds.append(time.monotonic() - begun)
                self.rows += len(runs)

    def _begin(self, session: psycopg.Connection) -> UUID:
        run = uuid4()
        session.execute(MESSAGE, [run])
        return run

    def _end(self, session: psycopg.Connection, run: UUID) -> None:
        session.execute(FOLD, [run, run])
        session.execute(FORGET, [run])


def measure(
    url: str, server: psutil.Process, processes: int, chats: int, length: float
) -> list[str]:
    """So many journals at once for so many seconds, as a row of the table."""
    journals = [Journal(url, chats) for _ in range(processes)]
    begin, until = threading.Barrier(processes + 1), threading.Event()
    threads = [threading.Thread(target=each.work, args=(begin, until)) for each in journals]
    for thread in threads:
        thread.start()
    begin.wait()
    busy = processor_time(server)
    begun = time.monotonic()
    until.wait(length)
    busy, took = processor_time(server) - busy, time.monotonic() - begun
    until.set()
    for thread in threads:
        thread.join()
    times = sorted(1000 * each for journal in journals for each in journal.seconds)
    return [
        str(processes),
        str(processes * chats),
        f"{processes * chats * TOKENS:,}",
        f"{len(times) / took:.0f}",
        f"{sum(journal.rows for journal in journals) / took:,.0f}",
        f"{statistics.median(times):.1f}",
        f"{at(times, 0.99):.1f}",
        f"{100 * busy / took:.0f} %",
    ]


def processor_time(server: psutil.Process) -> float:
    """Seconds of the server and its sessions."""
    each = [one.cpu_times() for one in (server, *server.children())]
    return float(sum(times.user + times.system for times in each))


@contextmanager
def durable() -> Iterator[tuple[str, psutil.Process]]:
    """A server with the two tables: its URL and its process."""
    server = Durable()
    try:
        server.start()
        url = server.database().replace("postgres://", "postgresql://", 1)
        with psycopg.connect(url, autocommit=True) as session:
            session.execute(TABLES)
        pid = int((server.directory / "data" / "postmaster.pid").read_text().split()[0])
        yield url, psutil.Process(pid)
    finally:
        server.remove()


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--processes", default="1,2,5,10,20,50")
    parser.add_argument("--chats", type=int, default=100, help="that each process answers")
    parser.add_argument("--seconds", type=float, default=5.0)
    given = parser.parse_args()
    rows = [HEADS]
    with durable() as (url, server):
        for count in map(int, given.processes.split(",")):
            rows.append(measure(url, server, count, given.chats, given.seconds))
    print(table(rows))


if __name__ == "__main__":
    main()
