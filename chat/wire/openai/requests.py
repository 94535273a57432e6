"""The body of ``POST {base}/chat/completions`` in the way each server takes it."""

from typing import Any, Literal

from chat.wire.continuing import ask_to_go_on
from chat.wire.parameters import Parameters
from chat.wire.request import ChatRequest

Flavour = Literal["standard", "h2ogpt", "vllm", "llama.cpp", "tgi"]

DEFAULT_MAX_TOKENS = 1024  # always sent: h2oGPT stops after 256 tokens otherwise

STANDARD = {
    name: name
    for name in (
        "temperature",
        "top_p",
        "presence_penalty",
        "frequency_penalty",
        "max_tokens",
        "seed",
        "stop",
    )
}
SAMPLERS = {name: name for name in ("top_k", "min_p", "repetition_penalty")}
NAMES: dict[Flavour, dict[str, str]] = {
    "standard": STANDARD,
    "h2ogpt": STANDARD | SAMPLERS,
    "vllm": STANDARD | SAMPLERS,
    "llama.cpp": STANDARD | SAMPLERS | {"repetition_penalty": "repeat_penalty"},
    "tgi": STANDARD,
}


def chat_body(
    request: ChatRequest,
    *,
    flavour: Flavour = "standard",
    default_max_tokens: int = DEFAULT_MAX_TOKENS,
) -> dict[str, Any]:
    """The JSON body that asks for a stream. Parameters that the server does not take are left out.

    A request that continues an answer is sent as a prefill where the server has one, else
    with one more user turn that asks to go on.
    """
    body: dict[str, Any] = {
        "model": request.model,
        "messages": _messages(request, flavour),
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_tokens": default_max_tokens,
    }
    body |= _sampling(request.parameters, flavour)
    if request.continues and flavour == "vllm":
        body |= {"continue_final_message": True, "add_generation_prompt": False}
    return body


def prefills(flavour: Flavour) -> bool:
    """Whether a trailing assistant message is gone on from, rather than answered."""
    return flavour in ("vllm", "llama.cpp")


def _messages(request: ChatRequest, flavour: Flavour) -> list[dict[str, str]]:
    turns = request.turns
    if request.continues and not prefills(flavour):
        turns = ask_to_go_on(turns)
    return [{"role": turn.role, "content": turn.content} for turn in turns]


def _sampling(parameters: Parameters, flavour: Flavour) -> dict[str, Any]:
    chosen = {
        sent_as: list(value) if isinstance(value, tuple) else value
        for name, sent_as in NAMES[flavour].items()
        if (value := getattr(parameters, name)) is not None
    }
    if flavour == "tgi" and chosen.get("top_p") == 1:
        del chosen["top_p"]  # it wants less than 1, and 1 changes nothing
    return chosen
