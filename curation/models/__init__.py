"""The tables of curation, by noun."""

from curation.models.attachments import Attachment, MessageAttachment
from curation.models.base import BulkRow, Identified, ProjectQuerySet, ProjectRow
from curation.models.corpus import (
    CommercialUse,
    Conversation,
    ImportBatch,
    Message,
    ModelVersion,
    QuarantinedRecord,
    SourceUser,
)
from curation.models.datasets import (
    Dataset,
    DatasetRow,
    DatasetRowText,
    DatasetVersion,
    EvaluationText,
    LeftOutRow,
)
from curation.models.finding import (
    Enrichment,
    Fingerprint,
    MessageEmbedding,
    MessageTopic,
    MessageWords,
    SavedView,
    Tag,
    Topic,
)
from curation.models.generation import ModelCall, ModelEndpoint, ResponseSet, ResponseSetEntry
from curation.models.judging import JudgedPair, Judgement, JudgeRun
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
    "Attachment",
    "AuditEvent",
    "BulkRow",
    "CommercialUse",
    "Comparison",
    "Conversation",
    "Dataset",
    "DatasetRow",
    "DatasetRowText",
    "DatasetVersion",
    "Enrichment",
    "EvaluationText",
    "Evidence",
    "Fingerprint",
    "Heartbeat",
    "Identified",
    "ImportBatch",
    "Invitation",
    "Job",
    "JudgeRun",
    "JudgedPair",
    "Judgement",
    "LeftOutRow",
    "Membership",
    "Message",
    "MessageAttachment",
    "MessageEmbedding",
    "MessageTopic",
    "MessageWords",
    "ModelCall",
    "ModelEndpoint",
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
    "ResponseSet",
    "ResponseSetEntry",
    "SavedView",
    "Score",
    "Scorer",
    "SignInAttempt",
    "SourceUser",
    "Tag",
    "Topic",
    "User",
]
