"""Recognising that a prompt was refused because it is too long, and by how much."""

import re

from chat.backends.errors import ContextExceeded, Refused
from chat.wire.sentences import sentence

TOO_LONG = sentence("The conversation is longer than this model can read.")

LOOKED_AT = 4_096  # characters of what a server says
# With bounded gaps: a hostile body must not be gone through again from each of its words.
_COUNTS = tuple(
    re.compile(pattern, re.DOTALL)
    for pattern in (
        # llama.cpp: {"error": {"type": "exceed_context_size_error", "n_prompt_tokens", "n_ctx"}}
        (
            r'exceed_context_size_error.{0,200}?"n_prompt_tokens":\s*(?P<prompt>\d+)'
            r'.{0,200}?"n_ctx":\s*(?P<context>\d+)'
        ),
        # vLLM: one sentence, worded in several ways
        (
            r"maximum context length is (?P<context>\d+) tokens.{0,200}?"
            r"(?:requested|has) (?P<prompt>\d+)"
        ),
        # text-generation-inference: its validation of a request
        r"must have less than (?P<context>\d+) tokens\. Given: (?P<prompt>\d+)",
        r"must be <= (?P<context>\d+)\. Given: (?P<prompt>\d+) `inputs` tokens",
        r"(?P<prompt>)(?P<context>)(?:exceed_context_size_error|context_length_exceeded)",
    )
)
_STATUSES = frozenset({400, 413, 422})


def context_exceeded(error: Refused) -> ContextExceeded | None:
    """The error as ContextExceeded, with the server's counts where it gave them, if it is one."""
    if error.status not in _STATUSES:
        return None
    text = error.body.decode("utf-8", "replace")[:LOOKED_AT]
    found = next(filter(None, (pattern.search(text) for pattern in _COUNTS)), None)
    if found is None:
        return None
    prompt_tokens, context = (_number(found[name]) for name in ("prompt", "context"))
    return ContextExceeded(TOO_LONG, prompt_tokens=prompt_tokens, context=context)


def _number(digits: str) -> int | None:
    return int(digits) if digits else None
