"""Taking a dataset out: one pass over its conversations, then a zip with a manifest."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import ExitStack, closing
from importlib.metadata import version
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from django.conf import settings
from django.contrib.auth.models import User

from chat.wire.sentences import sentence
from review import finding, report
from review.agreement import Estimate
from review.datasets import parquet
from review.datasets.aside import Seen
from review.datasets.examples import Example, example, gather
from review.datasets.selecting import Selection
from review.datasets.writing import Files
from review.masking import redactor
from review.models import Dataset, Queue, Reading

FORM = 1  # of the manifest
EVER = (1980, 1, 1, 0, 0, 0)  # the time of every file in a zip, so that the same is the same
Told = Callable[[int], None]


class Unmade(Exception):
    """A dataset cannot be made; the text is a sentence for a person."""


class Making:
    """One taking of one dataset by one person.

    ``left_out`` counts by reason the conversations that fit and are not in it.
    """

    def __init__(self, dataset: Dataset, person: User) -> None:
        self._dataset = dataset
        self._person = person
        self._names = listed(dataset)
        self.left_out: Counter[str] = Counter()
        self.kept: Counter[str] = Counter({"train": 0, "test": 0})
        self.selection = Selection(dataset)
        self._queues: set[int] = set()  # in which it was judged

    def write(self, target: Path, total: int, told: Told) -> dict[str, Any]:
        """Make the zip at ``target`` and return its manifest. ``told`` hears how many are done.

        Raises Unmade.
        """
        if Dataset.Format.PARQUET in self._dataset.formats and not parquet.is_installed():
            raise Unmade(sentence("Parquet needs pyarrow, which is not installed here."))
        with tempfile.TemporaryDirectory(dir=target.parent) as place:
            directory = Path(place)
            rows = self._write_files(directory, total, told)
            manifest = self._manifest(directory, rows)
            unfinished = directory / "dataset.zip"
            _pack(unfinished, directory, [*rows], manifest)
            shutil.move(unfinished, target)
        return manifest

    def _write_files(self, directory: Path, total: int, told: Told) -> dict[str, int]:
        done = 0
        with ExitStack() as stack:
            stack.callback(self.selection.close)
            seen = stack.enter_context(closing(Seen()))
            files = Files(directory, self._dataset.formats, stack)
            for batch in self.selection.batches():
                done += len(batch)
                self._add(batch, seen, files)
                told(done)
        self.left_out["not allowed"] = max(0, total - done)
        return files.rows

    def _add(self, batch: list[Any], seen: Seen, files: Files) -> None:
        """Write what is kept of these conversations, once the account says so."""
        found = gather(batch, self._dataset.queue)
        made = [example(each, found[each.pk], self._mask(each.owner)) for each in batch]
        kept = [each for each in made if self._is_kept(each, seen)]
        wanted = {each.id for each in kept}
        Reading.objects.note(
            self._person,
            Reading.Page.EXPORT,
            self._dataset.reason,
            (each for each in batch if each.pk in wanted),
            detail=self._dataset.name,
            is_masked=self._dataset.is_redacted,
        )
        for each in kept:
            self._queues |= {mark.judgement.item.queue_id for mark in found[each.id].marks}
            split = side(each, self._dataset)
            self.kept[split] += 1
            files.add(each, split)

    def _is_kept(self, made: Example, seen: Seen) -> bool:
        least = self._dataset.least_agreement / 100
        why = ""
        if not made.turns and not made.pairs:
            why = "no whole answer"
        elif least and (made.judged.agreement is None or made.judged.agreement < least):
            why = "too little agreement"
        elif self._dataset.is_unique and not seen.add(made.words):
            why = "same words"
        if why:
            self.left_out[why] += 1
        return not why

    def _mask(self, owner: User) -> Callable[[str], str]:
        if not self._dataset.is_redacted:
            return str
        return redactor(owner, self._names).mask

    def _manifest(self, directory: Path, rows: dict[str, int]) -> dict[str, Any]:
        return {
            "form": FORM,
            "dataset": self._dataset.name,
            **_rules(self._dataset),
            "conversations": dict(self.kept),
            "left_out": dict(sorted(self.left_out.items())),
            "agreement": _agreement(self._queues),
            "files": [_file(directory / name, count) for name, count in rows.items()],
            "versions": _versions(self._dataset),
        }


def side(made: Example, dataset: Dataset) -> str:
    """``train`` or ``test``: by the conversation's id and the seed, whatever else is chosen."""
    drawn = hashlib.sha256(f"{dataset.seed}:{made.id}".encode()).digest()
    share = int.from_bytes(drawn[:8], "big") / 2**64
    return "test" if share < dataset.test_share / 100 else "train"


