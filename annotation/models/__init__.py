"""The tables of annotation, by noun."""

from annotation.models.annotators import ModelAnnotator
from annotation.models.asking import GuidelineReading, Precedent, Question
from annotation.models.criteria import Assertion, AssertionResult, CriteriaSet, Criterion, Grade
from annotation.models.crossing import CrossedItem, CrossedReading
from annotation.models.quality import (
    Adjudication,
    GoldAnswer,
    GoldContest,
    GoldResult,
    ReturnedAnswer,
)
from annotation.models.queues import Guideline, Queue, QueueMember
from annotation.models.tasks import Annotation, Lease, Task, TaskResponse

__all__ = [
    "Adjudication",
    "Annotation",
    "Assertion",
    "AssertionResult",
    "CriteriaSet",
    "Criterion",
    "CrossedItem",
    "CrossedReading",
    "GoldAnswer",
    "GoldContest",
    "GoldResult",
    "Grade",
    "Guideline",
    "GuidelineReading",
    "Lease",
    "ModelAnnotator",
    "Precedent",
    "Question",
    "Queue",
    "QueueMember",
    "ReturnedAnswer",
    "Task",
    "TaskResponse",
]
