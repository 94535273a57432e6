"""The measuring works: a moment of ``make bench``, without a judgement on its figures."""

import re
import subprocess
import sys

import pytest

from tests.prepared import environment
from tests.settings import PROJECT


def test_a_moment_of_measuring_fills_the_tables():
    command = [sys.executable, "-m", "tests.bench.capacity"]
    ended = subprocess.run(
        [*command, "--chats", "3", "--seconds", "1", "--idle", "20"],
        cwd=PROJECT,
        env=environment(),
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stderr
    rows = re.findall(
        r"^(Daphne|uvicorn|relay) +3 +3 of 3( +[\d.]+){5}$", ended.stdout, re.MULTILINE
    )
    assert [name for name, _ in rows] == ["Daphne", "uvicorn", "relay"]
    assert re.search(
        r"^memory at rest +< 150 MiB +\d+ MiB +(met|MISSED)$", ended.stdout, re.MULTILINE
    )


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_a_moment_of_searching_fills_its_tables(database):
    command = [sys.executable, "-m", "tests.bench.search", "--messages", "300", "--long", "40"]
    ended = subprocess.run(
        [*command, "--database", database],
        cwd=PROJECT,
        env=environment(),
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stderr
    assert len(re.findall(r"^  . .*(median|95th) .* goal .* ms$", ended.stdout, re.MULTILINE)) == 48
    assert re.search(r"^  open at a link( +\d+\.\d){4}$", ended.stdout, re.MULTILINE)


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_a_moment_of_reviewing_fills_its_tables(database):
    command = [sys.executable, "-m", "tests.bench.review", "--messages", "300", "--tries", "1"]
    ended = subprocess.run(
        [*command, "--database", database],
        cwd=PROJECT,
        env=environment(),
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stderr
    figures = re.findall(r"^  . .*(median|slowest) .* goal 1000.0 ms$", ended.stdout, re.MULTILINE)
    assert len(figures) == 94
    assert re.search(r"^everything.zip: \d+ conversations to train on", ended.stdout, re.MULTILINE)
    assert re.search(r"^  . memory at its highest +\d+\.\d +goal", ended.stdout, re.MULTILINE)


def test_a_moment_of_commits_fills_the_table():
    command = [sys.executable, "-m", "tests.bench.commits", "--processes", "1,3", "--chats", "4"]
    ended = subprocess.run(
        [*command, "--seconds", "0.5"],
        cwd=PROJECT,
        env=environment(),
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stderr
    rows = re.findall(r"^(\d+) +(\d+) +([\d,]+)( +[\d.,]+){4} +\d+ %$", ended.stdout, re.MULTILINE)
    assert [row[:3] for row in rows] == [("1", "4", "200"), ("3", "12", "600")]


def test_a_moment_of_asking_under_load_fills_its_table():
    command = [sys.executable, "-m", "tests.bench.loaded", "--chats", "3", "--seconds", "1"]
    ended = subprocess.run(command, cwd=PROJECT, env=environment(), capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    rows = re.findall(r"^(\w[\w ]*?|sign-in)  +\d+ +\d+$", ended.stdout, re.MULTILINE)
    assert rows == ["list and new chat", "page of a conversation", "search", "sign-in"]
