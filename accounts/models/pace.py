"""How often something was tried, for one who or what: the store under ``accounts.limits``."""

from __future__ import annotations

from datetime import timedelta

from django.db import models, transaction
from django.utils import timezone

NO_TIME = timedelta(0)


class PaceQuerySet(models.QuerySet["Pace"]):
    """Counting that any number of processes share."""

    def take(self, key: str, burst: int, every: timedelta) -> timedelta:
        """Count one more try, of which ``burst`` may come at once and then one ``every`` so long.

        Returns no time at all; or how long to wait, and then nothing was counted: whoever
        goes on hammering while it is closed does not keep it closed.
        """
        now = timezone.now()
        with transaction.atomic():
            pace, is_new = self.select_for_update().get_or_create(
                key=key, defaults={"clear_at": now}
            )
            wait = pace.clear_at - now - every * (burst - 1)
            if wait > NO_TIME:
                return wait
            pace.clear_at = max(pace.clear_at, now) + every
            pace.save(update_fields=["clear_at"])
            if is_new:
                self.filter(clear_at__lt=now).delete()
        return NO_TIME

    def give_back(self, key: str, every: timedelta) -> None:
        """Let one try not have counted."""
        self.filter(key=key).update(clear_at=models.F("clear_at") - every)

    def forget(self, key: str) -> None:
        """Begin anew."""
        self.filter(key=key).delete()


class Pace(models.Model):
    """One counter, as the moment when all its tries will have been forgotten (GCRA).

    The key is a keyed hash: people type passwords where names belong.
    """

    key = models.CharField(max_length=64, primary_key=True)
    clear_at = models.DateTimeField(db_index=True)

    objects = PaceQuerySet.as_manager()

    def __str__(self) -> str:
        return f"pace until {self.clear_at:%H:%M}"
