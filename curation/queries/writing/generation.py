"""What models can be asked, and how far their answers are."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import BigIntegerField, Count, F, Func, Max, Q, Sum
from django.db.models.functions import Length

from curation.domain.corpus.records import AttachmentPart, parts_from_json, text_of
from curation.domain.exporters.chat_messages import chat_messages
from curation.domain.exporters.dataset_rows import Turn
from curation.models import (
    Conversation,
    DatasetRow,
    DatasetVersion,
    Message,
    ModelEndpoint,
    ModelVersion,
    PreferencePair,
    Project,
    ResponseSet,
    ResponseSetEntry,
)

SAMPLE_ENTRIES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryCounts:
    """How many answers of a set are there, and what they took."""

    waiting: int
    given: int
    refused: int
    failed: int
    prompt_tokens: int
    completion_tokens: int
    cost: Decimal | None

    @property
    def total(self) -> int:
        """All answers that are wanted."""
        return self.waiting + self.given + self.refused + self.failed


def endpoints_of(project: Project) -> list[ModelEndpoint]:
    """Return the endpoints in use, by name, with how often each answered as `asked`."""
    rows = ModelEndpoint.objects.for_project(project).filter(archived_at__isnull=True)
    counted = rows.select_related("model_version").annotate(
        asked=Count("calls", filter=Q(calls__answered_at__isnull=False))
    )
    return list(counted.order_by("name"))


def endpoint_of(project: Project, uuid: UUID) -> ModelEndpoint | None:
    """Return an endpoint of the project that is in use."""
    rows = ModelEndpoint.objects.for_project(project).filter(uuid=uuid, archived_at__isnull=True)
    return rows.select_related("project", "model_version").first()


def models_of(project: Project) -> list[ModelVersion]:
    """Return every maker of text that the project knows, by name."""
    return list(ModelVersion.objects.for_project(project).order_by("name", "kind"))


def registered_models(project: Project) -> list[ModelVersion]:
    """Return the models whose weights lie here, newest first."""
    rows = ModelVersion.objects.for_project(project).exclude(path="")
    return list(rows.filter(kind__in=[ModelVersion.Kind.BASE, ModelVersion.Kind.ADAPTER]).order_by("-id"))


def model_of(project: Project, uuid: UUID) -> ModelVersion | None:
    """Return a model of the project."""
    return ModelVersion.objects.for_project(project).filter(uuid=uuid).select_related("project").first()


def newest_prompts(project: Project, *, limit: int, language: str = "") -> list[int]:
    """Return the last user messages of the newest conversations, one each, by id."""
    conversations = Conversation.objects.for_project(project).filter(
        archived_at__isnull=True, withdrawn_at__isnull=True, user_message_count__gt=0
    )
    if language:
        conversations = conversations.filter(language=language)
    newest = list(conversations.order_by("-id").values_list("id", flat=True)[:limit])
    last = Message.objects.filter(conversation_id__in=newest, role=Message.Role.USER)
    return list(
        last.values("conversation").annotate(last=Max("id")).order_by("last").values_list("last", flat=True)
    )


def prompts_of_pairs(project: Project, *, limit: int) -> list[int]:
    """Return the prompts of the newest standing pairs, as ids of their last messages."""
    pairs = PreferencePair.objects.for_project(project).standing().order_by("-id")
    return _different(pairs.values_list("prompt__last_message_id", flat=True)[: 4 * limit], limit=limit)


def prompts_of_version(version: DatasetVersion, *, split: str, limit: int) -> list[int]:
    """Return the prompts of a version's split, as ids of their last messages; withdrawn ones are left out."""
    rows = DatasetRow.objects.filter(
        version=version, split=split, prompt__conversation__withdrawn_at__isnull=True
    )
    return _different(
        rows.order_by("position").values_list("prompt__last_message_id", flat=True), limit=limit
    )


def _different(keys: Iterable[int], *, limit: int) -> list[int]:
    return list(dict.fromkeys(keys))[:limit]


