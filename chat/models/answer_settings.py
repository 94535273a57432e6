"""How answers are made, wherever that is kept: of a conversation, a preset, every new chat."""

from __future__ import annotations

from typing import Any

from django.db import models


class AnswerSettings(models.Model):
    """How answers are made: the values of a kept choice, "" and {} for the usual ones."""

    model = models.CharField(max_length=200, blank=True)
    system_prompt = models.TextField(blank=True)
    parameters: models.JSONField[Any, Any] = models.JSONField(default=dict, blank=True)

    class Meta:
        abstract = True

    @property
    def answer_settings(self) -> dict[str, Any]:
        """``{"model", "system_prompt", "parameters"}``."""
        return {
            "model": self.model,
            "system_prompt": self.system_prompt,
            "parameters": self.parameters,
        }
