"""What a refused answer says, as one plain sentence or line for a person.

Servers write errors as ``{"error": {"message"}}``, ``{"error": "text"}``,
``{"detail": "text"}``, ``{"detail": {"error": {…}}}``, ``{"detail": [{"loc", "msg"}]}``,
``{"message"}``, as plain text, as a proxy's HTML page, or as nothing. All of it is
untrusted: it is cut, put on one line and never taken for markup.
"""

import html
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, Literal

from chat.wire import loose
from chat.wire.sentences import sentence

MAX_MESSAGE = 300  # characters of a server's own words
MAX_BODY = 1 << 16  # bytes of a body that are looked at
MAX_WAIT = 86_400.0  # seconds: no Retry-After counts for more than a day

Step = Literal["settings", "conversation", "message"]

REFUSALS = {
    401: sentence("The model server refused the API key{said}. Check H2O_API_KEY."),
    403: sentence("The model server does not allow this{said}. Check H2O_API_KEY and H2O_URL."),
    404: sentence(
        "The model server does not know this address or model{said}. Check H2O_URL and H2O_MODEL."
    ),
    405: sentence(
        "The model server has no chat at this address{said}. Check H2O_URL and H2O_DIALECT."
    ),
    407: sentence("The proxy wants a sign-in{said}. Check H2O_PROXY."),
    408: sentence("The model server waited too long{said}."),
    413: sentence("The conversation is too long for the model server{said}."),
    429: sentence("The model server has too much to do or limits requests{said}.{wait}"),
    502: sentence("The model behind the server is not answering{said}.{wait}"),
    503: sentence("The model server is not ready{said}.{wait}"),
    504: sentence("The model behind the server did not answer in time{said}.{wait}"),
}
LOADING = sentence("The model server is still loading its model{said}.{wait}")
REDIRECTED = sentence(
    "The model server sends elsewhere{said}, which is not followed. "
    "Check H2O_URL: it must be the final address."
)
REFUSED = sentence("The model server refused the request{said}.")
BROKEN = sentence("The model server failed{said}.{wait}")

NO_COOKIE = sentence(
    "The chat server wants its welcome page accepted first{said}, as if its cookie had not "
    "come back: the cookie is for https only, and H2O_URL begins with http://. "
    "Set H2O_URL to its https:// address."
)
NOT_ACCEPTED = sentence(
    "The chat server wants its welcome page accepted first{said}. "
    "Check that H2O_URL is its final address and that H2O_DIALECT fits it."
)
LOGIN_WANTED = sentence(
    "The chat server wants a sign-in{said}, which the h2o dialect does not have. "
    "Set H2O_URL to a server without one, or H2O_DIALECT to openai."
)
WRONG_REFERER = sentence(
    "The chat server refused where the request comes from{said}. "
    "H2O_URL must be exactly the address that the server calls its own."
)
NEWER_PROTOCOL = sentence(
    "The server at H2O_URL speaks a newer chat protocol than the h2o dialect{said}. "
    "Set H2O_DIALECT to openai and H2O_URL to an OpenAI-compatible address."
)
SETTINGS_REFUSED = sentence(
    "The chat server refused the model {model}{said}. Check H2O_MODEL; "
    "a newer chat server refuses every model so, then H2O_DIALECT is wrong."
)
MODEL_REFUSED = sentence("The chat server refused the model {model}{said}. Check H2O_MODEL.")
CONVERSATION_GONE = sentence("The chat server no longer has this conversation{said}.")
TOO_MANY = sentence("The chat server takes no more messages for now{said}.{wait}")
NO_ANSWER = sentence(
    "The chat server could not answer with the model {model}{said}. "
    "The model may be out of reach for it, or refuse the request."
)

WRONG_PAGE = sentence(
    "The model server answered with a web page instead of an answer. Check H2O_URL and H2O_PROXY."
)

REPORTED = sentence("The model server reported an error: {words}.")
REPORTED_NOTHING = sentence("The model server reported an error: it gives no reason.")
NO_ANSWER_BUT = sentence("The model server sent something that is no answer: {start}")
NO_ANSWER_BUT_NOTHING = sentence("The model server sent something that is no answer: nothing.")
LINE_TOO_LONG = sentence(
    "The model server sent a line of more than {limit} bytes, which is no answer."
)
WAIT = sentence("Try again in {seconds} seconds.")


def explain(status: int, headers: Mapping[str, str], body: bytes) -> str:
    """Why an OpenAI-compatible server refused, from its answer's status, headers and body."""
    if 300 <= status < 400:
        return _sentence(REDIRECTED, status, headers, body)
    if status == 503 and "loading" in message_in(body).lower():
        return _sentence(LOADING, status, headers, body)
    default = BROKEN if status >= 500 else REFUSED
    return _sentence(REFUSALS.get(status, default), status, headers, body)


