"""The tables of annotation, by noun."""

from annotation.models.criteria import Assertion, AssertionResult, CriteriaSet, Criterion, Grade
from annotation.models.desk import Annotation, Guideline, Lease, Queue, Task

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
]
