"""What a command that is not carried out is answered with."""

from chat.wire.events import RefusalCode


class Refusal(Exception):
    """A command that is not carried out; ``detail`` is a sentence for the person."""

    def __init__(self, code: RefusalCode, detail: str, retry_after: float | None = None) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.retry_after = retry_after
