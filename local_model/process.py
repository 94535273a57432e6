"""The model's process, as the supervisor sees it."""

from __future__ import annotations

import collections
import os
import re
import secrets
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import IO

import msgspec

from local_model import machine
from local_model.child import KEY, Answer, Settings
from local_model.errors import LoadFailed
from local_model.weights import PARALLEL, Weights

PROJECT = Path(__file__).resolve().parent.parent
PATIENCE = 0.5  # seconds that it gets to end by itself
LAST_WORDS = 50  # lines

CRASHES = {
    signal.SIGILL: "this processor lacks instructions that it needs (AVX2)",
    signal.SIGKILL: "the system ended it while it was loading, most likely for want of memory",
}


class ModelProcess:
    """A process that loads and serves a model, from ``with`` to its end."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self._last_words: collections.deque[str] = collections.deque(maxlen=LAST_WORDS)
        self.api_key = secrets.token_urlsafe(32)

    def __enter__(self) -> ModelProcess:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "local_model.child", self._settings()],
            cwd=PROJECT,
            env={**os.environ, KEY: self.api_key},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        errors = self._pipe(self._process.stderr)
        self._listener = threading.Thread(target=self._last_words.extend, args=(errors,))
        self._listener.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End it, whatever it is at."""
        self._pipe(self._process.stdin).close()
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._listener.join()
        self._pipe(self._process.stdout).close()
        self._pipe(self._process.stderr).close()

    def wait_until_loaded(self) -> str:
        """The address of its HTTP interface. Raises LoadFailed when it has none to give."""
        line = self._pipe(self._process.stdout).readline()
        answer = msgspec.json.decode(line, type=Answer) if line else Answer()
        if answer.url:
            return answer.url
        code = self._process.wait()
        self._listener.join()
        raise LoadFailed(why_it_ended(code, answer.error, self._last_words))

    def wait(self) -> int:
        """Wait until it ends, and return its exit code."""
        return self._process.wait()

    def _settings(self) -> str:
        sampling = self._weights.sampling
        settings = Settings(
            path=str(self._weights.path),
            name=self._weights.name,
            context=self._weights.context,
            parallel=PARALLEL,
            cores=machine.cores(),
            temperature=sampling.temperature,
            top_p=sampling.top_p,
            repeat_penalty=sampling.repeat_penalty,
            max_tokens=sampling.max_tokens,
        )
        return msgspec.json.encode(settings).decode()

    @staticmethod
    def _pipe(pipe: IO[str] | None) -> IO[str]:
        assert pipe is not None
        return pipe


def why_it_ended(code: int, error: str, last_words: Iterable[str]) -> str:
    """Why loading failed, as a clause: from its last words, its answer or its exit code."""
    for words in last_words:
        if found := re.search(r"error loading model: (.+)", words):
            return f"its file cannot be loaded ({found[1]})"
    if code < 0:
        name = signal.Signals(-code).name
        return CRASHES.get(signal.Signals(-code), f"it crashed while it was loading ({name})")
    return error or "it ended while it was loading"