def listed(dataset: Dataset) -> list[str]:
    """The names that it masks besides those of the people themselves."""
    return [line.strip() for line in dataset.names.splitlines() if line.strip()]


def _rules(dataset: Dataset) -> dict[str, Any]:
    queue = dataset.queue
    return {
        "queue": queue and {"name": queue.name, "rubric": str(queue.rubric), "query": queue.query},
        "filter": finding.form_of(dataset.query).query if queue is None else "",
        "least_agreement": dataset.least_agreement,
        "test_share": dataset.test_share,
        "seed": dataset.seed,
        "consent": "said" if dataset.only_said or not settings.CONSENT_IS_ASSUMED else "assumed",
        "redacted": dataset.is_redacted,
        "masking": _masking(dataset) if dataset.is_redacted else None,
        "unique": dataset.is_unique,
    }


def _masking(dataset: Dataset) -> dict[str, Any]:
    """What decides what is masked; the names only by a hash, since they are what nobody is told."""
    digest = hashlib.sha256("\n".join(listed(dataset)).encode()).hexdigest()
    return {"names_sha256": digest, "regions": list(settings.REDACTION_REGIONS)}


def _agreement(queues: Iterable[int]) -> list[dict[str, Any]]:
    """How far the reviewers agree, by question of each queue in which any of it was judged."""
    return [
        {
            "queue": queue.name,
            "question": each.question,
            "units": each.units,
            "mean_cohen": _rounded(each.mean_kappa),
            **{name: _rounded(found.value) for name, found in _estimates(each)},
            "intervals": {
                name: [_rounded(found.low), _rounded(found.high)]
                for name, found in _estimates(each)
            },
        }
        for queue in Queue.objects.filter(pk__in=queues).select_related("rubric").order_by("name")
        for each in report.of(queue).agreements
    ]


def _estimates(of: report.Agreement) -> Iterable[tuple[str, Estimate]]:
    return zip(COEFFICIENTS, (each.estimate for each in of.coefficients), strict=False)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)


#: In the order in which ``report`` gives them.
COEFFICIENTS = ("percent", "fleiss", "alpha_nominal", "alpha_ordinal", "alpha_interval")


def _file(path: Path, rows: int) -> dict[str, Any]:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"name": path.name, "sha256": digest, "bytes": path.stat().st_size, "rows": rows}


def _versions(dataset: Dataset) -> dict[str, str]:
    used = ["Django"]
    used += ["phonenumbers", "python-stdnum"] if dataset.is_redacted else []
    used += ["pyarrow"] if Dataset.Format.PARQUET in dataset.formats else []
    return {name: version(name) for name in used}


def _pack(target: Path, directory: Path, names: list[str], manifest: dict[str, Any]) -> None:
    with ZipFile(target, "w") as zipped:
        for name in names:
            with (directory / name).open("rb") as file, zipped.open(_entry(name), "w") as packed:
                shutil.copyfileobj(file, packed)
        text = json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True)
        with zipped.open(_entry("manifest.json"), "w") as packed:
            packed.write(f"{text}\n".encode())


def _entry(name: str) -> ZipInfo:
    entry = ZipInfo(name, EVER)
    entry.compress_type = ZIP_DEFLATED
    entry.external_attr = 0o600 << 16
    return entry
