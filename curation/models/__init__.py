"""The tables of curation, by noun."""

from curation.models.base import Identified, ProjectQuerySet, ProjectRow
from curation.models.corpus import (
    Conversation,
    ImportBatch,
    Message,
    ModelVersion,
    QuarantinedRecord,
    SourceUser,
)
from curation.models.datasets import Dataset, DatasetRow, DatasetRowText, DatasetVersion
from curation.models.people import ApiToken, Invitation, Membership, Project, SignInAttempt, User
from curation.models.preferences import (
    Comparison,
    Evidence,
    PreferencePair,
    Prompt,
    RankedList,
    RankedResponse,
    Response,
)
from curation.models.scores import Score, Scorer
from curation.models.work import AuditEvent, Heartbeat, Job

__all__ = [
    "ApiToken",
    "AuditEvent",
    "Comparison",
    "Conversation",
    "Dataset",
    "DatasetRow",
    "DatasetRowText",
    "DatasetVersion",
    "Evidence",
    "Heartbeat",
    "Identified",
    "ImportBatch",
    "Invitation",
    "Job",
    "Membership",
    "Message",
    "ModelVersion",
    "PreferencePair",
    "Project",
    "ProjectQuerySet",
    "ProjectRow",
    "Prompt",
    "QuarantinedRecord",
    "RankedList",
    "RankedResponse",
    "Response",
    "Score",
    "Scorer",
    "SignInAttempt",
    "SourceUser",
    "User",
]
