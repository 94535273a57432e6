"""Conversations, their messages, the runs that write the answers, and what people want."""

from chat.models.conversation import Conversation
from chat.models.feedback import Feedback
from chat.models.hold import Hold
from chat.models.library import Preset, Prompt
from chat.models.limit import Charge, Limit, ModelAccess
from chat.models.message import Message
from chat.models.preferences import Preferences
from chat.models.process import Process
from chat.models.run import Run, RunEvent
from chat.models.server import ModelServer
from chat.models.share import Share

__all__ = [
    "Charge",
    "Conversation",
    "Feedback",
    "Hold",
    "Limit",
    "Message",
    "ModelAccess",
    "ModelServer",
    "Preferences",
    "Preset",
    "Process",
    "Prompt",
    "Run",
    "RunEvent",
    "Share",
]
