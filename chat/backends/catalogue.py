"""The list of a server's models as the operator wants it seen."""

import re
from collections.abc import Iterable

from chat.backends.config import ModelChoice, ServerConfig
from chat.wire.request import ModelInfo

# H2O's own chat models and how many tokens they read, for servers that do not say.
_KNOWN_CONTEXTS = (
    (re.compile(r"h2ogpt-gm-oasst1-en-2048"), 2_048),
    (re.compile(r"h2o-danube-1\.8b"), 16_384),
    (re.compile(r"h2o-danube[23]"), 8_192),
)


def arranged(offered: Iterable[ModelInfo], config: ServerConfig) -> list[ModelInfo]:
    """The models that people see: the usual one, those the operator lists, the others.

    A model that the operator lists is there even if the server does not name it; the usual
    one (``config.model``) is only put first, so that it is what whoever chose none gets.
    """
    by_name = {model.name: model for model in offered}
    listed = [
        _described(by_name.pop(choice.name, ModelInfo(choice.name)), choice)
        for choice in config.models
        if not choice.hidden
    ]
    hidden = {choice.name for choice in config.models if choice.hidden}
    others = [] if config.only_listed_models else by_name.values()
    plain = ModelChoice(name="")
    shown = listed + [_described(model, plain) for model in others if model.name not in hidden]
    return sorted(shown, key=lambda model: model.name != config.model)


def configured(config: ServerConfig) -> list[ModelInfo]:
    """The models that the operator names, for servers that give no list."""
    names = [config.model] if config.model else []
    listed = {choice.name for choice in config.models}
    return arranged([ModelInfo(name) for name in names if name not in listed], config)


def context_of(config: ServerConfig, name: str) -> int | None:
    """How many tokens a model reads, as the operator says or as is known of it."""
    chosen = (choice.context for choice in config.models if choice.name == name)
    return next(filter(None, chosen), None) or _known_context(name)


def _described(model: ModelInfo, choice: ModelChoice) -> ModelInfo:
    return ModelInfo(
        name=model.name,
        label=choice.label or model.label or _short(model.name),
        context=choice.context or model.context or _known_context(model.name),
        prefills=model.prefills,
    )


def _short(name: str) -> str:
    """llama.cpp calls a model by the path of its file; people know it by the file's name."""
    return name.rsplit("/", 1)[-1].removesuffix(".gguf") if name.endswith(".gguf") else name


def _known_context(name: str) -> int | None:
    return next((size for pattern, size in _KNOWN_CONTEXTS if pattern.search(name)), None)
