import os
from pathlib import Path

from local_model import machine

MEMINFO = "MemTotal:       24683000 kB\nMemFree:  100 kB\nMemAvailable:   2048 kB\n"


def group(directory: Path, **files: str) -> Path:
    for name, text in files.items():
        (directory / f"memory.{name}").write_text(text)
    return directory


def meminfo(directory: Path) -> Path:
    path = directory / "meminfo"
    path.write_text(MEMINFO)
    return path


def test_this_machine_has_processors_and_memory():
    assert 1 <= machine.cores() <= (os.cpu_count() or 1)
    available = machine.available_memory()
    assert available is not None
    assert available > 50_000_000


def test_available_memory_is_what_the_system_calls_so(tmp_path):
    assert machine.available_memory(meminfo(tmp_path), tmp_path / "none") == 2048 * 1024


def test_a_containers_limit_counts_when_it_is_lower(tmp_path):
    limited = group(tmp_path, max="1000000\n", current="900000\n", stat="inactive_file 50000\n")
    assert machine.available_memory(meminfo(tmp_path), limited) == 150_000


def test_a_container_over_its_limit_has_nothing(tmp_path):
    limited = group(tmp_path, max="1000000\n", current="1100000\n", stat="anon 3\n")
    assert machine.available_memory(meminfo(tmp_path), limited) == 0


def test_a_container_without_a_limit_has_what_the_machine_has(tmp_path):
    unlimited = group(tmp_path, max="max\n", current="900000\n")
    assert machine.available_memory(meminfo(tmp_path), unlimited) == 2048 * 1024


def test_where_nobody_says_nothing_is_known(tmp_path):
    assert machine.available_memory(tmp_path / "none", tmp_path) is None


def test_a_share_of_processor_time_is_taken_for_whole_processors(tmp_path):
    for text, expected in {
        "250000 100000\n": 2,
        "50000 100000\n": 1,
        "max 100000\n": None,
    }.items():
        (tmp_path / "cpu.max").write_text(text)
        assert machine._quota(tmp_path) == expected
