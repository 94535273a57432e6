"""What the review stores: datasets, digests, filters, rubrics, queues, judgements, readings."""

from review.models.chain import Head, Link, Register
from review.models.dataset import Dataset
from review.models.digest import Digest, DigestedUntil, DigestHint
from review.models.erasure import Erasure
from review.models.figures import CountedDay, CountedWeek, Figure, WeekFigure
from review.models.filter import SavedFilter
from review.models.judgement import Judgement, Mark
from review.models.queue import Item, Queue, Skip
from review.models.reading import Reading
from review.models.rubric import Question, Rubric
from review.models.rule import Rule

__all__ = [
    "CountedDay",
    "CountedWeek",
    "Dataset",
    "Digest",
    "DigestHint",
    "DigestedUntil",
    "Erasure",
    "Figure",
    "Head",
    "Item",
    "Judgement",
    "Link",
    "Mark",
    "Question",
    "Queue",
    "Reading",
    "Register",
    "Rubric",
    "Rule",
    "SavedFilter",
    "Skip",
    "WeekFigure",
]
