"""What a run needs of a model server, whatever its dialect."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Literal, Protocol

from chat.backends.config import ServerConfig
from chat.wire.deltas import Delta
from chat.wire.request import ChatRequest, ModelInfo

State = Literal["up", "loading", "down"]


@dataclass(frozen=True)
class Health:
    """How a server is just now: its state, the sentence that explains it, its models.

    ``notice`` is what a person should know of them, where the server itself says so.
    """

    state: State
    detail: str
    models: tuple[ModelInfo, ...] = ()
    notice: str | None = None


class Backend(Protocol):
    """One model server. Usable from any event loop; each loop has connections of its own."""

    @property
    def config(self) -> ServerConfig:
        """What the operator said about the server."""

    async def models(self) -> list[ModelInfo]:
        """The models it offers, under the operator's names and in the operator's order.

        Raises BackendError.
        """

    async def health(self) -> Health:
        """Ask the server how it is. Never raises."""

    def stream(self, request: ChatRequest) -> AsyncGenerator[list[Delta], None]:
        """The answer as it comes: one list of deltas for each read that held any.

        ``[Sent(body, attempt)]`` comes before each try. Closing the iterator, or
        cancelling the task that awaits it, closes the connection to the server at once.
        The bytes may end without ``Finished`` or ``Failed``: the answer was cut off.
        Raises BackendError, before or amid the text; ContextExceeded only before.
        """

    async def aclose(self) -> None:
        """Wait for what is still being cleaned up and close this loop's connections."""
