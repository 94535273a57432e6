"""What is known of the model servers, so that every page and process can show it."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from chat.models.clock import Now
from chat.models.limit import ModelAccess


class ModelServerQuerySet(models.QuerySet["ModelServer"]):
    """Ways to model servers."""

    def other_than(self, names: list[str]) -> ModelServerQuerySet:
        """Those that are not configured any more."""
        return self.exclude(name__in=names)

    def labels(self) -> dict[str, str]:
        """What each server is called, by its name."""
        return dict(self.values_list("name", "label"))

    def offered_to(self, person: Any) -> list[dict[str, Any]]:
        """The models that a person may use, as a page gets them.

        Each has ``name``, ``label``, ``server``, ``state``, ``detail``, ``notice`` and
        ``context`` (tokens or None). One that several servers have is there once, as the
        first server that is up has it. A server that has not told its models yet is there
        as one nameless model, so that its state can be shown; those come last, since
        nobody can choose them.
        """
        offered: dict[tuple[str, str], dict[str, Any]] = {}
        access = ModelAccess.objects.of(person)
        for server in self:
            for model in server.catalogue or [{"name": ""}]:
                if not access.allows(model["name"]):
                    continue
                key = (model["name"], "" if model["name"] else server.name)
                known = offered.get(key)
                if known is None or (known["state"] != "up" and server.state == "up"):
                    offered[key] = server.offer(model)
        return sorted(offered.values(), key=lambda model: not model["name"])


class ModelServer(models.Model):
    """A model server as last seen: whether it answers, and which models it has.

    ``catalogue`` is a list of ``{"name", "label", "context", "prefills"}``.
    """

    class State(models.TextChoices):
        UP = "up", _("answers")
        LOADING = "loading", _("getting ready")
        DOWN = "down", _("does not answer")

    name = models.CharField(_("name"), max_length=100, primary_key=True)
    label = models.CharField(_("label"), max_length=200)
    notice = models.TextField(_("notice"), blank=True)  # what a person should know of its models
    state = models.CharField(max_length=7, choices=State)
    detail = models.TextField(_("detail"), blank=True)
    catalogue: models.JSONField[Any, Any] = models.JSONField(default=list, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    checked_at = models.DateTimeField(db_default=Now())

    objects = ModelServerQuerySet.as_manager()

    class Meta:
        verbose_name = _("model server")
        verbose_name_plural = _("model servers")
        ordering = ["position", "name"]

    def __str__(self) -> str:
        return self.label

    def offer(self, model: dict[str, Any]) -> dict[str, Any]:
        """One of its models as a page gets it."""
        return {
            "name": model["name"],
            "label": model.get("label") or model["name"] or self.label,
            "server": self.label,
            "state": self.state,
            "detail": self.detail,
            "notice": self.notice,
            "context": model.get("context"),
        }
