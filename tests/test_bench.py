"""The measuring works: a moment of ``make bench``, without a judgement on its figures."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench import __main__ as every
from tests.bench import capacity, decode
from tests.bench.people import Figures
from tests.prepared import environment
from tests.settings import PROJECT


def measured(module: str, *arguments: str) -> str:
    """What a measurement prints."""
    ended = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=PROJECT,
        env=environment(BENCH_UNJUDGED="yes"),
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


@pytest.mark.timeout(180)
def test_a_moment_of_measuring_fills_the_tables():
    told = measured("tests.bench.capacity", "--chats", "3", "--seconds", "1", "--idle", "20")
    rows = re.findall(r"^(Daphne|uvicorn|relay) +3 +3 of 3( +[\d.]+){6}$", told, re.MULTILINE)
    assert [name for name, _ in rows] == ["Daphne", "uvicorn", "relay"]
    assert re.search(r"^memory at rest +< 150 MiB +\d+ MiB +(met|MISSED)$", told, re.MULTILINE)
    assert re.search(r"^Chainlit .*( +[\d.]+)+$", told, re.MULTILINE)


@pytest.mark.parametrize(
    ("lost", "latency", "first", "cost", "rest", "verdict"),
    [(0, 240.0, 30.0, 3.0, 140.0, "met"), (1, 260.0, 40.0, 6.0, 160.0, "MISSED")],
)
def test_goals_are_met_or_missed(lost, latency, first, cost, rest, verdict):
    def row(name, chats, cpu, first=5.0, lost=0):
        figures = Figures(chats, chats - lost, 1000 * chats, [first], [latency])
        return capacity.Measured(name, chats, figures, cpu, 0)

    rows = [row("Daphne", 200, 1.0), row("Daphne", 400, 1.0, lost=lost), row("Daphne", 50, cost)]
    rows += [row("relay", 50, 1.5), row("Daphne", 20, 1.0, first), row("relay", 20, 1.0)]
    told = {
        goal.name: goal.row()[-1] for goal in capacity.goals(rows, rest, 59 if lost == 0 else 61)
    }
    assert len(told) == 7
    assert set(told.values()) == {verdict}


def test_what_one_measurement_misses_keeps_no_other_from_running(capfd):
    asked = [("search", "--no-such-option"), ("capacity", "--help")]
    assert every.main(asked) == 1
    told = capfd.readouterr().out
    assert "usage: " in told.split("── capacity")[1]
    assert told.endswith("✗ search --no-such-option missed a goal or broke.\n")


def test_a_missed_goal_is_a_bad_end():
    missing = "from tests.bench.goals import *; show('one', [Goal('a', {}, 1, 'ms')]); end()"
    judged = [
        subprocess.run([sys.executable, "-c", missing.format(value)], cwd=PROJECT).returncode
        for value in (0.9, 1.1)
    ]
    assert judged == [0, 1]


def test_every_measurement_has_a_moment_here():
    tried = Path(__file__).read_text() + (PROJECT / "tests/backends/test_cancel.py").read_text()
    for name, *_ in every.MEASUREMENTS:
        assert f"bench.{name}" in tried or f" {name}." in tried, name


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_a_moment_of_searching_fills_its_tables(database, tmp_path):
    keep = ["--keep", str(tmp_path / "kept")] if database == "sqlite" else []
    asked = ["--messages", "300", "--long", "40", "--tries", "2", "--database", database, *keep]
    told = measured("tests.bench.search", *asked)
    assert len(re.findall(r"^  . .*(median|95th) .* goal .* ms$", told, re.MULTILINE)) == 48
    assert re.search(r"^  open at a link( +\d+\.\d){4}$", told, re.MULTILINE)
    if keep:
        again = measured("tests.bench.search", *asked)
        assert "0 messages stored" in again
        at_first = re.search(r"^  open at a link( +\d+\.\d){2}", told, re.MULTILINE)
        assert at_first[0] in again


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_a_moment_of_reviewing_fills_its_tables(database, tmp_path):
    keep = ["--keep", str(tmp_path / "kept")] if database == "sqlite" else []
    asked = ["--messages", "300", "--tries", "1", "--daily", "1", "--database", database, *keep]
    told = measured("tests.bench.review", *asked)
    assert (tmp_path / "kept" / "chat.sqlite3").exists() == (database == "sqlite")
    figures = re.findall(r"^  . .*(median|slowest) .* goal 1000.0 ms$", told, re.MULTILINE)
    assert len(figures) == 106
    assert re.search(r"^everything.zip: \d+ conversations to train on", told, re.MULTILINE)
    assert re.search(r"^  . memory at its highest +\d+\.\d +goal", told, re.MULTILINE)


def test_a_moment_of_commits_fills_the_table():
    told = measured("tests.bench.commits", "--processes", "1,3", "--chats", "4", "--seconds", "0.5")
    rows = re.findall(r"^(\d+) +(\d+) +([\d,]+)( +[\d.,]+){4} +\d+ %$", told, re.MULTILINE)
    assert [row[:3] for row in rows] == [("1", "4", "200"), ("3", "12", "600")]


def test_a_moment_of_asking_under_load_fills_its_table():
    told = measured("tests.bench.loaded", "--chats", "3", "--seconds", "1")
    rows = re.findall(r"^(\w[\w ]*?|sign-in)  +\d+ +\d+$", told, re.MULTILINE)
    assert rows == ["list and new chat", "page of a conversation", "search", "sign-in"]


def test_a_moment_of_stopping_fills_its_lines():
    told = measured("tests.bench.stops", "--tries", "2")
    rows = re.findall(r"^stop pressed ([a-z ]+): median \d+ ms", told, re.MULTILINE)
    assert rows == ["here", "in another process"]


def test_a_moment_of_streams_fills_its_lines():
    told = measured("tests.bench.streams", "--streams", "3", "--tokens", "4")
    assert re.findall(r"^(\w+): 3 streams of 4 tokens in [\d.]+ s", told, re.MULTILINE) == [
        "aiohttp",
        "httpx",
    ]


def test_a_moment_of_decoding_fills_its_tables(monkeypatch, capsys):
    for name, few in {"ROUNDS": 1, "TOKENS": 50, "LINE": 100_000}.items():
        monkeypatch.setattr(decode, name, few)
    decode.speed_table()
    decode.latency_table()
    decode.long_line_table()
    told = capsys.readouterr().out
    speeds = re.findall(
        r"(1 event|64 KiB) +[a-z][\w +,-]*?( +[\d,.]+){3}( +[\d.]+×){2}$", told, re.MULTILINE
    )
    assert len(speeds) == 2 * len(decode.streams()) * len(decode.WORKS)
    assert "Text of 100,000 characters" in told


@pytest.mark.browser
def test_a_moment_of_frames_fills_its_table():
    told = measured("tests.bench.rendering", "--characters", "2000", "--frames", "20")
    assert len(re.findall(r"^  . .* goal +[\d.]+ ms$", told, re.MULTILINE)) == 2


@pytest.mark.browser
def test_a_moment_of_pages_fills_its_table():
    told = measured("tests.bench.pages", "--thread", "40", "--list", "40", "--loads", "1")
    assert len(re.findall(r"^  . .* goal +[\d.]+ (times|kB)$", told, re.MULTILINE)) == 3
