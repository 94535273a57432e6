"""Rows of an account: written once, never changed, never taken away."""

from __future__ import annotations

from typing import Any, NoReturn, TypeVar

from django.db import models

Row = TypeVar("Row", bound=models.Model)
NEVER = "What stands in an account stays as it was written."


class WrittenOnceQuerySet(models.QuerySet[Row]):
    """Ways to rows, none of which changes any."""

    def update(self, **_: Any) -> NoReturn:
        """Never."""
        raise TypeError(NEVER)

    def delete(self) -> NoReturn:
        """Never."""
        raise TypeError(NEVER)


class WrittenOnce(models.Model):
    """A row of an account."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Once."""
        if not self._state.adding:
            raise TypeError(NEVER)
        super().save(*args, **kwargs)

    def delete(self, *_: Any, **__: Any) -> NoReturn:
        """Never."""
        raise TypeError(NEVER)
