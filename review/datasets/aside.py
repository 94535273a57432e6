"""What a taking has to remember of each conversation, on disk, however many there are."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from uuid import UUID

BATCH = 100  # conversations that are in memory at once


class _OnDisk:
    """Keys of bytes, in a file that has no name and is gone with its connection."""

    def __init__(self) -> None:
        self._rows = sqlite3.connect("", isolation_level=None)
        self._rows.execute("PRAGMA journal_mode=OFF")
        self._rows.execute("PRAGMA synchronous=OFF")
        self._rows.execute("CREATE TABLE kept (key BLOB PRIMARY KEY) WITHOUT ROWID")

    def close(self) -> None:
        """Forget them."""
        self._rows.close()


class Seen(_OnDisk):
    """Hashes that have been."""

    def add(self, digest: bytes) -> bool:
        """Remember a hash. False if it has been."""
        return self._rows.execute("INSERT OR IGNORE INTO kept VALUES (?)", [digest]).rowcount == 1


class SortedIds(_OnDisk):
    """Each of these ids once, in order."""

    def __init__(self, ids: Iterable[Iterable[UUID]]) -> None:
        super().__init__()
        for some in ids:
            keys = [(each.bytes,) for each in some]
            self._rows.executemany("INSERT OR IGNORE INTO kept VALUES (?)", keys)

    def __len__(self) -> int:
        (count,) = self._rows.execute("SELECT count(*) FROM kept").fetchone()
        return int(count)

    def batches(self) -> Iterator[list[UUID]]:
        """So many at a time."""
        last = b""
        after = "SELECT key FROM kept WHERE key > ? ORDER BY key LIMIT ?"
        while keys := [key for (key,) in self._rows.execute(after, [last, BATCH])]:
            yield [UUID(bytes=key) for key in keys]
            last = keys[-1]
