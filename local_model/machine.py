"""What this machine has: processors, and memory that can still be taken.

Both count what a container may use (control groups, version 2), not only what the
machine has.
"""

import os
from pathlib import Path

GROUP = Path("/sys/fs/cgroup")
MEMORY = Path("/proc/meminfo")


def cores() -> int:
    """How many processors this process may use, at least one."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return max(1, min(usable or 1, _quota(GROUP) or usable or 1))


def available_memory(meminfo: Path = MEMORY, group: Path = GROUP) -> int | None:
    """Bytes that can be taken without pushing others out, or None where nobody says."""
    said = [each for each in (_on_the_machine(meminfo), _in_the_group(group)) if each is not None]
    return min(said, default=None)


def _on_the_machine(meminfo: Path) -> int | None:
    for line in _text(meminfo).splitlines():
        name, _, amount = line.partition(":")
        if name == "MemAvailable":
            return int(amount.split()[0]) * 1024
    return None


def _in_the_group(group: Path) -> int | None:
    limit, used = (_text(group / f"memory.{name}").strip() for name in ("max", "current"))
    if not limit.isdigit() or not used.isdigit():
        return None
    return max(0, int(limit) - int(used) + _reclaimable(group))


def _reclaimable(group: Path) -> int:
    """Cached files count as used, and give way."""
    for line in _text(group / "memory.stat").splitlines():
        name, _, amount = line.partition(" ")
        if name == "inactive_file":
            return int(amount)
    return 0


def _quota(group: Path) -> int | None:
    """Whole processors that the group's time amounts to: ``200000 100000`` is two."""
    quota, _, period = _text(group / "cpu.max").strip().partition(" ")
    if not quota.isdigit() or not period.isdigit():
        return None
    return max(1, int(quota) // int(period))


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
