"""The answer to ``GET {base}/models``: what the server has, and what server it is."""

from typing import Any

from chat.wire import loose
from chat.wire.errors import one_line
from chat.wire.openai.requests import Flavour, prefills
from chat.wire.request import ModelInfo

MAX_MODELS = 1000
MAX_NAME = 200  # characters, as in chat.wire.commands

# Where servers tell a model's context length, in tokens.
CONTEXT_KEYS = ("max_model_len", "max_seq_len", "context_length", "max_context_length", "n_ctx")
META_KEYS = (
    "n_ctx",
    "n_ctx_train",
)  # llama.cpp, in "meta": what it runs with, what it was made for


def parse_models(body: bytes) -> list[ModelInfo]:
    """The models of a list, in its order, each name once; empty for anything else.

    ``created`` is not read: h2oGPT writes "NA" there.
    """
    models: dict[str, ModelInfo] = {}
    flavour = recognise(body)
    for entry in _entries(body):
        info = _model(entry, flavour)
        if info is not None:
            models.setdefault(info.name, info)
    return list(models.values())


def recognise(body: bytes) -> Flavour:
    """The server behind a list of models, by the marks that it leaves there."""
    entries = _entries(body)
    entry = entries[0] if entries else {}
    owner = loose.text_of(entry.get("owned_by")).lower()
    if owner in ("vllm", "sglang"):
        return "vllm"
    if owner == "llamacpp":
        return "llama.cpp"
    if owner == "h2o.ai" or "base_model" in entry:
        return "h2ogpt"
    if entry.get("created") == 0 and owner == loose.text_of(entry.get("id")).lower() != "":
        return "tgi"
    return "standard"


def _entries(body: bytes) -> list[dict[str, Any]]:
    value = loose.decode(body)
    if isinstance(value, dict):
        value = value.get("data") or value.get("models")
    if not isinstance(value, list):
        return []
    named = [{"id": entry} if isinstance(entry, str) else entry for entry in value[:MAX_MODELS]]
    return [entry for entry in named if isinstance(entry, dict)]


def _model(entry: dict[str, Any], flavour: Flavour) -> ModelInfo | None:
    name = loose.text_of(entry.get("id") or entry.get("base_model") or entry.get("name"))
    if not name or len(name) > MAX_NAME or not name.isprintable():
        return None
    return ModelInfo(
        name=name,
        label=one_line(loose.text_of(entry.get("display_name")), MAX_NAME),
        context=_context(entry),
        prefills=prefills(flavour),
    )


def _context(entry: dict[str, Any]) -> int | None:
    meta = entry.get("meta")
    found = [entry.get(key) for key in CONTEXT_KEYS]
    if isinstance(meta, dict):
        found += [meta.get(key) for key in META_KEYS]
    counts = (loose.count_of(value) for value in found)
    return next((count for count in counts if count), None)
