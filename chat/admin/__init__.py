"""The administration of the chat: everything can be read here, and nothing changed."""

from chat.admin.conversations import ConversationAdmin
from chat.admin.runs import RunAdmin
from chat.admin.servers import ModelServerAdmin

__all__ = ["ConversationAdmin", "ModelServerAdmin", "RunAdmin"]
