"""The tables of feedback mining, by noun."""

from feedback_mining.models.learning import (
    FittedConfidence,
    LearnedRubric,
    ProjectCriterion,
    TrainedHead,
)
from feedback_mining.models.pairs import (
    PairRewrite,
)
from feedback_mining.models.signals import (
    MiningRun,
    Signal,
    SignalReview,
)
from feedback_mining.models.wishes import (
    ChecklistReading,
    UserWish,
)

__all__ = [
    "ChecklistReading",
    "FittedConfidence",
    "LearnedRubric",
    "MiningRun",
    "PairRewrite",
    "ProjectCriterion",
    "Signal",
    "SignalReview",
    "TrainedHead",
    "UserWish",
]
