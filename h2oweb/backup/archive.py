"""The file of a backup: a compressed tar of ``manifest.json`` and the files that it lists.

The manifest comes first. It has the SHA-256 of each file, so that damage is found before
anything is restored. It is no signature: who can write to a backup can write a new one.
"""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

import msgspec

FORMAT = 1
MANIFEST = "manifest.json"
PARTIAL = "whole.tar.gz"  # the archive until it has its name
MAX_MANIFEST = 10_000_000  # bytes
CHUNK = 1 << 20  # bytes
FOR_ITS_USER_ONLY = 0o600


class BackupError(Exception):
    """Why a backup cannot be made or restored, in a sentence for a person."""


class Facts(msgspec.Struct, frozen=True):
    """What was counted in a database, and sentences about what is wrong there."""

    rows: dict[str, int]  # by table
    faults: list[str]


class Manifest(msgspec.Struct, frozen=True):
    """What a backup says of itself."""

    format: int
    made_at: str  # ISO 8601, UTC
    version: str  # of the application
    database: str  # "sqlite" or "postgresql"
    tool: int  # the major version of pg_dump; 0 for SQLite
    key: str  # a fingerprint of SECRET_KEY
    migrations: list[tuple[str, str]]  # those applied: app and name
    facts: Facts
    files: dict[str, str]  # SHA-256 by name
    transcript_key: str = ""  # a fingerprint of TRANSCRIPT_KEY; older backups have none


def digests(directory: Path) -> dict[str, str]:
    """The SHA-256 of each file below a directory, by its relative name."""
    found = sorted(path for path in directory.rglob("*") if path.is_file())
    return {path.relative_to(directory).as_posix(): _digest_of(path) for path in found}


def pack(directory: Path, manifest: Manifest, to: Path) -> None:
    """Write the archive, for its user only and never over a file; it has its name once verified.

    Until then it lies in ``directory``, which is in the file system of ``to``.
    """
    partial = directory / PARTIAL
    try:
        with open(partial, "xb", opener=_private) as file:
            with tarfile.open(fileobj=file, mode="w:gz", compresslevel=1) as tar:
                _add(tar, MANIFEST, msgspec.json.format(msgspec.json.encode(manifest)))
                for name in manifest.files:
                    tar.add(directory / name, name, filter=_plain)
            file.flush()
            os.fsync(file.fileno())
        read(partial)
        _give_name(partial, to)
    except FileExistsError as error:
        raise BackupError(f"{to} is there already.") from error
    except OSError as error:
        raise BackupError(f"{to} cannot be written: {error.strerror}.") from error


def _give_name(file: Path, name: Path) -> None:
    """Give a file its name, unless there is one of that name already."""
    try:
        name.hardlink_to(file)
    except FileExistsError:
        raise
    except OSError:  # of a file system without hard links, as FAT or one of a network
        name.touch(FOR_ITS_USER_ONLY, exist_ok=False)
        file.replace(name)


def read(path: Path, into: Path | None = None) -> Manifest:
    """The manifest, after every file was compared with it and, if asked, written ``into`` there.

    Raises BackupError if anything is missing, too much, or other than the manifest says.
    """
    with _opened(path) as tar:
        members = iter(tar)
        manifest = _manifest(path, tar, next(members, None))
        missing = dict(manifest.files)
        for member in members:
            wanted = missing.pop(member.name, None)
            file = tar.extractfile(member) if member.isreg() and wanted else None
            if file is None or not _is_inside(member.name):
                raise BackupError(f"{path} has a file that its manifest does not: {member.name}.")
            if _copy(file, into and into / member.name) != wanted:
                raise BackupError(f"{path} is damaged: {member.name} is not what was put in.")
        if missing:
            raise BackupError(f"{path} is not whole: {', '.join(missing)} is missing.")
    return manifest


@contextmanager
def _opened(path: Path) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(path, "r:gz") as tar:
            yield tar
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise BackupError(f"{path} is damaged, or no backup: {error}.") from error
    except OSError as error:
        raise BackupError(f"{path} cannot be read: {error.strerror or error}.") from error


def _manifest(path: Path, tar: tarfile.TarFile, member: tarfile.TarInfo | None) -> Manifest:
    file = tar.extractfile(member) if member and member.name == MANIFEST else None
    if file is None:
        raise BackupError(f"{path} is no backup: it does not begin with a manifest.")
    try:
        manifest = msgspec.json.decode(file.read(MAX_MANIFEST), type=Manifest)
    except msgspec.DecodeError as error:
        raise BackupError(f"{path} has a manifest that cannot be read: {error}.") from error
    if manifest.format != FORMAT:
        raise BackupError(f"{path} has format {manifest.format}; this version reads {FORMAT}.")
    return manifest


def _copy(file: IO[bytes], to: Path | None) -> str:
    """Read a file to its end, and write it if there is a place. Returns its SHA-256."""
    digest = hashlib.sha256()
    if to is None:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
        return digest.hexdigest()
    to.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with open(to, "xb", opener=_private) as written:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
            written.write(chunk)
    return digest.hexdigest()


def _digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return _copy(file, None)


def _is_inside(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    tar.addfile(_plain(member), io.BytesIO(content))


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Without the names of this machine's users."""
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mode = FOR_ITS_USER_ONLY
    return member


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, FOR_ITS_USER_ONLY)