def contexts_until(last_messages: Iterable[int]) -> dict[int, list[dict[str, Any]] | None]:
    """Return the conversation up to each message, by the message's id; None for one that carries attachments.

    What was withdrawn is not among them.
    """
    standing = Message.objects.filter(pk__in=set(last_messages), conversation__withdrawn_at__isnull=True)
    ends = standing.values_list("conversation_id", "id")
    rows = Message.objects.filter(conversation_id__in={conversation for conversation, _last in ends})
    turns: dict[int, list[tuple[int, Turn]]] = defaultdict(list)
    for row in rows.order_by("position").only(
        "id", "conversation_id", "position", "role", "text", "rich_parts"
    ):
        parts = parts_from_json(row.parts)
        turns[row.conversation_id].append((row.pk, Turn(row.role, text_of(parts), parts)))
    return {last: _messages_until(turns[conversation], last) for conversation, last in ends}


def prompt_tokens(last_messages: Collection[int]) -> tuple[int, int]:
    """Return how many prompts end with these messages, and about how many tokens they have together.

    It is counted in the database as `language_models.chat.asking.tokens_of` counts a text, so that no text is read.
    """
    until = Message.objects.filter(pk__in=last_messages, conversation__withdrawn_at__isnull=True).filter(
        conversation__messages__position__lte=F("position")
    )
    text = "conversation__messages__text"
    eighths = 3 * Func(F(text), function="octet_length", output_field=BigIntegerField()) - Length(text)
    counted = until.aggregate(prompts=Count("id", distinct=True), eighths=Sum(eighths))
    return counted["prompts"], -(-(counted["eighths"] or 0) // 8)


def _messages_until(turns: list[tuple[int, Turn]], last: int) -> list[dict[str, Any]] | None:
    end = next((number for number, (key, _turn) in enumerate(turns, start=1) if key == last), 0)
    context = tuple(turn for _key, turn in turns[:end])
    if any(isinstance(part, AttachmentPart) for turn in context for part in turn.parts):
        return None
    return chat_messages(context, attachment=lambda _sha256: None)


def response_sets(project: Project) -> list[ResponseSet]:
    """Return the sets of a project, newest first, each with its counts as `given_count` and `entry_count`."""
    rows = ResponseSet.objects.for_project(project).filter(archived_at__isnull=True).select_related("job")
    counted = rows.annotate(
        entry_count=Count("entries"),
        given_count=Count("entries", filter=Q(entries__state=ResponseSetEntry.State.GIVEN)),
    )
    return list(counted.order_by("-id")[:100])


def response_set_of(project: Project, uuid: UUID) -> ResponseSet | None:
    """Return a set of the project."""
    rows = ResponseSet.objects.for_project(project).filter(uuid=uuid)
    return rows.select_related("project", "job", "created_by").first()


def entry_counts(response_set: ResponseSet) -> EntryCounts:
    """Count the entries of a set by state, with their tokens and cost."""
    rows = ResponseSetEntry.objects.filter(response_set=response_set)
    states = Counter(dict(rows.values_list("state").annotate(Count("id")).order_by("state")))
    sums = rows.aggregate(
        prompt_tokens=Sum("prompt_tokens"), completion_tokens=Sum("completion_tokens"), cost=Sum("cost")
    )
    return EntryCounts(
        waiting=states["waiting"],
        given=states["given"],
        refused=states["refused"],
        failed=states["failed"],
        prompt_tokens=sums["prompt_tokens"] or 0,
        completion_tokens=sums["completion_tokens"] or 0,
        cost=sums["cost"],
    )


def sample_entries(response_set: ResponseSet) -> list[ResponseSetEntry]:
    """Return the newest answers of a set with their texts, and what failed before them."""
    rows = ResponseSetEntry.objects.filter(response_set=response_set).exclude(state="waiting")
    related = rows.select_related("response", "model_version", "prompt__last_message", "prompt__conversation")
    return list(related.order_by("-answered_at", "-id")[:SAMPLE_ENTRIES])


def models_in(response_set: ResponseSet) -> list[Mapping[str, Any]]:
    """Return per model of a set how its answers stand."""
    rows = ResponseSetEntry.objects.filter(response_set=response_set)
    return list(
        rows.values("model_version", *(f"model_version__{name}" for name in ("name", "kind", "revision")))
        .annotate(
            entries=Count("id"),
            given=Count("id", filter=Q(state="given")),
            refused=Count("id", filter=Q(state="refused")),
            failed=Count("id", filter=Q(state="failed")),
            cost=Sum("cost"),
        )
        .order_by("model_version__name", "model_version")
    )
