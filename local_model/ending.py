"""How the supervisor is ended: by a signal, or by the end of the process that started it."""

from __future__ import annotations

import os
import signal
import stat
import threading
from collections.abc import Callable

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Ended(BaseException):
    """The process was asked to end."""


def until_ended(run: Callable[[], None]) -> None:
    """Run something until it is asked to end, by a signal or by standard input closing.

    Standard input counts when it is a pipe: its other end is held by the process that
    started this one. A terminal or a service's empty input says nothing.
    """
    try:
        for each in SIGNALS:
            signal.signal(each, _end)
        if stat.S_ISFIFO(os.fstat(0).st_mode):
            threading.Thread(target=_end_with_the_pipe, daemon=True).start()
        run()
    except Ended:
        pass
    finally:
        _ignore_signals()


def _end(*_: object) -> None:
    _ignore_signals()  # ending is not interrupted by a second one
    raise Ended


def _ignore_signals() -> None:
    for each in SIGNALS:
        signal.signal(each, signal.SIG_IGN)


def _end_with_the_pipe() -> None:
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
