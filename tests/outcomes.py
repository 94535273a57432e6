"""What every recorded exchange means: one table, held to be complete by a test.

``outcome(capture, chunks)`` reads a capture the way the adapter does, from its body in
any split.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from chat.wire import errors, h2o, openai
from chat.wire.deltas import Counted, Delta, Failed, Finished, Reasoning, Replaced, Text
from chat.wire.h2o.decoder import PROTOCOL_B
from tests.captures import Capture

Kind = Literal[
    "complete",  # an answer that is whole
    "length",  # an answer cut by length
    "failed",  # an answer that the server says failed
    "interrupted",  # an answer that just ends
    "refused",  # a status other than success, as a sentence
    "models",  # a list of models, their names
    "conversation",  # a new conversation's id
    "settings taken",
    "done",  # 200 and nothing more, for delete and stop
]


@dataclass(frozen=True)
class Outcome:
    """``text`` is the answer, the names or the id; ``detail`` the sentence for the person."""

    kind: Kind
    text: str = ""
    detail: str = ""
    counts: tuple[int | None, int | None] | None = None  # tokens: prompt, answer


def read(capture: Capture, chunks: Iterable[bytes]) -> Outcome:
    """What the adapter makes of ``capture``, whose body comes as ``chunks``."""
    method, path = capture.request.split(b" ", 2)[:2]
    step = _step(capture, method.decode(), path.decode())
    body = b"".join(chunks) if step != "message" or capture.status != 200 else b""
    if step == "settings" and h2o.settings_accepted(capture.status, body):
        return Outcome("settings taken")
    if capture.status != 200:
        return Outcome("refused", detail=_sentence(capture, step, body))
    if step == "models":
        return Outcome("models", " ".join(model.name for model in openai.parse_models(body)))
    if step == "conversation" and (name := h2o.parse_conversation(body)):
        return Outcome("conversation", name)
    if not capture.body:
        return Outcome("done" if step != "message" else "interrupted")
    return outcome_of(decode(capture, chunks))


def decode(capture: Capture, chunks: Iterable[bytes]) -> list[Delta]:
    """The body as the answer of its dialect."""
    chatui = capture.server.startswith("chatui")
    decoder = h2o.H2ODecoder() if chatui else openai.OpenAIDecoder()
    deltas = [delta for chunk in chunks for delta in decoder.feed(chunk)]
    return deltas + decoder.close()


def outcome_of(deltas: list[Delta]) -> Outcome:
    """What deltas amount to."""
    text, counts, kind, detail = "", None, "interrupted", ""
    for delta in deltas:
        match delta:
            case Text(piece):
                text += piece
            case Replaced(whole):
                text = whole
            case Counted(usage):
                counts = (usage.prompt_tokens, usage.completion_tokens)
            case Finished(by_length):
                kind = "length" if by_length else "complete"
            case Failed(sentence):
                kind, detail = "failed", sentence
            case Reasoning():
                raise AssertionError("No capture has reasoning.")
    return Outcome(kind, text, detail, counts)  # type: ignore[arg-type]


def _step(capture: Capture, method: str, path: str) -> str:
    """The step of the adapter that a request belongs to, or its path."""
    if capture.server == "h2ogpt-openai-server":
        return "models" if path == "/v1/models" else "message"
    if path in ("/settings", "/conversation") and method == "POST":
        return path[1:]
    if method == "POST" and path.count("/") == 2:
        return "message"
    return path


def _sentence(capture: Capture, step: str, body: bytes) -> str:
    if step in ("settings", "conversation", "message") and capture.server.startswith("chatui"):
        return errors.explain_h2o(
            capture.status,
            capture.headers,
            body,
            step=step,  # type: ignore[arg-type]
            url="http://127.0.0.1:18101",
            model="h2oai/x",
        )
    return errors.explain(capture.status, capture.headers, body)


HELLO = "Hello! I am h2oGPT."
WRONG_REFERER_MISSING = (
    "The chat server refused where the request comes from (HTTP 403: Non-JSON form "
    "requests need to have a referer). H2O_URL must be exactly the address that the "
    "server calls its own."
)
WRONG_REFERER = (
    "The chat server refused where the request comes from (HTTP 403: Invalid referer "
    "for POST request). H2O_URL must be exactly the address that the server calls "
    "its own."
)
SETTINGS_REFUSED = (
    'The chat server refused the model "h2oai/x" (HTTP 500: Internal Error). Check '
    "H2O_MODEL; a newer chat server refuses every model so, then H2O_DIALECT is "
    "wrong."
)
NO_COOKIE = (
    "The chat server wants its welcome page accepted first (HTTP 405: You need to accept the "
    "welcome modal first), as if its cookie had not come back: the cookie is for https only, "
    "and H2O_URL begins with http://. Set H2O_URL to its https:// address."
)
MODEL_REFUSED = (
    'The chat server refused the model "h2oai/x" (HTTP 500: Internal Error). Check H2O_MODEL.'
)
GONE = "The chat server no longer has this conversation (HTTP 404: Conversation not found)."
NO_ANSWER = (
    'The chat server could not answer with the model "h2oai/x" (HTTP 500: Internal '
    "Error). The model may be out of reach for it, or refuse the request."
)
NOT_FOUND = (
    "The model server does not know this address or model (HTTP 404: Conversation "
    "not found). Check H2O_URL and H2O_MODEL."
)
UNAUTHORIZED = "The model server refused the API key (HTTP 401). Check H2O_API_KEY."
RATE_LIMITED = (
    "The model server has too much to do or limits requests (HTTP 429: rate limit exceeded)."
)

DONE = Outcome("done")
SETTINGS_TAKEN = Outcome("settings taken")


def complete(text: str, counts: tuple[int, int] | None = None) -> Outcome:
    return Outcome("complete", text, counts=counts)


def interrupted(text: str) -> Outcome:
    return Outcome("interrupted", text)


def failed(text: str, detail: str) -> Outcome:
    return Outcome("failed", text, detail)


def refused(detail: str) -> Outcome:
    return Outcome("refused", detail=detail)


NEWER_PROTOCOL = failed("", PROTOCOL_B)

# Where an answer is expected and any JSON comes, it is taken for the newer protocol.
TABLE: dict[str, Outcome] = {
    "chatui-2023-06-23/01-settings-accept-any": SETTINGS_TAKEN,
    "chatui-2023-06-23/02-conversation-create": Outcome("conversation", "6b03c5b8c7c4935f41cfeccf"),
    "chatui-2023-06-23/03-message-stream-ok": complete(HELLO),
    "chatui-2023-06-23/04-delete": DONE,
    "chatui-2023-06-23/05-delete-again": refused(NOT_FOUND),
    "chatui-2023-06-23/10-settings-accept-html": SETTINGS_TAKEN,
    "chatui-2023-06-23/11-settings-no-referer": refused(WRONG_REFERER_MISSING),
    "chatui-2023-06-23/12-settings-foreign-referer": refused(WRONG_REFERER),
    "chatui-2023-06-23/13-settings-unknown-model": refused(SETTINGS_REFUSED),
    "chatui-2023-06-23/14-settings-missing-model": SETTINGS_TAKEN,
    "chatui-2023-06-23/15-settings-json-body": refused(SETTINGS_REFUSED),
    "chatui-2023-06-23/16-settings-ethics-false-string": SETTINGS_TAKEN,
    "chatui-2023-06-23/18-settings-no-referer-json-accept": refused(WRONG_REFERER_MISSING),
    "chatui-2023-06-23/19-settings-multipart": SETTINGS_TAKEN,
    "chatui-2023-06-23/20-conversation-no-session": refused(NO_COOKIE),
    "chatui-2023-06-23/21-conversation-unknown-model": refused(MODEL_REFUSED),
    "chatui-2023-06-23/22-conversation-bad-json": refused(MODEL_REFUSED),
    "chatui-2023-06-23/23-conversation-missing-model": refused(MODEL_REFUSED),
    "chatui-2023-06-23/24-conversation-no-referer": Outcome(
        "conversation", "6b03c5b9c7c4935f41cfecd1"
    ),
    "chatui-2023-06-23/25-conversation-get": refused(
        "The model server sends elsewhere (HTTP 302), which is not followed. Check "
        "H2O_URL: it must be the final address."
    ),
    "chatui-2023-06-23/27-conversation-from-share-missing": refused(NOT_FOUND),
    "chatui-2023-06-23/30-message-unknown-conversation": refused(GONE),
    "chatui-2023-06-23/31-message-malformed-conversation-id": refused(NO_ANSWER),
    "chatui-2023-06-23/32-message-other-session-no-ethics": refused(NO_COOKIE),
    "chatui-2023-06-23/33-message-other-session": refused(GONE),
    "chatui-2023-06-23/34-message-empty-inputs": refused(NO_ANSWER),
    "chatui-2023-06-23/35-message-no-options": refused(NO_ANSWER),
    "chatui-2023-06-23/36-message-bad-uuid": refused(NO_ANSWER),
    "chatui-2023-06-23/37-message-stream-false": complete("A short title"),
    "chatui-2023-06-23/39-message-bad-web-search-id": refused(NO_ANSWER),
    "chatui-2023-06-23/3a-message-textplain-no-referer": refused(WRONG_REFERER_MISSING),
    "chatui-2023-06-23/4a-upstream-utf8split": complete("Grüße 😀 é"),
    "chatui-2023-06-23/4a-upstream-utf8split-then-delete": DONE,
    "chatui-2023-06-23/4b-upstream-onechunk": complete(HELLO),
    "chatui-2023-06-23/4b-upstream-onechunk-then-delete": DONE,
    "chatui-2023-06-23/4c-upstream-midfail": failed(
        "Hello! I",
        "The model server reported an error: Request failed during generation: "
        "Server error: CUDA out of memory.",
    ),
    "chatui-2023-06-23/4c-upstream-midfail-then-delete": DONE,
    "chatui-2023-06-23/4d-upstream-midreset": interrupted("Hello! I"),
    "chatui-2023-06-23/4d-upstream-midreset-then-delete": DONE,
    "chatui-2023-06-23/4e-upstream-truncate": interrupted("Hello! I"),
    "chatui-2023-06-23/4e-upstream-truncate-then-delete": DONE,
    "chatui-2023-06-23/4f-upstream-err422": refused(
        "The model server refused the request (HTTP 422: Input validation error: "
        "`inputs` must have less than 1024 tokens. Given: 2000)."
    ),
    "chatui-2023-06-23/4f-upstream-err422-then-delete": DONE,
    "chatui-2023-06-23/4g-upstream-err429": refused(
        "The chat server takes no more messages for now (HTTP 429: Model is overloaded)."
    ),
    "chatui-2023-06-23/4g-upstream-err429-then-delete": DONE,
    "chatui-2023-06-23/4h-upstream-err503html": refused(
        "The model server is not ready (HTTP 503: Service Temporarily Unavailable)."
    ),
    "chatui-2023-06-23/4h-upstream-err503html-then-delete": DONE,
    "chatui-2023-06-23/4i-upstream-err503loading": refused(
        "The model server is still loading its model (HTTP 503: Model h2oai/x is "
        "currently loading)."
    ),
    "chatui-2023-06-23/4i-upstream-err503loading-then-delete": DONE,
    "chatui-2023-06-23/4j-upstream-errevent": failed(
        "",
        "The model server reported an error: Input validation error: `truncate` must "
        "be strictly positive and less than 1024. Given: 2048.",
    ),
    "chatui-2023-06-23/4j-upstream-errevent-then-delete": DONE,
    "chatui-2023-06-23/4k-upstream-keepalive": complete(HELLO),
    "chatui-2023-06-23/4k-upstream-keepalive-then-delete": DONE,
    "chatui-2023-06-23/4l-upstream-crlf": complete(HELLO),
    "chatui-2023-06-23/4l-upstream-crlf-then-delete": DONE,
    "chatui-2023-06-23/4m-upstream-nul": complete(HELLO),
    "chatui-2023-06-23/4m-upstream-nul-then-delete": DONE,
    "chatui-2023-06-23/4n-upstream-spaced": complete(HELLO),
    "chatui-2023-06-23/4n-upstream-spaced-then-delete": DONE,
    "chatui-2023-06-23/4o-upstream-empty": interrupted(""),
    "chatui-2023-06-23/4o-upstream-empty-then-delete": DONE,
    "chatui-2023-06-23/4p-upstream-nogen": interrupted(HELLO),
    "chatui-2023-06-23/4p-upstream-nogen-then-delete": DONE,
    "chatui-2023-06-23/4q-upstream-length": Outcome("length", "Hello! I am h2oGPT. more"),
    "chatui-2023-06-23/4q-upstream-length-then-delete": DONE,
    "chatui-2023-06-23/4r-upstream-reset": refused(NO_ANSWER),
    "chatui-2023-06-23/4r-upstream-reset-then-delete": DONE,
    "chatui-2023-06-23/4s-upstream-refused": refused(NO_ANSWER),
    "chatui-2023-06-23/4s-upstream-refused-then-delete": DONE,
    "chatui-2023-06-23/50-message-first-turn": complete(HELLO),
    "chatui-2023-06-23/51-message-second-turn": complete(HELLO),
    "chatui-2023-06-23/52-message-retry": complete(HELLO),
    "chatui-2023-06-23/53-patch-title": DONE,
    "chatui-2023-06-23/54-patch-title-empty": refused(
        "The model server failed (HTTP 500: Internal Error)."
    ),
    "chatui-2023-06-23/55-summarize": NEWER_PROTOCOL,
    "chatui-2023-06-23/56-share": NEWER_PROTOCOL,
    "chatui-2023-06-23/57-vote-unknown-message": refused(
        "The model server does not know this address or model (HTTP 404: Message not "
        "found). Check H2O_URL and H2O_MODEL."
    ),
    "chatui-2023-06-23/58-vote": DONE,
    "chatui-2023-06-23/59-message-prompt": NEWER_PROTOCOL,
    "chatui-2023-06-23/5a-conversation-page": refused(
        "The model server has no chat at this address (HTTP 405: GET method not "
        "allowed). Check H2O_URL and H2O_DIALECT."
    ),
    "chatui-2023-06-23/5b-conversation-data": NEWER_PROTOCOL,
    "chatui-2023-06-23/5c-web-search-no-key": NEWER_PROTOCOL,
    "chatui-2023-06-23/5d-put": refused(
        "The model server has no chat at this address (HTTP 405: PUT method not "
        "allowed). Check H2O_URL and H2O_DIALECT."
    ),
    "chatui-2023-06-23/5f-delete-no-referer": DONE,
    "chatui-2023-06-23/5g-delete-unknown": refused(NOT_FOUND),
    "chatui-2023-06-23/5h-delete-no-session": refused(
        "The model server has no chat at this address (HTTP 405: You need to accept "
        "the welcome modal first). Check H2O_URL and H2O_DIALECT."
    ),
    "chatui-2023-06-23/5i-index-data": NEWER_PROTOCOL,
    "chatui-2023-06-23/60-stop-generating": DONE,
    "chatui-2023-06-23/61-message-stopped": interrupted("Hello! I am"),
    "chatui-2023-06-23/62-delete-while-streaming": DONE,
    "chatui-2023-06-23/63-message-deleted-midway": complete(
        "Hello! I am h2oGPT.Hello! I am h2oGPT.Hello! I am h2oGPT.Hello! I am h2oGPT."
    ),
    "chatui-2023-06-23/64-message-client-disconnect": interrupted("Hello! I am h2o"),
    "chatui-2023-06-23/65-data-after-client-disconnect": NEWER_PROTOCOL,
    "chatui-2023-12-28-v0.7/01-settings": DONE,
    "chatui-2023-12-28-v0.7/01b-settings-seed-form": refused(SETTINGS_REFUSED),
    "chatui-2023-12-28-v0.7/01c-settings-seed-form-origin": refused(SETTINGS_REFUSED),
    "chatui-2023-12-28-v0.7/02-conversation-create": Outcome(
        "conversation", "6b03c85f878b7e6d8283f98e"
    ),
    "chatui-2023-12-28-v0.7/03-message-ok": NEWER_PROTOCOL,
    "chatui-2023-12-28-v0.7/03b-message-seed-payload": NEWER_PROTOCOL,
    "chatui-2023-12-28-v0.7/04-delete": DONE,
    "chatui-2023-12-28-v0.7/05-delete-again": refused(NOT_FOUND),
    "chatui-2023-12-28-v0.7/05b-delete-after": DONE,
    "chatui-2023-12-28-v0.7/06-conversation-no-session": refused(NO_COOKIE),
    "chatui-2023-12-28-v0.7/07-conversation-unknown-model": refused(MODEL_REFUSED),
    "chatui-2023-12-28-v0.7/08-message-unknown-conversation": refused(GONE),
    "chatui-2023-12-28-v0.7/40-upstream-empty": NEWER_PROTOCOL,
    "chatui-2023-12-28-v0.7/40-upstream-err422": NEWER_PROTOCOL,
    "chatui-2023-12-28-v0.7/40-upstream-err503html": NEWER_PROTOCOL,
    "chatui-2023-12-28-v0.7/40-upstream-errevent": NEWER_PROTOCOL,
    "chatui-2023-12-28-v0.7/40-upstream-keepalive": NEWER_PROTOCOL,
    "chatui-2023-12-28-v0.7/40-upstream-length": NEWER_PROTOCOL,
    "chatui-2023-12-28-v0.7/40-upstream-midfail": NEWER_PROTOCOL,
    "chatui-2023-12-28-v0.7/40-upstream-midreset": NEWER_PROTOCOL,
    "chatui-2023-12-28-v0.7/40-upstream-nogen": NEWER_PROTOCOL,
    "chatui-2023-12-28-v0.7/40-upstream-refused": NEWER_PROTOCOL,
    "chatui-2023-12-28-v0.7/40-upstream-utf8split": NEWER_PROTOCOL,
    "chatui-2023-12-28-v0.7/60-stop-generating": DONE,
    "chatui-2023-12-28-v0.7/61-message-stopped": NEWER_PROTOCOL,
    "chatui-2026-08-21-head/01-settings": DONE,
    "chatui-2026-08-21-head/01b-settings-seed-form": refused(
        "The server at H2O_URL speaks a newer chat protocol than the h2o dialect "
        "(HTTP 403: Non-JSON form requests need to have an origin). Set H2O_DIALECT "
        "to openai and H2O_URL to an OpenAI-compatible address."
    ),
    "chatui-2026-08-21-head/01c-settings-seed-form-origin": refused(
        'The chat server refused the model "h2oai/x" (HTTP 500: An error occurred). '
        "Check H2O_MODEL; a newer chat server refuses every model so, then "
        "H2O_DIALECT is wrong."
    ),
    "chatui-2026-08-21-head/02-conversation-create": Outcome(
        "conversation", "6b03ca4cefcf4e410fe30141"
    ),
    "chatui-2026-08-21-head/03-message-ok": NEWER_PROTOCOL,
    "chatui-2026-08-21-head/03b-message-seed-payload": refused(
        'The chat server could not answer with the model "h2oai/x" (HTTP 500: An '
        "error occurred). The model may be out of reach for it, or refuse the "
        "request."
    ),
    "chatui-2026-08-21-head/04-delete": DONE,
    "chatui-2026-08-21-head/05-delete-again": refused(NOT_FOUND),
    "chatui-2026-08-21-head/05b-delete-after": DONE,
    "chatui-2026-08-21-head/06-conversation-no-session": Outcome(
        "conversation", "6b03ca4defcf4e410fe3014b"
    ),
    "chatui-2026-08-21-head/07-conversation-unknown-model": refused(
        'The chat server refused the model "h2oai/x" (HTTP 400: Invalid request). Check H2O_MODEL.'
    ),
    "chatui-2026-08-21-head/08-message-unknown-conversation": refused(GONE),
    "chatui-2026-08-21-head/40-upstream-crlf": NEWER_PROTOCOL,
    "chatui-2026-08-21-head/40-upstream-empty": NEWER_PROTOCOL,
    "chatui-2026-08-21-head/40-upstream-err401": NEWER_PROTOCOL,
    "chatui-2026-08-21-head/40-upstream-err429": NEWER_PROTOCOL,
    "chatui-2026-08-21-head/40-upstream-err503html": NEWER_PROTOCOL,
    "chatui-2026-08-21-head/40-upstream-length": NEWER_PROTOCOL,
    "chatui-2026-08-21-head/40-upstream-midfail": NEWER_PROTOCOL,
    "chatui-2026-08-21-head/40-upstream-midreset": NEWER_PROTOCOL,
    "chatui-2026-08-21-head/40-upstream-nodone": NEWER_PROTOCOL,
    "chatui-2026-08-21-head/40-upstream-reasoning": NEWER_PROTOCOL,
    "chatui-2026-08-21-head/40-upstream-usage": NEWER_PROTOCOL,
    "chatui-2026-08-21-head/60-stop-generating": DONE,
    "chatui-2026-08-21-head/61-message-stopped": NEWER_PROTOCOL,
    "h2ogpt-openai-server/01-models": Outcome("models", "h2oai/h2o-danube3-4b-chat fail-mid"),
    "h2ogpt-openai-server/02-model": failed(
        "",
        "The model server sent something that is no answer: "
        '{"base_model":"h2oai/h2o-danube3-4b-chat","prompt_type":"danube3","max_seq_len"…',
    ),
    "h2ogpt-openai-server/03-models-no-auth": refused(UNAUTHORIZED),
    "h2ogpt-openai-server/04-health": interrupted(""),
    "h2ogpt-openai-server/05-model-unknown": failed(
        "", "The model server sent something that is no answer: {}"
    ),
    "h2ogpt-openai-server/10-stream": complete(HELLO, (5, 7)),
    "h2ogpt-openai-server/11-nonstream": complete(HELLO, (5, 7)),
    "h2ogpt-openai-server/12-stream-fail-first": failed(
        "", "The model server reported an error: Model fail-first not available."
    ),
    "h2ogpt-openai-server/13-stream-fail-mid": failed(
        "Hello! I", "The model server reported an error: CUDA out of memory."
    ),
    "h2ogpt-openai-server/14-nonstream-fail": refused(
        "The model server failed (HTTP 500: Model fail-first not available)."
    ),
    "h2ogpt-openai-server/15-no-auth": refused(UNAUTHORIZED),
    "h2ogpt-openai-server/16-bad-auth": refused(UNAUTHORIZED),
    "h2ogpt-openai-server/17-no-model": complete(HELLO, (5, 7)),
    "h2ogpt-openai-server/18-messages-empty": complete(HELLO, (5, 7)),
    "h2ogpt-openai-server/19-bad-json": refused(
        "The model server refused the request (HTTP 422: 1: JSON decode error)."
    ),
    "h2ogpt-openai-server/20-missing-messages": refused(
        "The model server refused the request (HTTP 422: messages: Field required)."
    ),
    "h2ogpt-openai-server/21-stream-options": complete(HELLO, (5, 7)),
    "h2ogpt-openai-server/22-agent-not-enabled": failed(
        "", "The model server reported an error: Agent is not enabled on this server."
    ),
    "h2ogpt-openai-server/23-string-temperature": refused(
        "The model server refused the request (HTTP 422: temperature: Input should "
        "be a valid number, unable to parse string as a number)."
    ),
    "h2ogpt-openai-server/24-burst-00": complete(HELLO, (5, 7)),
    "h2ogpt-openai-server/24-burst-01": complete(HELLO, (5, 7)),
    "h2ogpt-openai-server/24-burst-02": complete(HELLO, (5, 7)),
    "h2ogpt-openai-server/24-burst-03": complete(HELLO, (5, 7)),
    "h2ogpt-openai-server/24-burst-04": complete(HELLO, (5, 7)),
    "h2ogpt-openai-server/24-burst-05": complete(HELLO, (5, 7)),
    "h2ogpt-openai-server/24-burst-06": complete(HELLO, (5, 7)),
    "h2ogpt-openai-server/24-burst-07": complete(HELLO, (5, 7)),
    "h2ogpt-openai-server/24-burst-08": complete(HELLO, (5, 7)),
    "h2ogpt-openai-server/24-burst-09": complete(HELLO, (5, 7)),
    "h2ogpt-openai-server/24-burst-10": complete(HELLO, (5, 7)),
    "h2ogpt-openai-server/24-burst-11": complete(HELLO, (5, 7)),
    "h2ogpt-openai-server/25-completions-stream": complete(HELLO, (1, 4)),
    "h2ogpt-openai-server/26-models-burst-0": Outcome(
        "models", "h2oai/h2o-danube3-4b-chat fail-mid"
    ),
    "h2ogpt-openai-server/26-models-burst-1": Outcome(
        "models", "h2oai/h2o-danube3-4b-chat fail-mid"
    ),
    "h2ogpt-openai-server/26-models-burst-2": Outcome(
        "models", "h2oai/h2o-danube3-4b-chat fail-mid"
    ),
    "h2ogpt-openai-server/26-models-burst-3": refused(RATE_LIMITED),
    "h2ogpt-openai-server/26-models-burst-4": refused(RATE_LIMITED),
    "h2ogpt-openai-server/26-models-burst-5": refused(RATE_LIMITED),
    "h2ogpt-openai-server/30-stream-slow-ping": complete(HELLO, (5, 7)),
}
