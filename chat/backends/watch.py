"""Waiting with an end, for the many short waits of a stream."""

import asyncio
from types import TracebackType
from typing import Self


class Watch:
    """Ends a wait that outlasts its deadline, with one timer for all the waits of a stream.

    Used as ``with watch.until(deadline): await …``, by one task at a time; deadlines are times
    of the running loop. Raises TimeoutError, as ``asyncio.timeout_at`` does, which sets and
    clears a timer for each wait and so costs more than reading a piece of an answer. Here the
    timer stays from wait to wait, and is set anew when it rings too early.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[object] | None = None  # that waits
        self._deadline = 0.0
        self._cancelling = 0
        self._is_over = False

    def until(self, deadline: float) -> Self:
        """The same, for a wait that ends then."""
        self._deadline = deadline
        return self

    def __enter__(self) -> None:
        task = asyncio.current_task()
        assert task
        self._task = task
        self._cancelling = task.cancelling()
        self._is_over = False
        if self._timer is None or self._timer.when() > self._deadline:
            self._set()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        task, self._task = self._task, None
        assert task
        if self._is_over:
            # Whoever cancelled the task as well means that, and not an end of this wait.
            is_only_ours = task.uncancel() <= self._cancelling
            if is_only_ours and kind is asyncio.CancelledError:
                raise TimeoutError from error

    def close(self) -> None:
        """No more waits."""
        if self._timer:
            self._timer.cancel()

    def _set(self) -> None:
        self.close()
        self._timer = self._loop.call_at(self._deadline, self._ring)

    def _ring(self) -> None:
        self._timer = None  # if nobody waits now, whoever does next sets it
        if self._task is None:
            return
        if self._loop.time() < self._deadline:
            self._set()
        else:
            self._is_over = True
            self._task.cancel()
