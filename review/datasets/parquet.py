"""Parquet, where pyarrow is installed."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

AT_ONCE = 1_000  # rows of a group


def is_installed() -> bool:
    """Whether Parquet can be written here."""
    return find_spec("pyarrow") is not None


class Table:
    """A file of rows like those of ``writing.row``, a group of them in memory at a time."""

    def __init__(self, path: Path) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        message = pa.struct([("role", pa.string()), ("content", pa.string())])
        judged = pa.struct(
            [
                ("question", pa.string()),
                ("kind", pa.string()),
                ("answer", pa.int32()),
                ("value", pa.string()),
            ]
        )
        self._schema = pa.schema(
            [
                ("conversation", pa.string()),
                ("title", pa.string()),
                ("model", pa.string()),
                ("messages", pa.list_(message)),
                ("reviews", pa.int32()),
                ("agreement", pa.float64()),
                ("judged", pa.list_(judged)),
            ]
        )
        self._make = pa.Table.from_pylist
        self._file = pq.ParquetWriter(path, self._schema, compression="zstd")
        self._waiting: list[dict[str, Any]] = []

    def add(self, row: dict[str, Any]) -> None:
        """One more row."""
        self._waiting.append(row)
        if len(self._waiting) >= AT_ONCE:
            self._write()

    def close(self) -> None:
        """Write what waits, and the end of the file."""
        self._write()
        self._file.close()

    def _write(self) -> None:
        if self._waiting:
            self._file.write_table(self._make(self._waiting, schema=self._schema))
            self._waiting = []
