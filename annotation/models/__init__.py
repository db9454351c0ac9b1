"""The tables of annotation, by noun."""

from annotation.models.criteria import Assertion, AssertionResult, CriteriaSet, Criterion, Grade
from annotation.models.queues import Guideline, Queue
from annotation.models.tasks import Annotation, Lease, Task, TaskResponse

__all__ = [
    "Annotation",
    "Assertion",
    "AssertionResult",
    "CriteriaSet",
    "Criterion",
    "Grade",
    "Guideline",
    "Lease",
    "Queue",
    "Task",
    "TaskResponse",
]
