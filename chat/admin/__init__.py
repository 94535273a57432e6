"""The administration of the chat's own things; what people said is the review's to show."""

from chat.admin.limits import LimitAdmin, ModelAccessAdmin
from chat.admin.servers import ModelServerAdmin

__all__ = ["LimitAdmin", "ModelAccessAdmin", "ModelServerAdmin"]
