"""The review as pages of the administration."""

from review.admin.conversations import ConversationAdmin
from review.admin.dashboard import FigureAdmin
from review.admin.datasets import DatasetAdmin
from review.admin.erasures import ErasureAdmin
from review.admin.holds import HoldAdmin
from review.admin.items import ItemAdmin
from review.admin.queues import QueueAdmin
from review.admin.readings import ReadingAdmin
from review.admin.rubrics import RubricAdmin
from review.admin.rules import RuleAdmin
from review.admin.runs import RunAdmin

__all__ = [
    "ConversationAdmin",
    "DatasetAdmin",
    "ErasureAdmin",
    "FigureAdmin",
    "HoldAdmin",
    "ItemAdmin",
    "QueueAdmin",
    "ReadingAdmin",
    "RubricAdmin",
    "RuleAdmin",
    "RunAdmin",
]
