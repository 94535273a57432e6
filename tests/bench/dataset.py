"""What a dataset costs: the time it takes, and the memory of the process that takes it out."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.bench.goals import Goal, show

PROJECT = Path(__file__).parents[2]
MOST = 400.0  # MiB
GROWTH = 24.0  # MiB that all the rest may take beyond the first tenth
LOOK_EVERY = 0.5  # seconds


def take_out(lead: Any, directory: Path) -> None:
    """Take out all conversations, in every form, and print what that costs."""
    from django.contrib.auth.models import User

    from chat.models import Preferences
    from review.models import Dataset

    Dataset.objects.named("Everything").delete()  # of a database that was kept
    for person in User.objects.filter(username__startswith="person-"):
        Preferences.objects.change(person, may_improve=True)
    everything = Dataset.objects.create(
        name="Everything",
        formats=list(Dataset.Format.values),
        is_unique=False,
        maker=lead,
        reason="a measurement",
    )
    command = [sys.executable, str(PROJECT / "manage.py"), "export_dataset", everything.name]
    to = ["--as", lead.username, "--to", str(directory / "everything.zip")]
    known, began = exported(), time.monotonic()
    with subprocess.Popen([*command, *to], stdout=subprocess.PIPE, text=True) as taking:
        early, most = watch(taking, known)
        told = taking.stdout.read() if taking.stdout else ""
    if taking.returncode:
        raise SystemExit(f"export_dataset ended with {taking.returncode}.")
    last = told.strip().splitlines()[-1]
    print(f"{last} {time.monotonic() - began:.0f} s")
    taken = sum(map(int, re.findall(r"\b\d+\b", last.partition(": ")[2])))
    if not taken or taken != exported() - known:
        raise SystemExit(f"{taken} are taken out, and {exported() - known} are in the account.")
    show(
        "a dataset of everything",
        [
            Goal("memory at its highest", most, MOST, "MiB"),
            Goal("of that after the first tenth", max(0.0, most - early), GROWTH, "MiB"),
        ],
    )


def exported() -> int:
    """How many conversations the account has as taken out."""
    from review.models import Reading

    return Reading.objects.filter(page=Reading.Page.EXPORT).count()


def watch(taking: subprocess.Popen[str], known: int) -> tuple[float, float]:
    """The most memory of a process until a tenth is taken out, and until it ends, in MiB.

    ``known`` are those that were taken out before it began.
    """
    from chat.models import Conversation

    tenth = Conversation.objects.count() // 10
    early = most = 0.0
    while taking.poll() is None:
        most = max(most, memory(taking.pid))
        if exported() - known < tenth:
            early = most
        time.sleep(LOOK_EVERY)
    return early, most


def memory(pid: int) -> float:
    """What a process has in memory now, in MiB."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    return int(found[1]) / 1024 if found else 0.0
