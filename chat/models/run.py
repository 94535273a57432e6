"""A run: one answer being written, and the log of what happened in it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import connection, models, transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chat.models.clock import Now
from chat.models.limit import Charge
from chat.models.message import Message
from chat.models.process import Process
from chat.wire.sentences import sentence

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

    from chat.models.conversation import Conversation

EventRow = tuple[UUID, int, int, str, str]  # run, seq, kind, text, reasoning

CHARACTERS_A_TOKEN = 4  # the estimate where nobody has counted
INTERRUPTED = sentence("The server was restarted. Everything up to here is kept.")


class RunQuerySet(models.QuerySet["Run"]):
    """Ways to runs."""

    def owned_by(self, person: AbstractBaseUser | AnonymousUser) -> RunQuerySet:
        """Those that write into this person's conversations that are not deleted.

        None for who may not sign in any more.
        """
        return self.filter(
            message__conversation__owner_id=person.pk,
            message__conversation__owner__is_active=True,
            message__conversation__deleted_at=None,
        )

    def live(self) -> RunQuerySet:
        """Those that have not ended."""
        return self.filter(outcome="")

    def live_in(self, conversation: Conversation) -> RunQuerySet:
        """Those that answer in this conversation now."""
        return self.live().filter(message__conversation=conversation)

    def live_with_owners(self) -> RunQuerySet:
        """Those that have not ended, with the processes that own them."""
        return self.live().select_related("process")

    def live_of(self, person: AbstractBaseUser) -> RunQuerySet:
        """Those that have not ended, in all of this person's conversations."""
        return self.live().filter(message__conversation__owner_id=person.pk)

    def of_people_shut_out(self) -> set[UUID]:
        """The ids of live ones whose person may not sign in any more."""
        shut_out = self.live().filter(message__conversation__owner__is_active=False)
        return set(shut_out.values_list("pk", flat=True))

    def newest_of(self, messages: Iterable[Message], *, whole: bool = False) -> dict[UUID, Run]:
        """The last run of each of these messages, by message id; ``whole`` with what was sent."""
        runs = self.filter(message__in=[message.pk for message in messages])
        runs = runs if whole else runs.defer("request")
        return {run.message_id: run for run in runs.order_by("started_at", "id")}

    def thought_over(self, message: Message) -> int | None:
        """For how many milliseconds a model has reasoned over this message; None: not at all."""
        runs = self.filter(message=message).order_by("-started_at", "-id")
        return runs.values_list("thought_ms", flat=True).first()

    def answering(self, turns: Iterable[UUID]) -> set[UUID]:
        """Which of these messages have an answer that a run wrote."""
        parents = self.filter(message__parent__in=turns).values_list("message__parent", flat=True)
        return {parent for parent in parents if parent is not None}

    def ended_by_themselves(self) -> RunQuerySet:
        """Those that have ended otherwise than by their person's word."""
        return self.exclude(outcome__in=["", Run.Outcome.STOPPED])

    def request_stop(self) -> int:
        """Ask the owners of these runs to end them, wherever they live."""
        return self.live().update(stop_requested=True)


