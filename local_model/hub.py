"""Model files on the Hugging Face hub, or on the mirror that ``HF_ENDPOINT`` names.

The hub says how long a file is and, for large ones, its SHA-256 (the ETag of the object
behind it); what came is compared with both.
"""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import httpx2
from huggingface_hub import HfFileMetadata, get_hf_file_metadata, get_session, hf_hub_url
from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled

from chat.wire.sentences import sentence
from local_model.catalogue import Hub, Model
from local_model.errors import FetchFailed
from local_model.store import Part, Store

CONNECT = 3.0  # seconds; a network that lets nothing through should not hold the start up
LOOK_UP = 6.0  # seconds for name, connection and answer together
SILENCE = 20.0  # seconds without a byte
UNREACHABLE = sentence("the model hub cannot be reached")

# Its lines about each request would be drawn amid the progress, and carry whole URLs.
logging.getLogger("httpx2").setLevel(logging.WARNING)

Watch = Callable[[int, int], None]  # is told bytes there, bytes in all
T = TypeVar("T")


def fetch(model: Model, source: Hub, store: Store, watch: Watch) -> Path:
    """Fetch a model's file from the hub, going on where an earlier attempt ended.

    Raises FetchFailed.
    """
    url = hf_hub_url(source.repository, source.file)
    part = _part(model, _described(url), store)
    watch(part.size, part.total)
    store.need_room(part.total - part.size)
    while part.size < part.total:
        _go_on(url, part, watch)
    return part.finish()


def _go_on(url: str, part: Part, watch: Watch) -> None:
    """Fetch what is missing. A connection that brought something may break: there is another."""
    before = part.size
    try:
        part.write(_chunks(url, part), lambda size: watch(size, part.total))
    except FetchFailed:
        if part.size <= before:
            raise
    else:
        if part.size == before:
            part.finish()  # says what is wrong with a file that ends here


def _described(url: str) -> HfFileMetadata:
    with _Refusals():
        return within(LOOK_UP, lambda: get_hf_file_metadata(url, timeout=CONNECT))


def _part(model: Model, metadata: HfFileMetadata, store: Store) -> Part:
    """The file as the hub describes it, which must be the one we know if we know it."""
    sha256, size = metadata.etag or "", metadata.size
    if size is None or not re.fullmatch("[0-9a-f]{64}", sha256):
        raise FetchFailed(sentence("the model hub does not say which bytes its file should have"))
    if model.sha256 not in (None, sha256):
        raise FetchFailed(sentence("the model hub has another file under its name"))
    return Part(store.path(model), sha256=sha256, total=size)


def _chunks(url: str, part: Part) -> Iterator[bytes]:
    """The bytes that are missing, from the hub or from where it sends us."""
    headers = {"Accept-Encoding": "identity"}
    if part.size:
        headers["Range"] = f"bytes={part.size}-"
    limits = httpx2.Timeout(SILENCE, connect=CONNECT)
    with _Refusals(), get_session().stream("GET", url, headers=headers, timeout=limits) as response:
        response.raise_for_status()
        if part.size and response.status_code != httpx2.codes.PARTIAL_CONTENT:
            part.cut(0)  # it sends the whole
        yield from response.iter_raw()


class _Refusals:
    """Translates what the hub's client raises into clauses."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if isinstance(error, HfHubHTTPError | httpx2.HTTPStatusError):
            raise FetchFailed(
                sentence("the model hub answered {status}").format(
                    status=error.response.status_code
                )
            ) from error
        if isinstance(error, httpx2.HTTPError | OfflineModeIsEnabled | TimeoutError):
            raise FetchFailed(UNREACHABLE) from error


def within(seconds: float, call: Callable[[], T]) -> T:
    """The call's result. Raises TimeoutError when it takes longer.

    Looking a name up has no time limit of its own, so the call is left behind.
    """
    results: list[T] = []
    errors: list[Exception] = []

    def attempt() -> None:
        try:
            results.append(call())
        except Exception as error:  # noqa: BLE001 - raised again where it is waited for
            errors.append(error)

    thread = threading.Thread(target=attempt, daemon=True)
    thread.start()
    thread.join(seconds)
    if errors:
        raise errors[0]
    if not results:
        raise TimeoutError
    return results[0]
