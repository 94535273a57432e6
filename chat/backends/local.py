"""The embedded model, as the status file of its side process describes it."""

from pathlib import Path
from typing import Literal

import msgspec

from chat.backends.errors import BackendError, Loading
from chat.wire.sentences import sentence


class LocalModel(msgspec.Struct, frozen=True):
    """The status file.

    ``notice`` is what a person should know of the model; ``done`` and ``total`` are bytes
    fetched; ``context`` is in tokens.
    """

    state: Literal["fetching", "loading", "ready", "failed"]
    name: str = ""
    label: str = ""
    detail: str = ""
    done: int = 0
    total: int = 0
    notice: str = ""
    url: str = ""
    api_key: str = ""
    context: int | None = None


_decoder = msgspec.json.Decoder(LocalModel)


def read_status(path: str) -> LocalModel:
    """The embedded model as it is now. Raises BackendError if nothing is known of it."""
    try:
        return _decoder.decode(Path(path).read_bytes())
    except (OSError, msgspec.DecodeError) as error:
        raise BackendError(sentence("The built-in model is not running.")) from error


def ready(path: str) -> LocalModel:
    """The embedded model if it can be asked. Raises Loading while that is worth waiting for.

    A question asked while it is fetched is answered as soon as it is there.
    """
    status = read_status(path)
    match status.state:
        case "ready":
            return status
        case "loading":
            raise Loading(status.detail or sentence("The built-in model is being loaded."))
        case "fetching":
            raise Loading(_progress(status))
        case "failed":
            raise BackendError(
                status.detail or sentence("The built-in model could not be started.")
            )


def _progress(status: LocalModel) -> str:
    if not status.total:
        return status.detail or sentence("The built-in model is being fetched.")
    done, total = (f"{size / 1e6:.0f}" for size in (status.done, status.total))
    return sentence("The built-in model is being fetched: {done} of {total} MB.").format(
        done=done, total=total
    )
