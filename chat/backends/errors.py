"""What can go wrong with a model server, as sentences for a person."""


class BackendError(Exception):
    """A model server could not be asked, or its answer broke off.

    ``detail`` is a sentence for the person; ``retry_after`` is the number of seconds
    after which it is worth trying again, where that is known.
    """

    def __init__(self, detail: str, *, retry_after: float | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.retry_after = retry_after


class ContextExceeded(BackendError):
    """The prompt is longer than the model can read; a shorter one may be answered.

    ``prompt_tokens`` and ``context`` are the server's own counts, in tokens, where it
    gave them (llama.cpp: ``exceed_context_size_error`` with both).
    """

    def __init__(
        self, detail: str, *, prompt_tokens: int | None = None, context: int | None = None
    ) -> None:
        super().__init__(detail)
        self.prompt_tokens = prompt_tokens
        self.context = context


class Unreachable(BackendError):
    """No answer came: no connection, or it was closed before a status line."""


class TimedOut(BackendError):
    """A time limit was reached."""


class BrokenOff(BackendError):
    """The connection was lost amid an answer."""


class Refused(BackendError):
    """The server answered with a status that is no success; ``body`` is cut at 64 KiB."""

    def __init__(
        self, detail: str, *, status: int, body: bytes = b"", retry_after: float | None = None
    ) -> None:
        super().__init__(detail, retry_after=retry_after)
        self.status = status
        self.body = body


class Loading(BackendError):
    """The server is there and gets its model ready: waiting helps."""
