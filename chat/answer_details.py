"""How an answer was made, as a person may read it: one part for each run that wrote on it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise

from chat.answer_settings import KNOBS
from chat.models import Message, ModelServer, Run


@dataclass(frozen=True)
class Part:
    """One run, with its server and its parameters in words."""

    run: Run
    server: str
    parameters: list[tuple[str | Promise, Any]]

    @property
    def seconds(self) -> float | None:
        """How long it took."""
        return None if self.run.duration_ms is None else self.run.duration_ms / 1000

    @property
    def first_word(self) -> float | None:
        """Seconds until the first word."""
        return None if self.run.first_token_ms is None else self.run.first_token_ms / 1000

    @property
    def started_at(self) -> datetime:
        """When it was asked."""
        return self.run.started_at


def parts(answer: Message) -> list[Part]:
    """The runs of an answer, the first one first."""
    servers = ModelServer.objects.labels()
    return [
        Part(run, servers.get(run.server, run.server), _in_words(run.parameters))
        for run in answer.runs.all()
    ]


def _in_words(parameters: dict[str, Any]) -> list[tuple[str | Promise, Any]]:
    labels = {knob.name: knob.label for knob in KNOBS}
    return [(labels.get(name, name), value) for name, value in parameters.items()]
