"""Conversations, their messages, and the runs that write the answers."""

from chat.models.conversation import Conversation
from chat.models.message import Message
from chat.models.process import Process
from chat.models.run import Run, RunEvent
from chat.models.server import ModelServer

__all__ = ["Conversation", "Message", "ModelServer", "Process", "Run", "RunEvent"]
