"""What the review stores: digests, filters, rubrics, queues, judgements, and who read what."""

from review.models.digest import Digest
from review.models.filter import SavedFilter
from review.models.judgement import Judgement, Mark
from review.models.queue import Item, Queue, Skip
from review.models.reading import Reading
from review.models.rubric import Question, Rubric

__all__ = [
    "Digest",
    "Item",
    "Judgement",
    "Mark",
    "Question",
    "Queue",
    "Reading",
    "Rubric",
    "SavedFilter",
    "Skip",
]
