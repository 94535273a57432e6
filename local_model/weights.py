"""A model file on the disk, with what there is to know to run it and to show it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from chat.wire.sentences import sentence
from local_model import machine
from local_model.catalogue import NOTICE, SMALL, Model, Sampling
from local_model.errors import LoadFailed, Unusable, megabytes
from local_model.gguf import Header, read_header

PARALLEL = 4  # conversations answered at once
CONTEXT = 4096  # tokens for each; reading more than 3,000 takes longer than people wait
LEAST_CONTEXT = 2048  # tokens; below this a conversation has hardly a second turn
CONTEXT_STEP = 1024
WORK_SPACE = 256 << 20  # bytes: compute buffers, the cache of prompts, the interpreter


@dataclass(frozen=True)
class Weights:
    """A model that can be run. ``context`` is in tokens, for each of the conversations."""

    name: str
    label: str
    path: Path
    notice: str
    context: int
    sampling: Sampling


def of_model(model: Model, path: Path) -> Weights:
    """A model of the catalogue.

    Raises LoadFailed if its file is broken, Unusable if there is too little memory now.
    """
    return Weights(
        name=model.name,
        label=model.label,
        path=path,
        context=_fitting(model.context, path, read_header(path)),
        notice=_notice(path),
        sampling=model.sampling,
    )


def of_file(path: Path) -> Weights:
    """Any GGUF file. Raises as above, and LoadFailed if it is no such file."""
    if path.is_dir():
        raise LoadFailed(sentence("it is a directory, not a file"))
    header = read_header(path)
    return Weights(
        name=path.stem,
        label=header.name or path.stem,
        path=path,
        context=_fitting(CONTEXT, path, header),
        notice=_notice(path),
        sampling=Sampling(),
    )


def memory_needed(size: int, header: Header, context: int) -> int:
    """Bytes that a file of this size takes when loaded, rather more than less.

    Measured: the file itself (mapped), up to its half again where weights are packed anew
    for the processor, keys and values of every conversation's context, and work space.
    """
    return size * 3 // 2 + PARALLEL * context * header.cache_per_token + WORK_SPACE


def _fitting(wanted: int, path: Path, header: Header) -> int:
    """The longest context, up to what is wanted, for which there is memory."""
    size = path.stat().st_size
    longest = min(wanted, header.context or wanted)
    available = machine.available_memory()
    if available is None:
        return longest
    context = longest
    while context > LEAST_CONTEXT and memory_needed(size, header, context) > available:
        context = max(LEAST_CONTEXT, context - CONTEXT_STEP)
    needed = memory_needed(size, header, context)
    if needed > available:
        raise Unusable(
            sentence("it needs {needed} of memory, and {available} are available").format(
                needed=megabytes(needed), available=megabytes(available)
            )
        )
    return context


def _notice(path: Path) -> str:
    return NOTICE if path.stat().st_size < SMALL else ""