class Run(models.Model):
    """One attempt to write one message: what was asked of which model, and how it went."""

    class Outcome(models.TextChoices):
        COMPLETE = "complete", pgettext_lazy("outcome", "Complete")
        LENGTH = "length", _("Length")
        STOPPED = "stopped", _("Stopped")
        FAILED = "failed", _("Failed")
        INTERRUPTED = "interrupted", _("Interrupted")

    id = models.UUIDField(primary_key=True)
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="runs")
    process = models.ForeignKey(
        Process, on_delete=models.PROTECT, related_name="runs", verbose_name=_("process")
    )
    server = models.CharField(_("server"), max_length=200, blank=True)
    model = models.CharField(_("model"), max_length=200, blank=True)
    parameters: models.JSONField[Any, Any] = models.JSONField(
        _("parameters"), default=dict, blank=True
    )
    request: models.JSONField[Any, Any] = models.JSONField(default=dict, blank=True)
    turns_cut = models.PositiveIntegerField(_("turns cut"), default=0)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    stop_requested = models.BooleanField(default=False)
    outcome = models.CharField(_("outcome"), max_length=11, choices=Outcome, blank=True)
    error = models.TextField(_("error"), blank=True)
    last_seq = models.PositiveIntegerField(default=0)
    text_length = models.PositiveIntegerField(_("text length"), default=0)
    prompt_tokens = models.PositiveIntegerField(_("prompt tokens"), null=True, blank=True)
    completion_tokens = models.PositiveIntegerField(null=True, blank=True)
    usage_estimated = models.BooleanField(default=False)
    first_token_ms = models.PositiveIntegerField(null=True, blank=True)
    duration_ms = models.PositiveIntegerField(null=True, blank=True)
    thought_ms = models.PositiveIntegerField(null=True, blank=True)  # of the message, so far
    tokens_per_second = models.FloatField(null=True, blank=True)
    started_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = RunQuerySet.as_manager()

    if TYPE_CHECKING:
        events: RelatedManager[RunEvent]

    class Meta:
        verbose_name = _("run")
        verbose_name_plural = _("runs")
        ordering = ["started_at", "id"]
        indexes = [
            models.Index(fields=["-started_at", "-id"]),
            models.Index(fields=["model"]),
            models.Index(fields=["process"], condition=models.Q(outcome=""), name="chat_run_live"),
        ]

    def __str__(self) -> str:
        return f"{self.model} {self.outcome or 'live'}"

    def settle(self) -> bool:
        """End a run whose owner is dead, with all that its log holds. True for whoever did."""
        with transaction.atomic():
            ended = self.finish(self.Outcome.INTERRUPTED, INTERRUPTED)
            if ended:
                Charge.objects.count_tokens(self.pk, len(ended[0]) // CHARACTERS_A_TOKEN)
            return ended is not None

    def finish(self, outcome: str, error: str, **columns: Any) -> tuple[str, int] | None:
        """Claim the end of this run and fold its log into the message it wrote.

        ``columns`` are what else its row has to say of the end.

        To be called in a transaction. Only a run that is still live is touched, so an
        answer that finished can never become an interrupted one. Returns the text and
        the number of the last event, or None if the run had ended already.
        """
        mine = type(self).objects.filter(pk=self.pk)
        if not mine.live().update(outcome=outcome, error=error, finished_at=Now()):
            return None
        text, reasoning, seq = self.fold()
        Message.objects.filter(pk=self.message_id).update(
            text=text,
            reasoning=reasoning,
            status=outcome,
            error=error,
            model=self.model,
            in_search=False,
            in_chain=False,
        )
        mine.update(last_seq=seq + 1, text_length=len(text), **columns)
        self.events.all().delete()
        return text, seq + 1

    def fold(self) -> tuple[str, str, int]:
        """The text and the reasoning that the log adds up to, and the number of its last event."""
        text: list[str] = []
        reasoning: list[str] = []
        seq = 1  # run_started, which needs no row
        rows = self.events.order_by("seq").values_list("seq", "kind", "text", "reasoning")
        for number, kind, piece, thought in rows.iterator():
            seq = number
            if kind == RunEvent.Kind.SNAPSHOT:
                text, reasoning = [piece], [thought]
            elif kind == RunEvent.Kind.REASONING:
                reasoning.append(piece)
            else:
                text.append(piece)
        return "".join(text), "".join(reasoning), seq


class RunEventQuerySet(models.QuerySet["RunEvent"]):
    """Ways to the rows of a log."""

    def of_run(self, run: UUID) -> RunEventQuerySet:
        """Those of one run, in order."""
        return self.filter(run_id=run).order_by("seq")

    def after(self, seq: int) -> RunEventQuerySet:
        """Those that a reader who is at ``seq`` has not seen."""
        return self.filter(seq__gt=seq)

    def write(self, rows: Iterable[EventRow]) -> None:
        """Store these rows, in the caller's transaction. The ORM costs ten times as much."""
        run = Run._meta.pk
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO chat_runevent (run_id, seq, kind, text, reasoning)"
                " VALUES (%s, %s, %s, %s, %s)",
                [(run.get_db_prep_value(row[0], connection), *row[1:]) for row in rows],
            )


class RunEvent(models.Model):
    """One committed piece of a live run's log. The end of the run folds them into the message.

    ``run_started`` (always 1) and ``run_finished`` (always the last) are the run's
    own columns and have no rows.
    """

    class Kind(models.IntegerChoices):
        TEXT = 1
        REASONING = 2
        SNAPSHOT = 3

    pk = models.CompositePrimaryKey("run_id", "seq")
    run = models.ForeignKey(
        Run, on_delete=models.CASCADE, related_name="events", db_constraint=False, db_index=False
    )
    seq = models.PositiveIntegerField()
    kind = models.PositiveSmallIntegerField(choices=Kind)
    text = models.TextField()
    reasoning = models.TextField(blank=True, default="")

    objects = RunEventQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.run_id} {self.seq}"


def bury(process: UUID, beat: int | None = None) -> list[Run]:
    """Declare a process dead, if its beat still stands there, and settle all that it left.

    Returns the runs settled by this call.
    """
    Process.declare_dead(process, beat)
    if Process.objects.alive().filter(pk=process).exists():
        return []  # it gave a sign of life after all
    return [run for run in Run.objects.live().filter(process=process) if run.settle()]
