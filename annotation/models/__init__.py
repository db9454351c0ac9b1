"""The tables of annotation, by noun."""

from annotation.models.annotators import ModelAnnotator
from annotation.models.asking import GuidelineReading, Precedent, Question
from annotation.models.criteria import (
    Assertion,
    AssertionResult,
    CriteriaSet,
    Criterion,
    CriterionOrigin,
    CriterionProposal,
    Grade,
    SuspectOutput,
)
from annotation.models.crossing import CrossedItem, CrossedReading
from annotation.models.figures import FigureReport, Tournament, TournamentGame
from annotation.models.judges import JudgeLabelling, JudgeThresholds, JudgeValidation
from annotation.models.quality import (
    Adjudication,
    DecisionDraft,
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
    "CriterionOrigin",
    "CriterionProposal",
    "CrossedItem",
    "CrossedReading",
    "DecisionDraft",
    "FigureReport",
    "GoldAnswer",
    "GoldContest",
    "GoldResult",
    "Grade",
    "Guideline",
    "GuidelineReading",
    "JudgeLabelling",
    "JudgeThresholds",
    "JudgeValidation",
    "Lease",
    "ModelAnnotator",
    "Precedent",
    "Question",
    "Queue",
    "QueueMember",
    "ReturnedAnswer",
    "SuspectOutput",
    "Task",
    "TaskResponse",
    "Tournament",
    "TournamentGame",
]
