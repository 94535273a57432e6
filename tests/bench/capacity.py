"""How many chats one process carries, and at what cost, beside a bare relay in the same run.

Run as ``python -m tests.bench.capacity [--chats 20,50,100] [--seconds 20] [--idle 2000]``. The
model server writes 50 tokens a second for each chat; people, model server and the server that is
measured are processes of their own on this machine. A token's latency is the time from its
writing by the model server to its arrival in the person's socket. Processor time is of the
measured process alone, from the first question to the last answer: the sockets stand before.
People begin during the first half of an answer's time, and all are there in the second half. A chat
is whole if every token of it has come, and stands in the database afterwards.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.bench.goals import UNJUDGED
from tests.bench.people import Crowd, Figures, Job, crowd
from tests.bench.upstream import upstream
from tests.prepared import environment
from tests.services import free_port
from tests.torture.place import migrate

RATE = 50  # tokens a second of each chat
MIB = 1024 * 1024
START = 60.0  # seconds


@dataclass
class Measured:
    """One server with one number of chats."""

    name: str
    chats: int
    figures: Figures
    cpu: float  # seconds of the server
    memory: int  # bytes that the chats added

    @property
    def cpu_per_token(self) -> float:
        """Microseconds."""
        return 1e6 * self.cpu / max(1, self.figures.tokens)

    def row(self, floor: Measured | None = None) -> list[str]:
        """A line of the table; ``floor`` is what the bare relay did with as many chats."""
        figures = self.figures
        times = f"{self.cpu_per_token / floor.cpu_per_token:.1f}" if floor else ""
        return [
            self.name,
            str(self.chats),
            f"{figures.whole} of {figures.asked}",
            f"{at(figures.first, 0.5):.0f}",
            f"{at(figures.latency, 0.5):.0f}",
            f"{at(figures.latency, 0.99):.0f}",
            f"{self.cpu_per_token:.0f}",
            times,
            f"{self.memory / MIB / self.chats:.2f}",
        ]


HEADS = [
    *("server", "chats", "whole", "first token ms", "median ms", "99th ms"),
    *("CPU µs/token", "× relay", "MiB/chat"),
]
# What others did on such a machine, at as many tokens a second, when they were measured:
# chats that they held whole, CPU µs a token, MB at rest.
OTHERS = {
    "Chainlit 2.12, stores nothing": (45, 295, 121),
    "Gradio 6.31, stores nothing": (25, 604, 150),
    "Open WebUI 0.12, stores at the end": (45, 854, 800),
}


class Server:
    """A process that is measured."""

    def __init__(self, name: str, command: Sequence[str], url: str, **settings: str) -> None:
        self.name = name
        self.data_dir = settings.get("DATA_DIR")
        self.url = url
        self._command = command
        self._settings = settings

    @contextlib.contextmanager
    def running(self) -> Iterator[psutil.Process]:
        """The process, once it answers; ``cold_start`` is how long that took."""
        begun = time.monotonic()
        with subprocess.Popen(
            [sys.executable, *self._command],
            env=environment(**self._settings),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as process:
            try:
                self._wait(process)
                self.cold_start = time.monotonic() - begun
                yield psutil.Process(process.pid)
            finally:
                process.terminate()

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        port = int(self.url.rsplit(":", 1)[1])
        until = time.monotonic() + START
        while time.monotonic() < until and process.poll() is None:
            with contextlib.suppress(OSError, IndexError):
                if any(each.laddr.port == port for each in listening(process.pid)):
                    return
            time.sleep(0.02)
        raise RuntimeError(f"{self.name} did not start.")


def listening(pid: int) -> list[psutil._ntuples.pconn]:
    """The sockets on which a process listens."""
    return [each for each in psutil.Process(pid).net_connections("tcp") if each.status == "LISTEN"]


def at(values: Sequence[float], part: float) -> float:
    """The value below which this part of the sorted values lies; NaN for none."""
    return values[min(len(values) - 1, int(part * len(values)))] if values else float("nan")


def measure(
    server: Server, people: Crowd, cookies: list[str], chats: int, seconds: float
) -> Measured:
    """This many chats on a server that has just started."""
    with server.running() as process:
        warm(server, people, cookies)
        before = process.memory_info().rss
        people.do(Job(server.url, cookies[:chats]))
        stored, cpu = whole_answers(server, seconds), cpu_of(process)
        figures = people.do(Job(server.url, cookies[:chats], script(seconds), seconds))
        cpu, memory = cpu_of(process) - cpu, process.memory_info().rss - before
        if server.data_dir:
            figures.whole = min(figures.whole, whole_answers(server, seconds) - stored)
        return Measured(server.name, chats, figures, cpu, memory)


def whole_answers(server: Server, seconds: float) -> int:
    """How many answers of so many seconds stand in the server's database, to the last token."""
    if server.data_dir is None:
        return 0
    with contextlib.closing(sqlite3.connect(Path(server.data_dir) / "chat.sqlite3")) as database:
        texts = database.execute("SELECT text FROM chat_message WHERE status = 'complete'")
        return sum(len(text.split()) == round(seconds * RATE) for (text,) in texts)


