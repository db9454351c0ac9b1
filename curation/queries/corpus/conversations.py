"""Reads of one conversation: its turns, and what hangs on it."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import F, Func, JSONField, QuerySet, Value
from django.db.models.functions import Left, Length, Substr

from curation.models import (
    Conversation,
    DatasetRow,
    DatasetVersion,
    Evidence,
    Message,
    ModelVersion,
    PreferencePair,
    Project,
    Response,
)

TURN_PAGE = 100
# A longer turn shows its beginning; the rest is fetched when it is asked for.
SHOWN_CHARACTERS = 2_400
# A turn that is longer than this comes piece by piece, so that no browser has to lay out a megabyte at once.
CHUNK_CHARACTERS = 40_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A message as a reader sees it: its beginning, its length, and what it holds beside text."""

    message: Message
    text: str
    length: int
    other_parts: list[dict[str, Any]] = field(default_factory=list)

    @property
    def is_cut(self) -> bool:
        """Whether there is more text than is shown."""
        return self.length > len(self.text)

    @property
    def comes_in_chunks(self) -> bool:
        """Whether the whole text is too much to be fetched at once."""
        return self.length > CHUNK_CHARACTERS

    @property
    def is_long(self) -> bool:
        """Whether the turn is shown only in part at first."""
        return self.length > SHOWN_CHARACTERS


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """A piece of a long text, and where the next one begins."""

    message: Message
    text: str
    start: int
    length: int

    @property
    def end(self) -> int:
        """Behind its last character."""
        return self.start + len(self.text)

    @property
    def next_start(self) -> int | None:
        """Where the next piece begins; None at the end."""
        return self.end if self.end < self.length else None


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnPage:
    """Some turns of a conversation, and the position where the next ones begin."""

    turns: list[Turn]
    next_from: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawalReach:
    """What a withdrawal would erase and mark."""

    messages: int
    responses: int
    pairs: int
    quotes: int
    rows: int
    versions: list[DatasetVersion]
    models: list[ModelVersion]


def conversation_of(project: Project, uuid: UUID) -> Conversation | None:
    """Return a conversation with what its page says of it."""
    found = Conversation.objects.for_project(project).filter(uuid=uuid)
    return found.select_related("project", "batch", "model_version", "source_user").first()


def turn_page(conversation: Conversation, *, start: int = 0) -> TurnPage:
    """Return the turns from a position on; of a long text only the beginning leaves the database."""
    rows = list(_turns(conversation).filter(position__gte=start).order_by("position")[: TURN_PAGE + 1])
    shown = [_turn_of(row) for row in rows[:TURN_PAGE]]
    return TurnPage(turns=shown, next_from=rows[TURN_PAGE].position if len(rows) > TURN_PAGE else None)


def whole_turn(conversation: Conversation, *, position: int) -> Turn | None:
    """Return one turn with its whole text."""
    row = _turns(conversation).filter(position=position).annotate(whole=F("text")).first()
    return None if row is None else _turn_of(row)


def head_turn(conversation: Conversation, *, position: int) -> Turn | None:
    """Return one turn with the beginning of its text, as a page of turns shows it."""
    row = _turns(conversation).filter(position=position).first()
    return None if row is None else _turn_of(row)


def turn_chunk(conversation: Conversation, *, position: int, start: int) -> Chunk | None:
    """Return a piece of a turn's text from a character on; nothing else of the text leaves the database."""
    piece = Substr("text", start + 1, CHUNK_CHARACTERS)
    row: Any = _turns(conversation).filter(position=position).annotate(piece=piece).first()
    if row is None or start >= row.length:
        return None
    return Chunk(message=row, text=row.piece, start=start, length=row.length)


def _turns(conversation: Conversation) -> QuerySet[Message]:
    # Texts are in `text` already; of the parts only what is no text is fetched.
    other = Func(
        F("rich_parts"),
        Value('$[*] ? (@.type == "tool_call" || @.type == "attachment")'),
        function="jsonb_path_query_array",
        template="%(function)s(%(expressions)s::jsonpath)",
        output_field=JSONField(),
    )
    rows = Message.objects.filter(conversation=conversation).defer("text", "rich_parts")
    return rows.annotate(head=Left("text", SHOWN_CHARACTERS), length=Length("text"), other_parts=other)


def _turn_of(row: Any) -> Turn:
    text = getattr(row, "whole", row.head)
    return Turn(message=row, text=text, length=row.length, other_parts=row.other_parts or [])


def withdrawal_reach(conversation: Conversation) -> WithdrawalReach:
    """Return what a withdrawal of this conversation would erase, so that a person can decide."""
    rows = DatasetRow.objects.filter(prompt__conversation=conversation)
    versions = DatasetVersion.objects.filter(pk__in=rows.values("version")).select_related("dataset")
    models = ModelVersion.objects.filter(trained_on__in=rows.values("version"))
    return WithdrawalReach(
        messages=conversation.message_count,
        responses=Response.objects.filter(prompt__conversation=conversation, message__isnull=True).count(),
        pairs=PreferencePair.objects.filter(prompt__conversation=conversation).count(),
        quotes=Evidence.objects.filter(message__conversation=conversation).exclude(quote="").count(),
        rows=rows.count(),
        versions=list(versions.order_by("id")),
        models=list(models.order_by("id")),
    )
