"""Setting up: each step once, whatever happened to the one before."""

import importlib.util
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from h2oweb import bootstrap
from h2oweb.bootstrap import Task, set_up
from h2oweb.progress import Line, Step, StepFailed

PROJECT = Path(__file__).resolve().parent.parent


@pytest.fixture
def directory(tmp_path, monkeypatch):
    """A project with nothing but an environment to keep stamps in."""
    venv = tmp_path / "a project" / ".venv"
    venv.mkdir(parents=True)
    monkeypatch.setattr(bootstrap, "PROJECT", venv.parent)
    monkeypatch.setattr(bootstrap, "VENV", venv)
    monkeypatch.setattr(bootstrap, "PYTHON", venv / "bin" / "python")
    monkeypatch.setattr(bootstrap, "STAMPS", venv / "done")
    return venv.parent


@pytest.fixture
def step():
    """A step under way."""
    return Step("Trying", Line(sys.stderr))


class Counter:
    """A task that makes ``made`` from ``wanted`` and counts how often."""

    def __init__(self, directory, fails=()):
        self.times = 0
        self.wanted = directory / "wanted"
        self.made = directory / "made"
        self.wanted.write_text("one")
        self._fails = list(fails)

    def task(self):
        return Task("A task", (self.wanted,), (self.made,), self._make)

    def _make(self, step):
        self.times += 1
        if self._fails:
            raise self._fails.pop(0)
        bootstrap.VENV.mkdir(exist_ok=True)
        self.made.write_text(self.wanted.read_text())


def test_what_is_made_is_not_made_again(directory):
    counter = Counter(directory)
    set_up([counter.task()])
    set_up([counter.task()])
    assert counter.times == 1


def test_a_changed_list_is_made_again(directory):
    counter = Counter(directory)
    set_up([counter.task()])
    counter.wanted.write_text("two")
    set_up([counter.task()])
    assert counter.made.read_text() == "two"


def test_what_was_removed_is_made_again(directory):
    counter = Counter(directory)
    set_up([counter.task()])
    counter.made.unlink()
    set_up([counter.task()])
    assert counter.made.exists()


def test_what_failed_is_tried_again_in_the_same_place(directory):
    counter = Counter(directory, fails=[StepFailed("no network")])
    keepsake = directory / ".venv" / "keepsake"
    keepsake.touch()
    with pytest.raises(StepFailed):
        set_up([counter.task()])
    set_up([counter.task()])
    assert counter.times == 2
    assert keepsake.exists()


def test_what_was_broken_off_is_begun_in_a_new_environment(directory):
    (directory / ".venv" / "done").mkdir()
    counter = Counter(directory, fails=[KeyboardInterrupt()])
    half_a_package = directory / ".venv" / "half-a-package"
    half_a_package.touch()
    with pytest.raises(KeyboardInterrupt):
        set_up([counter.task()])
    set_up([counter.task()])
    assert counter.made.exists()
    assert not half_a_package.exists()


def test_two_at_once_wait_for_each_other(directory):
    order = []

    def second():
        with bootstrap.one_at_a_time():
            order.append("second")

    with bootstrap.one_at_a_time():
        other = threading.Thread(target=second)
        other.start()
        time.sleep(0.1)
        order.append("first")
    other.join()
    assert order == ["first", "second"]


def test_what_an_installation_wants_besides_is_installed_where_it_is_named(
    directory, step, monkeypatch
):
    installed = []
    monkeypatch.setattr(bootstrap, "pip_install", lambda _, *what: installed.append(what))
    assert "Own packages" not in {task.name for task in bootstrap.tasks(for_tests=False)}
    own = directory / "own-requirements.txt"
    own.write_text("opentelemetry-sdk")
    (task,) = (task for task in bootstrap.tasks(for_tests=False) if task.name == "Own packages")
    task.make(step)
    assert installed == [("-r", own)]
    (directory / "requirements.lock").touch()
    first = task.digest()
    own.write_text("another")
    assert task.digest() != first


def test_a_python_without_venv_is_told_in_a_sentence(step, directory, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(StepFailed, match=r"sudo apt install python3\.\d+-venv"):
        bootstrap.make_environment(step)


def test_an_old_python_is_told_in_a_sentence(monkeypatch, tmp_path):
    monkeypatch.setattr(bootstrap, "OLDEST", (9, 0))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SystemExit) as told:
        bootstrap.use_a_newer_python()
    assert str(told.value).startswith("Python 9.0 or newer is needed, and this is 3.")


@pytest.mark.parametrize("package", ["chromium", "nginx", "systemd"])
def test_without_the_right_to_install_a_package_its_command_is_named(
    package, step, monkeypatch, tmp_path
):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(StepFailed, match=f"sudo apt install {package};"):
        getattr(bootstrap, f"install_{package}")(step)


def test_an_environment_that_works_is_taken_as_it_is():
    assert bootstrap.is_working(Path(sys.executable).absolute()) == (
        Path(sys.prefix) == bootstrap.VENV
    )
    assert not bootstrap.is_working(PROJECT / "no" / "python")


def test_a_machine_without_node_is_noticed(monkeypatch, tmp_path):
    monkeypatch.setattr(bootstrap, "VENV", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not bootstrap.has_node()


def test_an_old_node_is_none(monkeypatch, tmp_path):
    for name in ("node", "npm"):
        (tmp_path / name).write_text("#!/bin/sh\necho v18.19.0\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setattr(bootstrap, "VENV", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not bootstrap.has_node()


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("Collecting Django==5.2.19 (from -r requirements.txt (line 5))\n", "Django"),
        ("Installing collected packages: a, b\n", "putting them in place"),
        ("  Using cached x.whl\n", ""),
    ],
)
def test_pip_is_read(line, name):
    assert bootstrap.name_of_package(line) == name


def test_a_failed_command_shows_its_end(step, tmp_path):
    with pytest.raises(StepFailed, match="line 99"):
        step.run(
            [sys.executable, "-c", "for n in range(100): print('line', n)\nexit(3)"], cwd=tmp_path
        )


def test_the_help_of_make_names_every_target():
    listed = subprocess.run(
        ["make", "--no-print-directory", "help"], cwd=PROJECT, capture_output=True, text=True
    ).stdout
    makefile = (PROJECT / "Makefile").read_text()
    targets = set(makefile.split(".PHONY:")[1].split("\n")[0].split()) - {"setup"}
    assert {line.split()[1] for line in listed.splitlines()} == targets
