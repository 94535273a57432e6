"""The supervisor: chooses a model, fetches it, runs it, and tells how it stands.

It serves until it is ended. A model that crashes is started again, more slowly each time;
one that cannot be used gives way to the next smaller one where nobody chose it; and when
nothing can be used, all is tried again after a while.
"""

from __future__ import annotations

import contextlib
import fcntl
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

from chat.wire.sentences import sentence
from local_model import catalogue, weights
from local_model.catalogue import Model
from local_model.errors import LoadFailed, Unusable, clause
from local_model.fetch import fetch
from local_model.process import ModelProcess
from local_model.progress import Progress
from local_model.status import State, Status, StatusFile
from local_model.store import Store
from local_model.weights import Weights

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 60.0  # seconds before a crashed model is started again
SOUND = 60.0  # seconds after which a model that ran is one that runs
FIRST_RETRY, LAST_RETRY = 5.0, 300.0  # seconds before everything is tried again
SOON = 0.25  # seconds between two status files while fetching
TAKE_OVER = 5.0  # seconds that a supervisor which is ending gets to be gone

FETCHING = sentence("The built-in model {model} is being fetched.")
LOADING = sentence("The built-in model {model} is being loaded.")
READY = sentence("The built-in model {model} is ready.")
STARTED_AGAIN = sentence("The built-in model {model} ended unexpectedly and is started again.")
UNUSABLE = sentence("The built-in model cannot be used: {reasons}.")
NONE_USABLE = sentence("No built-in model can be used: {reasons}.")


class AlreadyRunning(Exception):
    """Another supervisor has the directory."""


class Supervisor:
    """Runs one model at a time for one data directory.

    ``choice`` is a name of the catalogue, the path of a GGUF file (relative ones start at
    ``base``) or empty, and what cannot be used is told to ``progress``.
    """

    def __init__(
        self, choice: str, *, base: Path, store: Store, status: StatusFile, progress: Progress
    ) -> None:
        self._choice, self._base = choice, base
        self._store, self._status, self._progress = store, status, progress
        self._written = 0.0
        self._said: set[str] = set()

    def run(self) -> NoReturn:
        """Serve until an exception ends it. Raises AlreadyRunning."""
        with only_one(self._status.path.with_name("lock")):
            try:
                pause = FIRST_RETRY
                while True:
                    self._serve_the_first()
                    time.sleep(pause)
                    pause = min(2 * pause, LAST_RETRY)
            finally:
                self._status.remove()

    def _serve_the_first(self) -> None:
        """Serve the first model that can be used; returns when there is none."""
        reasons: list[str] = []
        for candidate in self._candidates():
            try:
                self._serve(candidate)
            except (Unusable, OSError) as error:
                reasons.append(clause(error))
                self._say(f"{_label(candidate)} cannot be used: {reasons[-1]}.")
        self._fail(reasons)

    def _candidates(self) -> tuple[Model | Path, ...]:
        if not self._choice:
            return in_order(self._store)
        if model := catalogue.BY_NAME.get(self._choice):
            return (model,)
        return (self._base / Path(self._choice).expanduser(),)

    def _serve(self, candidate: Model | Path) -> NoReturn:
        """Serve a model for as long as it can be served. Raises Unusable."""
        if isinstance(candidate, Path):
            self._keep_running(lambda: weights.of_file(candidate))
        try:
            self._serve_known(candidate)
        except LoadFailed:
            if not self._store.discard_if_broken(candidate):
                raise
            self._serve_known(candidate)

    def _serve_known(self, model: Model) -> NoReturn:
        if not self._store.stored(model):
            self._tell_fetching(model, 0, model.size or 0)
        path = fetch(model, self._store, lambda done, total: self._watch(model, done, total))
        self._keep_running(lambda: weights.of_model(model, path))

    def _watch(self, model: Model, done: int, total: int) -> None:
        self._progress.show(model.label, done, total)
        now = time.monotonic()
        if now - self._written >= SOON:
            self._written = now
            self._tell_fetching(model, done, total)

    def _tell_fetching(self, model: Model, done: int, total: int) -> None:
        self._tell(
            Status(
                "fetching",
                name=model.name,
                label=model.label,
                detail=FETCHING.format(model=model.label),
                notice=catalogue.NOTICE,
                done=done,
                total=total,
            )
        )

    def _keep_running(self, measured: Callable[[], Weights]) -> NoReturn:
        """Run a model, again and again if it crashes. Raises LoadFailed if it cannot be run."""
        pause = FIRST_PAUSE
        while True:
            started = time.monotonic()
            self._run_once(measured())
            if time.monotonic() - started > SOUND:
                pause = FIRST_PAUSE
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    def _run_once(self, model: Weights) -> None:
        """Run a model until it ends by itself. Raises LoadFailed."""
        loading = LOADING.format(model=model.label)
        self._tell(_status("loading", model, loading))
        with ModelProcess(model) as process:
            url = process.wait_until_loaded()
            ready = READY.format(model=model.label)
            self._tell(_status("ready", model, ready, url=url, api_key=process.api_key))
            self._said.clear()
            self._say(ready)
            process.wait()
        again = STARTED_AGAIN.format(model=model.label)
        self._tell(_status("loading", model, again))
        self._say(again)

    def _fail(self, reasons: list[str]) -> None:
        """Tell that nothing can be used, and why."""
        different = "; ".join(dict.fromkeys(reasons))
        failed = UNUSABLE if self._choice else NONE_USABLE
        self._tell(Status("failed", detail=failed.format(reasons=different)))

    def _tell(self, status: Status) -> None:
        try:
            self._status.write(status)
        except OSError as error:
            self._say(f"{self._status.path} cannot be written: {error.strerror}.")

    def _say(self, said: str) -> None:
        """Say it on the terminal, once until a model is ready: all is tried again and again."""
        if said not in self._said:
            self._progress.say(said)
        self._said.add(said)


def _status(state: State, model: Weights, detail: str, url: str = "", api_key: str = "") -> Status:
    return Status(
        state,
        name=model.name,
        label=model.label,
        detail=detail,
        notice=model.notice,
        url=url,
        api_key=api_key,
        context=model.context,
    )


def _label(candidate: Model | Path) -> str:
    return str(candidate) if isinstance(candidate, Path) else candidate.label


def in_order(store: Store) -> tuple[Model, ...]:
    """What to try where nobody chose: good models that are here, others, the last resort."""
    here = [model for model in catalogue.DEFAULTS if store.stored(model)]
    elsewhere = [model for model in catalogue.DEFAULTS if model not in here]
    return (*here, *elsewhere, catalogue.LAST_RESORT)


@contextlib.contextmanager
def only_one(path: Path) -> Iterator[None]:
    """Be the only one who holds this lock file. Raises AlreadyRunning."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with path.open("wb") as lock:
        latest = time.monotonic() + TAKE_OVER
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > latest:
                    raise AlreadyRunning from None
                time.sleep(0.1)
        yield
