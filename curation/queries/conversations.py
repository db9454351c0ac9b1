"""Reads of conversations: lists that never touch bodies, and one conversation with its turns."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import F, Func, JSONField, QuerySet, Value
from django.db.models.functions import Left, Length

from curation.domain.counting import CAP, CappedCount
from curation.models import (
    Conversation,
    DatasetRow,
    DatasetVersion,
    Evidence,
    ImportBatch,
    Message,
    ModelVersion,
    PreferencePair,
    Project,
    Response,
)

CONVERSATION_PAGE = 50
TURN_PAGE = 100
# A longer turn shows its beginning; the rest is fetched when it is asked for.
SHOWN_CHARACTERS = 2_400
# How many imports the filter offers, newest first.
BATCH_CHOICES = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationFilters:
    """What the list is narrowed to; an empty text or None narrows nothing."""

    language: str = ""
    model: UUID | None = None
    batch: UUID | None = None
    archived: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationPage:
    """A page of conversations, newest first, and the conversation before which the next page begins."""

    conversations: list[Conversation]
    next_before: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterChoices:
    """What the corpus can be narrowed to."""

    languages: list[str]
    models: list[ModelVersion]
    batches: list[ImportBatch]


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


def conversations_of(project: Project, *, filters: ConversationFilters) -> QuerySet[Conversation]:
    """Return the conversations that the filters leave, in no order."""
    found = Conversation.objects.for_project(project).filter(archived_at__isnull=not filters.archived)
    if filters.language:
        found = found.filter(language=filters.language)
    # Ids are looked up first: for a subquery the planner would not know which index narrows most.
    if filters.model is not None:
        found = found.filter(
            model_version_id=_id_of(ModelVersion.objects.for_project(project), filters.model)
        )
    if filters.batch is not None:
        found = found.filter(batch_id=_id_of(ImportBatch.objects.for_project(project), filters.batch))
    return found


def _id_of(rows: QuerySet[Any], uuid: UUID) -> int:
    """Return the id of a row, 0 where there is none: no row has it."""
    return rows.filter(uuid=uuid).values_list("id", flat=True).first() or 0


def conversation_page(
    project: Project, *, filters: ConversationFilters, before: UUID | None = None
) -> ConversationPage:
    """Return one page of the list, in one query at any depth."""
    found = (
        conversations_of(project, filters=filters).select_related("model_version", "batch").order_by("-id")
    )
    if before is not None:
        # The place is looked up first, so that the planner sees a number and walks the index from there.
        found = found.filter(id__lt=_id_of(Conversation.objects.for_project(project), before))
    rows = list(found[: CONVERSATION_PAGE + 1])
    shown = rows[:CONVERSATION_PAGE]
    return ConversationPage(
        conversations=shown, next_before=shown[-1].uuid if len(rows) > CONVERSATION_PAGE else None
    )


def conversation_count(project: Project, *, filters: ConversationFilters, cap: int = CAP) -> CappedCount:
    """Count the conversations that the filters leave, up to a cap."""
    found = conversations_of(project, filters=filters).order_by().values("id")
    return CappedCount(counted=found[: cap + 1].count(), cap=cap)


def exact_conversation_count(project: Project, *, filters: ConversationFilters) -> int:
    """Count the conversations that the filters leave, however many there are."""
    return conversations_of(project, filters=filters).count()


def filter_choices(project: Project) -> FilterChoices:
    """Return what the corpus can be narrowed to, without walking through it."""
    models = ModelVersion.objects.for_project(project).filter(kind=ModelVersion.Kind.UNKNOWN)
    batches = ImportBatch.objects.for_project(project).filter(conversation_count__gt=0)
    return FilterChoices(
        languages=languages_of(project),
        models=list(models.order_by("name")[:BATCH_CHOICES]),
        batches=list(batches.order_by("-id")[:BATCH_CHOICES]),
    )


def languages_of(project: Project) -> list[str]:
    """Return the languages of a project's conversations: one step of the index for each, however many there are."""
    statement = """
        WITH RECURSIVE found(language) AS (
            (SELECT language FROM curation_conversation WHERE project_id = %(project)s ORDER BY language LIMIT 1)
            UNION ALL
            SELECT (SELECT c.language FROM curation_conversation c
                    WHERE c.project_id = %(project)s AND c.language > found.language ORDER BY c.language LIMIT 1)
            FROM found WHERE found.language IS NOT NULL
        )
        SELECT language FROM found WHERE language <> ''
    """
    with connection.cursor() as cursor:
        cursor.execute(statement, {"project": project.pk})
        return [language for (language,) in cursor.fetchall()]


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


def _turns(conversation: Conversation) -> QuerySet[Message]:
    # Texts are in `text` already; of the parts only what is no text is fetched.
    other = Func(
        F("parts"),
        Value('$[*] ? (@.type == "tool_call" || @.type == "attachment")'),
        function="jsonb_path_query_array",
        template="%(function)s(%(expressions)s::jsonpath)",
        output_field=JSONField(),
    )
    rows = Message.objects.filter(conversation=conversation).defer("text", "parts")
    return rows.annotate(head=Left("text", SHOWN_CHARACTERS), length=Length("text"), other_parts=other)


def _turn_of(row: Any) -> Turn:
    text = getattr(row, "whole", row.head)
    return Turn(message=row, text=text, length=row.length, other_parts=row.other_parts)


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
