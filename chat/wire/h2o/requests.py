"""What the five steps send, with the first client's values as defaults."""

import re
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

from chat.wire import loose
from chat.wire.continuing import ask_to_go_on
from chat.wire.parameters import Parameters
from chat.wire.request import ChatRequest, Turn

DEFAULT_MODEL = "h2oai/h2ogpt-gm-oasst1-en-2048-falcon-40b-v1"
DEFAULT_CONTEXT = 2048  # tokens

SETTINGS_PATH = "/settings"
CONVERSATION_PATH = "/conversation"

_CONVERSATION_ID = re.compile(r"[0-9a-f]{24}")

# What text-generation-inference of that time calls the person's parameters; it has no
# min_p and no presence or frequency penalty.
_NAMES = {
    "temperature": "temperature",
    "top_p": "top_p",
    "top_k": "top_k",
    "repetition_penalty": "repetition_penalty",
    "max_tokens": "max_new_tokens",
    "seed": "seed",
    "stop": "stop",
}


def settings_form(
    model: str, *, share_with_authors: bool = False, web_search: bool = False
) -> dict[str, str]:
    """The form of ``POST /settings``, which accepts the welcome page.

    Any non-empty value counts as true there, so what is off is left out.
    """
    form = {"ethicsModalAccepted": "true", "ethicsModalAcceptedAt": "", "activeModel": model}
    if share_with_authors:
        form["shareConversationsWithModelAuthors"] = "true"
    if web_search:
        form["searchEnabled"] = "true"
    return form


def settings_accepted(status: int, body: bytes) -> bool:
    """Whether the settings were taken: 303, or 200 and a redirect in JSON."""
    if status == 303:
        return True
    value = loose.decode(body)
    return status == 200 and isinstance(value, dict) and value.get("type") == "redirect"


def conversation_body(model: str) -> dict[str, str]:
    """The JSON of ``POST /conversation``."""
    return {"model": model}


def parse_conversation(body: bytes) -> str | None:
    """The new conversation's id. It becomes part of a path, so nothing but 24 hex digits counts."""
    value = loose.decode(body)
    name = loose.text_of(value.get("conversationId")) if isinstance(value, dict) else ""
    return name if _CONVERSATION_ID.fullmatch(name) else None


def message_path(conversation: str) -> str:
    """Where the message is posted, and what DELETE removes. Raises ValueError for no id."""
    if not _CONVERSATION_ID.fullmatch(conversation):
        raise ValueError("A conversation's id has 24 hex digits.")
    return f"{CONVERSATION_PATH}/{conversation}"


def stop_path(conversation: str) -> str:
    """Where ``POST`` stops the model; closing the connection or deleting does not."""
    return f"{message_path(conversation)}/stop-generating"


def inputs_of(request: ChatRequest) -> str:
    """The prompt for a request; an answer to go on from is asked for in one more turn."""
    turns = ask_to_go_on(request.turns) if request.continues else request.turns
    return format_prompt(turns)


def format_prompt(turns: Sequence[Turn]) -> str:
    """One turn: its content. Several: lines ``Role: content`` and a last line ``Assistant:``.

    The server puts its model's own template around it.
    """
    if len(turns) == 1:
        return turns[0].content
    lines = [f"{turn.role.capitalize()}: {turn.content}" for turn in turns]
    return "\n".join([*lines, "Assistant:"])


def message_body(
    inputs: str,
    parameters: Parameters = Parameters(),  # noqa: B008 - an immutable value
    *,
    temperature: float = 0.4,
    truncate: int = DEFAULT_CONTEXT,
    max_new_tokens: int = 1024,
    do_sample: bool = True,
    repetition_penalty: float = 1.2,
    return_full_text: bool = False,
    message_id: UUID | None = None,
    response_id: UUID | None = None,
    is_retry: bool = False,
    use_cache: bool = False,
    web_search_id: str = "",
) -> dict[str, Any]:
    """The JSON of ``POST /conversation/<id>``. The person's parameters win over the defaults.

    ``truncate`` is the most tokens of prompt that the model gets. New ids are made where
    none are given.
    """
    return {
        "inputs": inputs,
        "parameters": _sampled(
            {
                "temperature": temperature,
                "truncate": truncate,
                "max_new_tokens": max_new_tokens,
                "do_sample": do_sample,
                "repetition_penalty": repetition_penalty,
                "return_full_text": return_full_text,
            }
            | _chosen(parameters)
        ),
        "stream": True,
        "options": {
            "id": str(message_id or uuid4()),
            "response_id": str(response_id or uuid4()),
            "is_retry": is_retry,
            "use_cache": use_cache,
            "web_search_id": web_search_id,
        },
    }


def _chosen(parameters: Parameters) -> dict[str, Any]:
    return {
        sent_as: list(value) if isinstance(value, tuple) else value
        for name, sent_as in _NAMES.items()
        if (value := getattr(parameters, name)) is not None
    }


def _sampled(parameters: dict[str, Any]) -> dict[str, Any]:
    """Without the values that the model's server refuses: temperature 0, top_p 1."""
    if parameters["temperature"] == 0:
        parameters |= {"do_sample": False}
        del parameters["temperature"]
    if parameters.get("top_p") == 1:
        del parameters["top_p"]
    return parameters
