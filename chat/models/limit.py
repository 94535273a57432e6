"""How much a person may say, and of which models: rows that the owner writes in the admin."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import connection, models
from django.db.models import Count, Q, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from chat.models.clock import Now

MINUTE = timedelta(minutes=1)
KEPT = timedelta(days=2)  # how long a charge is of interest

LIMITS = {
    "messages_a_minute": _("messages a minute"),
    "messages_a_day": _("messages a day"),
    "tokens_a_day": _("tokens a day"),
    "runs_at_once": _("answers at once"),
    "characters": _("characters of a message"),
}


# Asked with every turn, and so without the ORM, which takes ten times as long to say the same.
ABOUT = """
    SELECT * FROM chat_limit
    WHERE person_id = %s OR (person_id IS NULL AND group_id IS NULL)
        OR group_id IN (SELECT group_id FROM auth_user_groups WHERE user_id = %s)
"""
SPENT = """
    SELECT
        COUNT(*) FILTER (WHERE at >= %s), COALESCE(SUM(tokens) FILTER (WHERE at >= %s), 0),
        COUNT(*) FILTER (WHERE at > {lately}),
        (
            SELECT COUNT(*) FROM chat_run
            JOIN chat_message ON chat_message.id = message_id
            JOIN chat_conversation ON chat_conversation.id = conversation_id
            WHERE outcome = '' AND owner_id = %s
        )
    FROM chat_charge WHERE person_id = %s AND (at >= %s OR at > {lately})
"""
SPENDS = ("messages", "tokens", "minute", "live")
LATELY = {
    "sqlite": "STRFTIME('%%Y-%%m-%%d %%H:%%M:%%f000', 'NOW', '-60 seconds')",
    "postgresql": "STATEMENT_TIMESTAMP() - INTERVAL '60 seconds'",
}


class LimitQuerySet(models.QuerySet["Limit"]):
    """Ways to limits."""

    def of(self, person: Any) -> dict[str, int]:
        """What holds for a person, by the names of ``LIMITS``; 0 is without limit.

        A row about the person goes first, then the most generous row of their groups, then
        the row for everyone, then the settings.
        """
        rows = list(self.raw(ABOUT, [person.pk, person.pk]))
        return {name: _prevailing(name, rows) for name in LIMITS}


def _prevailing(name: str, rows: list[Limit]) -> int:
    own = [row for row in rows if row.person_id is not None]
    groups = [row for row in rows if row.group_id is not None]
    everyone = [row for row in rows if row.person_id is None and row.group_id is None]
    for said in (own, groups, everyone):
        values = [value for row in said if (value := getattr(row, name)) is not None]
        if values:
            return 0 if 0 in values else max(values)
    return int(settings.LIMITS[name])


def _column(name: str) -> Any:
    return models.PositiveIntegerField(LIMITS[name], null=True, blank=True)


class Limit(models.Model):
    """What one person, one group or, with neither, everyone is limited to.

    An empty field says nothing, so that the next row counts; 0 is without limit.
    """

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("person"),
    )
    group = models.ForeignKey(
        Group,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("group"),
    )
    messages_a_minute = _column("messages_a_minute")
    messages_a_day = _column("messages_a_day")
    tokens_a_day = _column("tokens_a_day")
    runs_at_once = _column("runs_at_once")
    characters = _column("characters")

    objects = LimitQuerySet.as_manager()

    class Meta:
        verbose_name = _("limit")
        verbose_name_plural = _("limits")
        constraints = [
            models.UniqueConstraint(
                Coalesce("person_id", Value(0)),
                Coalesce("group_id", Value(0)),
                name="chat_one_limit_each",
                violation_error_message=_("There is a row about these already."),
            ),
            models.CheckConstraint(
                condition=Q(person=None) | Q(group=None), name="chat_limit_of_one_kind"
            ),
        ]

    def __str__(self) -> str:
        return str(self.person or self.group or _("everyone"))

    def clean(self) -> None:
        """A row is about a person or about a group."""
        if self.person and self.group:
            raise ValidationError(_("Choose a person or a group, not both."))


class ChargeQuerySet(models.QuerySet["Charge"]):
    """Ways to charges."""

    def spent(self, person: Any, day: datetime) -> dict[str, Any]:
        """``messages`` and ``tokens`` since the day began, in the last ``minute``, and ``live``."""
        begun = connection.ops.adapt_datetimefield_value(day)
        query = SPENT.format(lately=LATELY[connection.vendor])
        with connection.cursor() as cursor:
            cursor.execute(query, [begun, begun, person.pk, person.pk, begun])
            return dict(zip(SPENDS, cursor.fetchone(), strict=True))

    def wait_of_minute(self, person: Any, most: int) -> timedelta:
        """How long until one fewer than ``most`` were said in the last minute."""
        lately = self.filter(person=person.pk, at__gt=Now() - MINUTE).order_by("-at")
        rows = lately.annotate(now=Now()).values_list("at", "now")[most - 1 : most]
        for at, now in rows:
            return max(timedelta(0), at + MINUTE - now)
        return timedelta(0)

    def count_tokens(self, run: UUID, tokens: int) -> None:
        """What a run took, known at its end."""
        self.filter(pk=run).update(tokens=tokens)

    def old(self) -> ChargeQuerySet:
        """Those that no limit looks at any more."""
        return self.filter(at__lt=Now() - KEPT)


class Charge(models.Model):
    """One turn that was accepted, counted against its person's limits.

    It outlives the conversation: deleting gives nothing back.
    """

    run = models.UUIDField(primary_key=True)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    at = models.DateTimeField(db_default=Now())
    tokens = models.PositiveIntegerField(default=0)

    objects = ChargeQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["person", "at"]),
            models.Index(fields=["at"]),
        ]

    def __str__(self) -> str:
        return str(self.run)


class ModelAccessQuerySet(models.QuerySet["ModelAccess"]):
    """Ways to who may use which model."""

    def of(self, person: Any) -> Access:
        """What a person may use. The owner may use everything."""
        if person.is_superuser or not self.exists():
            return ALL
        mine = Group.objects.filter(user=person.pk).values("pk")
        rows = self.annotate(is_open=Count("groups", filter=Q(groups__in=mine)))
        return Access(tuple(rows.values_list("model", "is_open")))


class ModelAccess(models.Model):
    """A model that only some groups may use. A model without a row is everyone's."""

    model = models.CharField(
        _("model"),
        max_length=200,
        unique=True,
        help_text=_("Its name; * stands for any characters, as in h2oai/*."),
    )
    groups = models.ManyToManyField(
        Group, blank=True, related_name="+", verbose_name=_("groups that may use it")
    )

    objects = ModelAccessQuerySet.as_manager()

    class Meta:
        verbose_name = _("model access")
        verbose_name_plural = _("model access")
        ordering = ["model"]

    def __str__(self) -> str:
        return self.model


class Access:
    """Which models one person may use."""

    def __init__(self, rows: Iterable[tuple[str, int]]) -> None:
        self._rows = tuple(rows)

    def allows(self, model: str) -> bool:
        """Whether every row that fits this model lets the person use it."""
        return all(is_open for pattern, is_open in self._rows if fnmatchcase(model, pattern))


ALL = Access(())
