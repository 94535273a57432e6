"""A process that owns runs, and how others know that it is dead."""

from __future__ import annotations

from uuid import UUID, uuid4

from django.db import models

from chat.models.clock import Now


class ProcessQuerySet(models.QuerySet["Process"]):
    """Ways to processes."""

    def alive(self) -> ProcessQuerySet:
        """Those that nobody has declared dead."""
        return self.filter(ended_at=None)

    def other_than(self, process: UUID) -> ProcessQuerySet:
        """All but this one."""
        return self.exclude(pk=process)


class Process(models.Model):
    """One life of one server process, told by a number that only it counts up.

    Liveness needs no clock: an observer that sees ``beat`` stand still look after look
    declares the process dead with one conditional update. Each of the owner's writes
    carries the same condition, so what a dead owner writes after that is refused by the
    database. One write counts one beat, which also tells the owner whether a write whose
    answer was lost had been stored.
    """

    id = models.UUIDField(primary_key=True, default=uuid4)
    host = models.CharField(max_length=255)
    beat = models.BigIntegerField(default=0)
    started_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = ProcessQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "processes"

    def __str__(self) -> str:
        return f"{self.host} {self.id}"

    @classmethod
    def count_beat(cls, process: UUID, beat: int) -> bool:
        """The sign of life after number ``beat``. False if the process was declared dead."""
        return cls.objects.alive().filter(pk=process, beat=beat).update(beat=beat + 1) == 1

    @classmethod
    def has_counted(cls, process: UUID, beat: int) -> bool:
        """Whether the sign of life after number ``beat`` is stored."""
        return cls.objects.alive().filter(pk=process, beat=beat + 1).exists()

    @classmethod
    def declare_dead(cls, process: UUID, beat: int | None = None) -> bool:
        """End the process if its beat is still this one. True for the one caller who did."""
        condition = {} if beat is None else {"beat": beat}
        return cls.objects.alive().filter(pk=process, **condition).update(ended_at=Now()) == 1
