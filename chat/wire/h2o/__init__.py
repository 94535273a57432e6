"""Dialect ``h2o``: the chat server of mid-2023 that gpt-gm.h2o.ai ran.

One answer is five steps on one cookie jar: settings, conversation, message stream,
delete, and stop when asked to stop. The stream carries text-generation-inference's
token events. Newer servers of the same family speak another protocol; its first byte
gives it away.
"""

from chat.wire.h2o.decoder import H2ODecoder
from chat.wire.h2o.requests import (
    CONVERSATION_PATH,
    DEFAULT_CONTEXT,
    DEFAULT_MODEL,
    SETTINGS_PATH,
    conversation_body,
    format_prompt,
    inputs_of,
    message_body,
    message_path,
    parse_conversation,
    settings_accepted,
    settings_form,
    stop_path,
)

__all__ = [
    "CONVERSATION_PATH",
    "DEFAULT_CONTEXT",
    "DEFAULT_MODEL",
    "SETTINGS_PATH",
    "H2ODecoder",
    "conversation_body",
    "format_prompt",
    "inputs_of",
    "message_body",
    "message_path",
    "parse_conversation",
    "settings_accepted",
    "settings_form",
    "stop_path",
]
