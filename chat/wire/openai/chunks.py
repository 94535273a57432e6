"""One chunk of a chat completion: a JSON object in any of the shapes that servers send."""

from typing import Any

import msgspec

from chat.wire import loose
from chat.wire.events import Usage

MAX_DEPTH = 3  # of parts within parts: a server nests once, a hostile one for ever


class Piece(msgspec.Struct, gc=False):
    """What a chunk adds: ``delta``, or ``message`` where the answer comes in one."""

    content: str | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None
    refusal: str | None = None


class Choice(msgspec.Struct, gc=False):
    """One answer; there is one, because one is asked for."""

    delta: Piece | None = None
    finish_reason: str | None = None


class Counts(msgspec.Struct, gc=False):
    """Tokens counted by the server. h2oGPT adds keys of its own, which are not read."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class Timings(msgspec.Struct, gc=False):
    """llama.cpp's own counts; ``cache_n`` prompt tokens came from its cache."""

    cache_n: int = 0
    prompt_n: int | None = None
    predicted_n: int | None = None


class Chunk(msgspec.Struct, gc=False):
    """A chunk; ``error`` is what the server reports in place of an answer, in any shape."""

    choices: list[Choice] = []
    usage: Counts | None = None
    timings: Timings | None = None
    error: Any = None


_decoder = msgspec.json.Decoder(Chunk)


def decode(data: bytes) -> Chunk | None:
    """The chunk in ``data``; None if it is no JSON object."""
    try:
        chunk = _decoder.decode(data)
    except (ValueError, RecursionError):
        return _decode_loosely(data)
    if chunk.error is None and chunk.choices and chunk.choices[0].delta is not None:
        return chunk
    return _decode_loosely(data)  # the rare shapes: no delta, no choices, an error


def usage_of(chunk: Chunk) -> Usage | None:
    """The token counts of a chunk, from ``usage`` or else from llama.cpp's ``timings``."""
    prompt: int | None = None
    completion: int | None = None
    if chunk.usage is not None:
        prompt, completion = chunk.usage.prompt_tokens, chunk.usage.completion_tokens
    elif chunk.timings is not None and chunk.timings.prompt_n is not None:
        prompt = chunk.timings.prompt_n + chunk.timings.cache_n
        completion = chunk.timings.predicted_n
    usage = Usage(loose.count_of(prompt), loose.count_of(completion))
    return None if usage == Usage() else usage


def _decode_loosely(data: bytes) -> Chunk | None:
    value = loose.decode(data)
    if isinstance(value, list) and value:
        value = value[0]  # an error in a list of one
    if not isinstance(value, dict):
        return None
    return Chunk(
        choices=_choices(value.get("choices")),
        usage=_counts(value.get("usage")),
        timings=_timings(value.get("timings")),
        error=_error(value),
    )


def _choices(value: Any) -> list[Choice]:
    first = value[0] if isinstance(value, list) and value else value
    if not isinstance(first, dict):
        return []
    reason = loose.text_of(first.get("finish_reason"))
    return [Choice(delta=_piece(first), finish_reason=reason or None)]


def _piece(choice: dict[str, Any]) -> Piece:
    for key in ("delta", "message"):
        if isinstance(said := choice.get(key), dict):
            content, thought = _parts(said.get("content"))
            return Piece(
                content=content,
                reasoning_content=loose.text_of(said.get("reasoning_content")) or thought,
                reasoning=loose.text_of(said.get("reasoning")),
                refusal=loose.text_of(said.get("refusal")),
            )
    return Piece(content=loose.text_of(choice.get("text")))  # /v1/completions


def _parts(content: Any, depth: int = 0) -> tuple[str, str]:
    """Text and reasoning of a content that may come as a list of parts."""
    if isinstance(content, dict):
        content = [content]
    if not isinstance(content, list) or depth > MAX_DEPTH:
        return loose.text_of(content), ""
    text, thought = "", ""
    for part in content:
        if not isinstance(part, dict):
            text += loose.text_of(part)
        elif part.get("type") in ("thinking", "reasoning"):
            thought += "".join(_parts(part.get("thinking") or part.get("text"), depth + 1))
        else:
            text += loose.text_of(part.get("text"))
    return text, thought


def _counts(value: Any) -> Counts | None:
    if not isinstance(value, dict):
        return None
    return Counts(
        loose.count_of(value.get("prompt_tokens")), loose.count_of(value.get("completion_tokens"))
    )


def _timings(value: Any) -> Timings | None:
    if not isinstance(value, dict):
        return None
    return Timings(
        loose.count_of(value.get("cache_n")) or 0,
        loose.count_of(value.get("prompt_n")),
        loose.count_of(value.get("predicted_n")),
    )


def _error(value: dict[str, Any]) -> Any:
    """The error of a chunk that is one: under ``error``, or the whole of it."""
    if value.get("error"):
        return value["error"]
    if value.get("object") == "error":
        return value
    answers = value.keys() & {"choices", "usage", "timings"}
    return value if not answers and (value.get("message") or value.get("detail")) else None
