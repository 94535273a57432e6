"""The administration of the chat: what was said can be read here, and nothing of it changed."""

from chat.admin.conversations import ConversationAdmin
from chat.admin.limits import LimitAdmin, ModelAccessAdmin
from chat.admin.runs import RunAdmin
from chat.admin.servers import ModelServerAdmin

__all__ = ["ConversationAdmin", "LimitAdmin", "ModelAccessAdmin", "ModelServerAdmin", "RunAdmin"]
