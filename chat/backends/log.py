"""The one logger of the model servers. No prompt, no answer and no key goes through it."""

import logging
import time
from contextvars import ContextVar
from dataclasses import dataclass, field

from chat.backends.errors import BackendError, Refused
from chat.wire.deltas import Delta, Failed, Finished

logger = logging.getLogger("chat.backends")

answering_run: ContextVar[str] = ContextVar("answering_run", default="-")
"""The id of the run that asks; whoever streams sets it, and each line of its log says it."""


@dataclass
class Attempt:
    """One try of a request: what its line in the log says. Times are in seconds."""

    server: str
    model: str
    number: int = 1
    run: str = field(default_factory=answering_run.get)
    begun: bool = False  # the person has something of the answer
    finished: bool = False  # the server said that it is whole
    failed: bool = False  # the server said that it failed
    bytes: int = 0
    started: float = field(default_factory=time.monotonic)
    first_byte: float | None = None

    def next(self) -> "Attempt":
        """The try after this one."""
        return Attempt(self.server, self.model, self.number + 1, self.run)

    def received(self, size: int) -> None:
        """So many bytes of the answer have come."""
        if self.first_byte is None:
            self.first_byte = time.monotonic() - self.started
        self.bytes += size

    def told(self, deltas: list[Delta]) -> list[Delta]:
        """The same deltas; what they say of the answer is noted."""
        self.begun = True
        for delta in deltas:
            if isinstance(delta, Finished):
                self.finished = True
            elif isinstance(delta, Failed):
                self.failed = True
        return deltas

    @property
    def end(self) -> str:
        """How the answer ended, once its bytes have."""
        if self.failed:
            return "failed"
        return "whole" if self.finished else "cut off"

    def log(self, end: str) -> None:
        """Write the line: ``end`` is how the try ended."""
        first = "-" if self.first_byte is None else f"{self.first_byte:.3f}"
        logger.log(
            logging.INFO if end in ("whole", "left") else logging.WARNING,
            "run=%s server=%s model=%s attempt=%d end=%s first_byte=%s seconds=%.3f bytes=%d",
            *(self.run, self.server, self.model, self.number, end, first),
            *(time.monotonic() - self.started, self.bytes),
        )


def reason(error: BackendError) -> str:
    """Why it failed, without the server's own words: they may repeat the prompt."""
    kind = type(error).__name__
    return f"{kind}({error.status})" if isinstance(error, Refused) else kind
