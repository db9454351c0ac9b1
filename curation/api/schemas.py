"""What the API answers with: plain values, uuids for ids, ISO 8601 in UTC for times."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Field, Schema

# The database stores no NUL, so that a text which holds one is neither found nor kept.
PlainText = Annotated[str, Field(pattern=r"^[^\x00]*$")]
DatasetName = Annotated[str, Field(pattern=r"^[-a-zA-Z0-9_]{1,80}$")]
SplitName = Literal["train", "validation", "test"]


class Problem(Schema):
    """Why a request was not done, in a sentence."""

    detail: str


# What any request may be answered with instead of what it asks for.
PROBLEMS = dict.fromkeys((400, 401, 403, 404, 409, 422), Problem)


class ProjectOut(Schema):
    """The project that the token opens."""

    slug: str
    name: str
    description: str


class JobOut(Schema):
    """Long work and how far it is; `result` says what came of it."""

    id: UUID = Field(alias="uuid")
    kind: str
    state: str
    done: int = Field(alias="done_count")
    total: int | None = Field(alias="total_count")
    unit: str
    error: str = Field(alias="error_sentence")
    result: dict[str, Any]
    created_at: datetime
    finished_at: datetime | None


class ImportOut(Schema):
    """An import: what became of every record that was read."""

    id: UUID = Field(alias="uuid")
    name: str
    format: str
    licence: str
    consent: str
    read: int = Field(alias="read_count")
    imported: int = Field(alias="imported_count")
    duplicates: int = Field(alias="duplicate_count")
    quarantined: int = Field(alias="quarantined_count")
    conversations: int = Field(alias="conversation_count")
    job: JobOut | None
    created_at: datetime


class ConversationOut(Schema):
    """A conversation as lists show it; its text is in its messages."""

    id: UUID = Field(alias="uuid")
    title: str
    language: str
    model: str | None = Field(None, alias="model_version.name")
    messages: int = Field(alias="message_count")
    words: int = Field(alias="word_count")
    started_at: datetime | None
    created_at: datetime


class MessageOut(Schema):
    """One turn: its parts as they came, and its plain text."""

    id: UUID = Field(alias="uuid")
    position: int
    role: str
    text: str
    parts: list[dict[str, Any]]
    sent_at: datetime | None


class ConversationWithMessages(ConversationOut):
    """A conversation with its turns."""

    turns: list[MessageOut]


class DatasetOut(Schema):
    """A dataset: a named recipe."""

    id: UUID = Field(alias="uuid")
    name: str
    recipe: dict[str, Any]
    created_at: datetime


class DatasetIn(Schema):
    """A recipe to be kept under a name; without one, the standard recipe."""

    recipe: dict[str, Any] | None = None


class VersionOut(Schema):
    """A frozen version."""

    id: UUID = Field(alias="uuid")
    name: str
    number: int
    rows: int = Field(alias="row_count")
    splits: dict[str, int] = Field(alias="split_counts")
    sha256: str
    frozen_at: datetime | None
    withdrawn_in_part_at: datetime | None

    @staticmethod
    def resolve_name(version: Any) -> str:
        """Name the version as people write it."""
        return str(version)

    @staticmethod
    def resolve_sha256(version: Any) -> str:
        """Leave the hash's own version out."""
        return str(version.content_hash).rpartition(":")[2]


class VersionWithManifest(VersionOut):
    """A frozen version with where its rows came from."""

    recipe: dict[str, Any]
    manifest: dict[str, Any]


class ExportIn(Schema):
    """What to write a version as; without splits, those that the format takes by itself.

    A bundle holds a file for each split, the votes, the manifest and the card. Rows longer than `max_tokens` are
    counted. With `mask_personal_data` pseudonyms stand in place of what the screening for personal data finds.
    """

    format: str = "trl_preference"
    ending: str = ".jsonl"
    splits: list[SplitName] = []  # noqa: RUF012 - pydantic copies it
    bundle: bool = False
    max_tokens: int | None = Field(None, ge=1, le=10_000_000)
    mask_personal_data: bool = False


class FormatOut(Schema):
    """A format that versions are written in."""

    name: str
    title: str
    endings: list[str]


class Page(Schema):
    """A page of a list; `next` is what `before` or `after` of the next page is, null at the end."""

    next: str | None = None


class ImportPage(Page):
    """Imports, newest first."""

    items: list[ImportOut]


class ConversationPageOut(Page):
    """Conversations, newest first."""

    items: list[ConversationOut]


class RowsAsked(Schema):
    """Which rows of a version are wanted: those of a split or all, after a position, at most so many."""

    split: SplitName | None = None
    after: int = Field(-1, ge=-1, le=2**31 - 1)
    limit: int = Field(200, ge=1, le=200)


class RowOut(Schema):
    """A row: a preference with its texts, or an answer that was judged alone, whose other side is empty.

    The sides of a tie stand in no order of merit. `rejected_prompt` is empty unless the sides answer two prompts.
    """

    id: UUID
    position: int
    split: str
    decided_by: str
    source: str
    confidence: float
    is_tie: bool
    strength: float | None
    prompt: list[dict[str, Any]]
    rejected_prompt: list[dict[str, Any]]
    chosen: list[dict[str, Any]]
    rejected: list[dict[str, Any]]
    is_withdrawn: bool


class RowPageOut(Page):
    """Rows of a version in their order."""

    items: list[RowOut]