def explain_h2o(
    status: int, headers: Mapping[str, str], body: bytes, *, step: Step, url: str, model: str
) -> str:
    """Why a server of the h2o dialect refused one of its steps; names the setting to change."""
    template = _h2o_template(status, message_in(body), step, url)
    if template is None:
        return explain(status, headers, body)
    return _sentence(template, status, headers, body, model=f'"{one_line(model, 100)}"')


def reported(message: str) -> str:
    """The sentence for an error that a server reports amid its answer."""
    words = one_line(message).rstrip(".")
    return REPORTED.format(words=words) if words else REPORTED_NOTHING


def no_answer(data: bytes) -> str:
    """The sentence for something that is no part of an answer; shows its beginning."""
    start = one_line(data[:400].decode("utf-8", "replace"), 80)
    return NO_ANSWER_BUT.format(start=start) if start else NO_ANSWER_BUT_NOTHING


def too_long(limit: int) -> str:
    """The sentence for a line or a body of more than ``limit`` bytes."""
    return LINE_TOO_LONG.format(limit=limit)


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds to wait before another try, from ``Retry-After`` (RFC 9110, 10.2.3).

    It may be seconds or a date; ``now`` is the time as POSIX seconds. None when the
    header is missing or makes no sense; at most a day.
    """
    value = _header(headers, "retry-after").strip()
    if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", value):
        return min(float(value), MAX_WAIT)
    moment = _http_date(value)
    if moment is None:
        return None
    return min(max(0.0, moment.timestamp() - now), MAX_WAIT)


def message_in(body: bytes) -> str:
    """The server's own words in the body of a refused answer, on one line; empty if none."""
    body = body[:MAX_BODY]
    value = loose.decode(body)
    if value is not loose.UNREADABLE:
        return one_line(message_of(value))
    text = body.decode("utf-8", "replace")
    return one_line(_html_text(text) if text.lstrip()[:1] == "<" else text)


def message_of(value: Any) -> str:
    """The message in a decoded error, whatever its shape; empty if there is none."""
    for _ in range(8):  # no server nests deeper; a hostile one may
        if isinstance(value, list):
            value = value[0] if value else None
        if not isinstance(value, dict):
            break
        if isinstance(value.get("msg"), str):
            return _field_message(value)
        parts = (value.get(key) for key in ("error", "detail", "message"))
        value = next((part for part in parts if part and part is not True), None)
    return loose.text_of(value)


def one_line(text: str, limit: int = MAX_MESSAGE) -> str:
    """``text`` on one line, without control characters, cut to ``limit`` characters."""
    text = text[: 20 * limit]
    shown = "".join(char if char.isprintable() else " " for char in text)
    line = " ".join(shown.split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def _h2o_template(status: int, message: str, step: Step, url: str) -> str | None:
    message = message.lower()
    match status, step:
        case 401, _:
            return LOGIN_WANTED
        case 403, _ if "origin" in message:
            return NEWER_PROTOCOL
        case 403, _ if "referer" in message:
            return WRONG_REFERER
        case 405, _ if "welcome modal" in message:
            return NO_COOKIE if url.lower().startswith("http://") else NOT_ACCEPTED
        case 404, "message":
            return CONVERSATION_GONE
        case 429, _:
            return TOO_MANY
        case ((400 | 500), "settings"):
            return SETTINGS_REFUSED
        case ((400 | 500), "conversation"):
            return MODEL_REFUSED
        case 500, "message":
            return NO_ANSWER
        case _:
            return None


def _sentence(
    template: str, status: int, headers: Mapping[str, str], body: bytes, model: str = ""
) -> str:
    code = f"HTTP {status}"
    words = message_in(body).rstrip(".").removeprefix(f"{status} ")
    said = f" ({code}: {words})" if words and not _repeats(words, status) else f" ({code})"
    return template.format(said=said, wait=_wait(headers), model=model)


def _repeats(words: str, status: int) -> bool:
    """Whether the server's words are only the name of the status."""
    try:
        return words.lower() == HTTPStatus(status).phrase.lower()
    except ValueError:
        return False


def _wait(headers: Mapping[str, str]) -> str:
    """When to try again, where the header says it in seconds; a date needs a clock."""
    value = _header(headers, "retry-after").strip()
    return f" {WAIT.format(seconds=int(value))}" if re.fullmatch(r"[0-9]{1,6}", value) else ""


def _header(headers: Mapping[str, str], name: str) -> str:
    return next((value for key, value in headers.items() if key.lower() == name), "")


def _http_date(value: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(value)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _field_message(problem: dict[str, Any]) -> str:
    """One entry of a validation error: the place and what is wrong there."""
    place = problem.get("loc")
    names = [str(part) for part in place[:8]] if isinstance(place, list) else []
    where = ".".join(name for name in names if name != "body")
    return f"{where}: {problem['msg']}" if where else str(problem["msg"])


def _html_text(page: str) -> str:
    """The title of a page, or its text."""
    title = re.search(r"<title[^<>]*>([^<]*)<", page, re.IGNORECASE)
    text = title.group(1) if title else re.sub(r"<[^<>]*>", " ", page)
    return html.unescape(text)