def warm(server: Server, people: Crowd, cookies: list[str]) -> None:
    """Let it import, connect and find its model."""
    for _ in range(20):
        if people.do(Job(server.url, cookies[:1], script(0.2), 0.2)).whole:
            return
        time.sleep(0.2)
    raise RuntimeError(f"{server.name} does not answer.")


def idle(server: Server, people: Crowd, cookies: list[str], sockets: int) -> tuple[float, float]:
    """MiB at rest, and KiB that each idle socket adds."""
    port = int(server.url.rsplit(":", 1)[1])
    with server.running() as process:
        warm(server, people, cookies)
        before = process.memory_info().rss
        people.do(Job(server.url, (cookies * (sockets // len(cookies) + 1))[:sockets]))
        time.sleep(1)
        connections = process.net_connections("tcp")
        held = [each for each in connections if each.laddr.port == port and each.raddr]
        if len(held) < sockets:
            raise RuntimeError(f"Of {sockets} sockets only {len(held)} are open.")
        return before / MIB, (process.memory_info().rss - before) / 1024 / sockets


def cpu_of(process: psutil.Process) -> float:
    """Seconds of user and system time."""
    times = process.cpu_times()
    return float(times.user + times.system)


def script(seconds: float) -> str:
    """The model that writes for so long."""
    return f"{round(seconds * RATE)}x{1 / RATE}"


def table(rows: Sequence[Sequence[str]]) -> str:
    """Columns under each other, the first to the left."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]) for row in rows
    ]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])


@dataclass
class Goal:
    """A goal, and what was measured."""

    name: str
    wanted: str
    measured: str
    met: bool

    def row(self) -> list[str]:
        """A line of the table."""
        return [self.name, self.wanted, self.measured, "met" if self.met else "MISSED"]


def goals(rows: list[Measured], rest: float, socket: float) -> list[Goal]:
    """The goals that these measurements can tell of."""
    ours = {row.chats: row for row in rows if row.name == "Daphne"}
    relay = {row.chats: row for row in rows if row.name == "relay"}
    found: list[Goal] = []
    if row := ours.get(200):
        late, whole = at(row.figures.latency, 0.99), row.figures.whole
        is_met = whole == 200 and late < 250
        what = f"{whole} whole, {late:.0f} ms"
        found.append(Goal("200 chats", "whole, 99th below 250 ms", what, is_met))
    if row := ours.get(400):
        whole = row.figures.whole
        found.append(Goal("400 chats", "whole", f"{whole} whole", whole == 400))
    if (row := ours.get(50)) and 50 in relay:
        cost, floor = row.cpu_per_token, relay[50].cpu_per_token
        found.append(Goal("CPU a token at 50", "≤ 100 µs", f"{cost:.0f} µs", cost <= 100))
        times = cost / floor
        found.append(Goal("… beside the relay", "≤ 3 ×", f"{times:.1f} ×", times <= 3))
    if (row := ours.get(20)) and 20 in relay:
        added = at(row.figures.first, 0.5) - at(relay[20].figures.first, 0.5)
        found.append(Goal("first token added", "< 30 ms", f"{added:.0f} ms", added < 30))
    found.append(Goal("memory at rest", "< 150 MiB", f"{rest:.0f} MiB", rest < 150))
    found.append(Goal("an idle socket", "< 60 KiB", f"{socket:.0f} KiB", socket < 60))
    return found


def beside_others(rows: list[Measured], rest: float) -> str:
    """A table of what is known of other servers, and how many times ours that is."""
    costs = [row.cpu_per_token for row in rows if row.name == "Daphne" and row.chats == 50]
    heads = ["measured elsewhere", "chats whole", "CPU µs/token", "× ours", "MB at rest", "× ours"]
    lines = [
        [
            name,
            str(chats),
            str(cost),
            *[f"{cost / own:.1f}" for own in costs[:1] or [float("nan")]],
            str(memory),
            f"{memory * 1e6 / MIB / rest:.1f}",
        ]
        for name, (chats, cost, memory) in OTHERS.items()
    ]
    return table([heads, *lines])


def servers(data_dir: Path, model: str) -> list[Server]:
    """Those that are compared. The floor is the last."""
    port, other, third = free_port(), free_port(), free_port()
    settings = {
        "DATA_DIR": str(data_dir),
        "H2O_URL": f"{model}/v1",
        "SECRET_KEY": secret_key(),
        "H2O_TITLES": "off",
        "H2O_MAX_STREAMS": "1000",
        "LIMIT_SOCKETS_AN_ADDRESS": "0",  # all people come from one
        "LIMIT_SOCKETS_A_PERSON": "0",
        "LOG_LEVEL": "ERROR",
    }
    daphne = Server(
        "Daphne",
        ["manage.py", "serve"],
        f"http://127.0.0.1:{port}",
        PORT=str(port),
        **settings,
    )
    uvicorn = Server(
        "uvicorn",
        ["-m", "uvicorn", "h2oweb.asgi:application", f"--port={other}", "--ws=websockets-sansio"],
        f"http://127.0.0.1:{other}",
        PORT=str(other),
        **settings,
    )
    relay = Server(
        "relay", ["-m", "tests.bench.relay", model, str(third)], f"http://127.0.0.1:{third}"
    )
    return [daphne, uvicorn, relay]


def secret_key() -> str:
    """By which this process, too, signs sessions."""
    from django.conf import settings

    return settings.SECRET_KEY


def people_of(data_dir: Path, count: int) -> Callable[[str], list[str]]:
    """New people, and the cookies by which a server at a URL knows them."""
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    django.setup()
    from tests.torture.place import people_at

    cookies = people_at(f"sqlite:///{data_dir / 'chat.sqlite3'}", count)
    return lambda url: [cookie(url) for cookie in cookies]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chats", default="20,50,100,200,400")
    parser.add_argument("--seconds", type=float, default=20.0, help="that each answer takes")
    parser.add_argument("--idle", type=int, default=2000, help="sockets that only stand there")
    parser.add_argument("--only", default="Daphne,uvicorn,relay")
    given = parser.parse_args()
    counts = [int(each) for each in given.chats.split(",")]
    with tempfile.TemporaryDirectory(prefix="h2o-bench-") as directory:
        data_dir = Path(directory)
        migrate({"DATA_DIR": directory})
        cookies = people_of(data_dir, max(*counts, 200))
        with upstream(script(given.seconds), script(0.2)) as model, crowd() as people:
            compared = [each for each in servers(data_dir, model) if each.name in given.only]
            rows: list[Measured] = []
            for chats in counts:
                for server in compared:
                    known = cookies(server.url)
                    rows.append(measure(server, people, known, chats, given.seconds))
                    print(" ".join(filter(None, rows[-1].row())), file=sys.stderr, flush=True)
            rest, socket = idle(compared[0], people, cookies(compared[0].url), given.idle)
    floors = {row.chats: row for row in rows if row.name == "relay"}
    print(table([HEADS, *(row.row(floors.get(row.chats)) for row in rows)]))
    print(f"\ncold start: {compared[0].cold_start:.1f} s\n")
    heads = ["goal", "wanted", "measured", ""]
    judged = [goal.row() for goal in goals(rows, rest, socket)]
    print(table([heads, *judged]))
    print(f"\n{beside_others(rows, rest)}")
    if any("MISSED" in row for row in judged) and UNJUDGED not in os.environ:
        raise SystemExit("A goal was missed.")


if __name__ == "__main__":
    main()
