"""Dialect ``openai``: ``/v1/chat/completions`` and ``/v1/models``.

Spoken by h2oGPT, Enterprise h2oGPTe, vLLM, text-generation-inference (TGI), llama.cpp's
server and many others, each in its own way; ``Flavour`` names the ways that differ.
"""

from chat.wire.openai.decoder import OpenAIDecoder
from chat.wire.openai.models import parse_models, recognise
from chat.wire.openai.requests import Flavour, chat_body, prefills

__all__ = [
    "Flavour",
    "OpenAIDecoder",
    "chat_body",
    "parse_models",
    "prefills",
    "recognise",
]
