"""A process on a leash ends when the one that started it is gone, however that one ended.

Its standard input is the leash: a pipe whose other end only the starting process holds,
and which the system closes even when that process is killed. On Linux the system is also
asked to kill it, which works while the interpreter is held up by native code.
"""

from __future__ import annotations

import ctypes
import os
import runpy
import signal
import sys
import threading

PR_SET_PDEATHSIG = 1  # prctl(2)


def hold() -> None:
    """Put this process on the leash. The keyboard's interrupt is left to the other end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    threading.Thread(target=_end_with_the_pipe, daemon=True).start()


def wait() -> None:
    """Do nothing more, until the other end is gone."""
    threading.Event().wait()


def _end_with_the_pipe() -> None:
    try:
        while os.read(0, 1024):
            pass
    finally:
        # Not sys.exit: native threads may be at work, and waiting for them can hang.
        os._exit(0)


if __name__ == "__main__":
    # python -m local_model.leash MODULE ARGUMENTS: run a module on the leash.
    hold()
    sys.argv = sys.argv[1:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
