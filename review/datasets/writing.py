"""The files of a dataset: one for each format and each side of the split, written line by line."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any, Protocol

import msgspec

from review.cells import safe_cell
from review.datasets import parquet
from review.datasets.examples import Example, Turn
from review.models import Dataset

Line = dict[str, Any]
_encoder = msgspec.json.Encoder()
SPEAKERS = {"system": "system", "user": "human", "assistant": "gpt"}


def openai(example: Example) -> Iterator[Line]:
    """What OpenAI's API takes for fine-tuning: ``{"messages": [{"role", "content"}]}``."""
    if example.turns:
        yield {"messages": example.turns}


def sharegpt(example: Example) -> Iterator[Line]:
    """``{"id", "conversations": [{"from", "value"}]}``."""
    if example.turns:
        told = [
            {"from": SPEAKERS[turn["role"]], "value": turn["content"]} for turn in example.turns
        ]
        yield {"id": str(example.id), "conversations": told}


def pairs(example: Example) -> Iterator[Line]:
    """``{"prompt", "chosen", "rejected", "source"}``, the first three as lists of messages."""
    for pair in example.pairs:
        yield {
            "prompt": pair.prompt,
            "chosen": [_answer(pair.chosen)],
            "rejected": [_answer(pair.rejected)],
            "source": pair.source,
        }


def row(example: Example) -> Line:
    """A conversation with what was judged of it: the columns of the tables."""
    number = {answer: at for at, answer in enumerate(example.answers, start=1)}
    return {
        "conversation": str(example.id),
        "title": example.title,
        "model": example.model,
        "messages": example.turns,
        "reviews": example.judged.reviews,
        "agreement": example.judged.agreement,
        "judged": [
            {
                "question": each.question.text,
                "kind": each.question.kind,
                "answer": number.get(each.message, 0) if each.message else None,
                "value": json.dumps(value, ensure_ascii=False),
            }
            for each, value in zip(example.judged.values, example.values, strict=True)
        ],
    }


def _answer(content: str) -> Turn:
    return {"role": "assistant", "content": content}


class Writer(Protocol):
    """Writes examples into one file."""

    def add(self, example: Example) -> int:
        """Write what this format has of it; gives how many lines or rows that were."""

    def close(self) -> None:
        """Write what is left."""


class Lines:
    """JSON, one object a line."""

    def __init__(self, path: Path, lines: Callable[[Example], Iterator[Line]]) -> None:
        self._file: IO[bytes] = path.open("wb")
        self._lines = lines

    def add(self, example: Example) -> int:
        """As many lines as the format makes of it."""
        count = 0
        for line in self._lines(example):
            self._file.write(_encoder.encode(line) + b"\n")
            count += 1
        return count

    def close(self) -> None:
        """The file is whole."""
        self._file.close()


class Cells:
    """CSV as RFC 4180 has it, in UTF-8; messages and judgements are JSON in their cells."""

    COLUMNS = ("conversation", "title", "model", "messages", "reviews", "agreement", "judged")

    def __init__(self, path: Path) -> None:
        self._file = path.open("w", encoding="utf-8", newline="")
        self._csv = csv.writer(self._file)
        self._csv.writerow(self.COLUMNS)

    def add(self, example: Example) -> int:
        """One row."""
        told = row(example)
        told |= {name: _encoder.encode(told[name]).decode() for name in ("messages", "judged")}
        self._csv.writerow([safe_cell(told[name]) for name in self.COLUMNS])
        return 1

    def close(self) -> None:
        """The file is whole."""
        self._file.close()


class Rows:
    """Parquet."""

    def __init__(self, path: Path) -> None:
        self._table = parquet.Table(path)

    def add(self, example: Example) -> int:
        """One row."""
        self._table.add(row(example))
        return 1

    def close(self) -> None:
        """The file is whole."""
        self._table.close()


FORMATS: dict[str, tuple[str, Callable[[Path], Writer]]] = {
    Dataset.Format.OPENAI: ("openai.jsonl", lambda path: Lines(path, openai)),
    Dataset.Format.SHAREGPT: ("sharegpt.jsonl", lambda path: Lines(path, sharegpt)),
    Dataset.Format.PAIRS: ("pairs.jsonl", lambda path: Lines(path, pairs)),
    Dataset.Format.CSV: ("conversations.csv", Cells),
    Dataset.Format.PARQUET: ("conversations.parquet", Rows),
}


class Files:
    """Every file of a dataset, open at once. ``rows`` counts the lines of each by its name."""

    def __init__(self, directory: Path, formats: list[str], stack: ExitStack) -> None:
        self.rows: dict[str, int] = {}
        self._writers: dict[str, list[tuple[str, Writer]]] = {"train": [], "test": []}
        for split, writers in self._writers.items():
            for each in Dataset.Format.values:
                if each in formats:
                    end, make = FORMATS[each]
                    writer = make(directory / f"{split}.{end}")
                    stack.callback(writer.close)
                    writers.append((f"{split}.{end}", writer))
                    self.rows[f"{split}.{end}"] = 0

    def add(self, example: Example, split: str) -> None:
        """Write an example into all files of its side."""
        for name, writer in self._writers[split]:
            self.rows[name] += writer.add(example)
