"""What a source said of one conversation: its tags, and the scores of its turns and of the whole."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce

from curation.models import Conversation, Score, Scorer, Tag


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceMark:
    """One score of the turn at `position`, None for the whole; `is_beside` where it is of another answer to it."""

    name: str
    value: float
    position: int | None
    is_beside: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceMarks:
    """Everything that came with a conversation beside its text."""

    tags: Sequence[str]
    scores: Sequence[SourceMark]


def source_marks_of(conversation: Conversation) -> SourceMarks:
    """Return what the source said, in the order of the turns; two queries."""
    tags = Tag.objects.filter(conversation=conversation, source=Tag.Source.SOURCE, message__isnull=True)
    return SourceMarks(
        tags=list(tags.order_by("name").values_list("name", flat=True)), scores=_scores_of(conversation)
    )


def _scores_of(conversation: Conversation) -> list[SourceMark]:
    rows = _score_rows(conversation)
    asked = F("response__prompt__last_message__position")
    placed = rows.annotate(
        said_at=Coalesce(F("message__position"), F("response__message__position")), asked_at=asked
    )
    ordered = placed.order_by(F("said_at").asc(nulls_last=True), "scorer__name", "id")
    return [
        SourceMark(
            name=name,
            value=value,
            position=asked_at if said_at is None else said_at,
            is_beside=said_at is None and asked_at is not None,
        )
        for name, value, said_at, asked_at in ordered.values_list(
            "scorer__name", "value", "said_at", "asked_at"
        )
    ]


def _score_rows(conversation: Conversation) -> QuerySet[Score]:
    """Return the scores by one way after the other: an OR over three joins would read every score of the project."""
    scores = Score.objects.for_project(conversation.project).order_by()
    found = (
        scores.filter(conversation=conversation)
        .values("id")
        .union(
            scores.filter(message__conversation=conversation).values("id"),
            scores.filter(response__prompt__conversation=conversation).values("id"),
        )
    )
    return Score.objects.filter(pk__in=found, scorer__kind=Scorer.Kind.SOURCE)
