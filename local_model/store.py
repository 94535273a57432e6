"""The directory of model files, shared by all copies of the application on a machine.

A file in it is whole: it was put together under another name, compared with its SHA-256
and then moved into place. Beside it lies that SHA-256, as ``sha256sum -c`` reads it.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from chat.wire.sentences import sentence
from local_model.catalogue import Model
from local_model.errors import FetchFailed, megabytes
from local_model.gguf import MAGIC

BLOCK = 1 << 20  # bytes read at a time
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
LOOK = 0.2  # seconds between two looks whether another process is done


class Store:
    """Model files in one directory."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def path(self, model: Model) -> Path:
        """Where the model's file is, or would be."""
        return self.directory / model.file

    def stored(self, model: Model) -> Path | None:
        """The model's file, if it is there and has the right length."""
        path = self.path(model)
        try:
            with path.open("rb") as file:
                starts_well = file.read(len(MAGIC)) == MAGIC
                length = os.fstat(file.fileno()).st_size
        except OSError:
            return None
        return path if starts_well and model.size in (None, length) else None

    def discard_if_broken(self, model: Model) -> bool:
        """Remove the model's file if its bytes are not what they were. Says whether it was."""
        path = self.path(model)
        expected = model.sha256 or _noted_hash(path)
        if expected is None or hash_file(path).hexdigest() == expected:
            return False
        path.unlink()
        return True

    @contextmanager
    def locked(self, model: Model, wait: Callable[[], None]) -> Iterator[None]:
        """Be the only process that fetches this model; ``wait`` is called while one is not."""
        with disk_errors():
            self.directory.mkdir(parents=True, exist_ok=True)
            lock = self.path(model).with_suffix(".lock").open("wb")
        with lock:
            while not _taken(lock.fileno()):
                wait()
                time.sleep(LOOK)
            yield

    def need_room(self, size: int) -> None:
        """Raise FetchFailed if the disk does not have this many bytes left."""
        free = shutil.disk_usage(self.directory).free
        if free < size:
            raise FetchFailed(
                sentence("it needs {needed} of disk space, and {free} are free").format(
                    needed=megabytes(size), free=megabytes(free)
                )
            )


class Part:
    """A file that is being put together: hashed while it is written, moved when it is whole.

    Its name holds the hash that is expected, so what an earlier attempt left can only be
    the beginning of the same file. ``size`` is its length so far, in bytes.
    """

    def __init__(self, target: Path, *, sha256: str, total: int) -> None:
        self.target, self.sha256, self.total = target, sha256, total
        self.path = target.with_name(f"{target.name}.{sha256[:12]}.part")
        self._hash = hash_file(self.path)
        self.size = self.path.stat().st_size if self.path.exists() else 0

    def write(self, chunks: Iterator[bytes], watch: Callable[[int], None]) -> None:
        """Append bytes; ``watch`` is told the length so far.

        Raises FetchFailed when the disk is full or there are more bytes than expected.
        """
        try:
            with self.path.open("ab") as file:
                for chunk in chunks:
                    self._accept(chunk)
                    file.write(chunk)
                    watch(self.size)
        except OSError as error:
            self.discard()  # its length is not known any more, and its room is wanted
            raise FetchFailed(_disk_trouble(error)) from error

    def finish(self) -> Path:
        """Move the whole file into place. Raises FetchFailed if it is not what was expected."""
        if self.size < self.total:
            raise FetchFailed(
                sentence("its file ended after {size} of {total}").format(
                    size=megabytes(self.size), total=megabytes(self.total)
                )
            )
        if self._hash.hexdigest() != self.sha256:
            self.discard()
            raise FetchFailed(
                sentence("the file that came is not the one expected: its SHA-256 differs")
            )
        with disk_errors():
            _hash_note(self.target).write_text(f"{self.sha256}  {self.target.name}\n")
            return self.path.replace(self.target)

    def cut(self, size: int) -> None:
        """Go back to this length, which is at most the present one."""
        if size != self.size:
            with disk_errors():
                os.truncate(self.path, size)
                self._hash, self.size = hash_file(self.path), size

    def discard(self) -> None:
        """Begin again from nothing."""
        self.path.unlink(missing_ok=True)
        self._hash, self.size = hashlib.sha256(), 0

    def _accept(self, chunk: bytes) -> None:
        if self.size + len(chunk) > self.total:
            self.discard()
            raise FetchFailed(sentence("the file that came is not the one expected: it is longer"))
        self._hash.update(chunk)
        self.size += len(chunk)


def hash_file(path: Path) -> hashlib._Hash:
    """The SHA-256 of a file so far, or of nothing if it is not there."""
    hashed = hashlib.sha256()
    if path.exists():
        with path.open("rb") as file:
            while block := file.read(BLOCK):
                hashed.update(block)
    return hashed


@contextmanager
def disk_errors() -> Iterator[None]:
    """Raise FetchFailed where something cannot be written."""
    try:
        yield
    except OSError as error:
        raise FetchFailed(_disk_trouble(error)) from error


def _disk_trouble(error: OSError) -> str:
    if error.errno in FULL:
        return sentence("the disk is full")
    return sentence("its file cannot be written ({reason})").format(reason=error.strerror)


def _taken(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _hash_note(path: Path) -> Path:
    return path.with_name(f"{path.name}.sha256")


def _noted_hash(path: Path) -> str | None:
    try:
        return _hash_note(path).read_text().split()[0]
    except (OSError, IndexError):
        return None
