"""What an undone import would take away, and what keeps some of its conversations here."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any

from django.apps import apps
from django.db.models import Count, Model, Q, QuerySet, Sum
from django.utils import timezone

from curation.models import (
    Comparison,
    Conversation,
    DatasetRow,
    ImportBatch,
    Job,
    Membership,
    PreferencePair,
    RankedList,
    Response,
    Score,
    Scorer,
    Tag,
    User,
)

# How many relations lie at most between what a person did and the conversation that it is about.
_MAX_STEPS = 5
# Conversations that are looked at in one statement.
REACH_CHUNK = 2000


class Keeper(StrEnum):
    """Why a conversation stays when its import is undone."""

    FROZEN = "frozen"
    PEOPLE = "people"
    OTHER_IMPORT = "other_import"


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoReach:
    """What an undo takes away and what stays; `kept` is reason → conversations."""

    conversations: int
    messages: int
    pairs: int
    kept: Mapping[str, int]
    later_imports: list[ImportBatch]

    @property
    def kept_count(self) -> int:
        """How many conversations stay."""
        return sum(self.kept.values())

    @property
    def deleted_count(self) -> int:
        """How many conversations are deleted."""
        return self.conversations - self.kept_count


def undo_reach(batch: ImportBatch) -> UndoReach:
    """Return what an undo of this import would do, so that a person can decide."""
    mine = Conversation.objects.filter(batch=batch)
    totals = mine.aggregate(conversations=Count("id"), messages=Sum("message_count"))
    kept: Counter[str] = Counter()
    for ids in chunks_of_conversations(batch):
        kept.update(kept_conversations(batch, ids).values())
    repeats = ImportBatch.objects.for_project(batch.project).filter(
        id__gt=batch.pk, duplicate_count__gt=0, undone_at__isnull=True
    )
    return UndoReach(
        conversations=totals["conversations"],
        messages=totals["messages"] or 0,
        pairs=PreferencePair.objects.filter(prompt__conversation__batch=batch).count(),
        kept=dict(kept),
        later_imports=list(repeats.order_by("id")[:10]),
    )


def chunks_of_conversations(batch: ImportBatch, *, size: int = REACH_CHUNK) -> Iterator[list[int]]:
    """Yield the ids of a batch's conversations in their order; those deleted meanwhile are passed over."""
    last = 0
    while True:
        found = Conversation.objects.filter(batch=batch, id__gt=last).order_by("id")
        ids = list(found.values_list("id", flat=True)[:size])
        if not ids:
            return
        yield ids
        last = ids[-1]


def kept_conversations(batch: ImportBatch, ids: Collection[int]) -> dict[int, Keeper]:
    """Return which of these conversations must stay, and why: the first reason that applies."""
    kept: dict[int, Keeper] = {}
    for keeper, find in ((Keeper.FROZEN, _in_datasets), (Keeper.PEOPLE, _with_peoples_work)):
        for number in find(ids):
            kept.setdefault(number, keeper)
    for number in _enriched_by_others(batch, ids):
        kept.setdefault(number, Keeper.OTHER_IMPORT)
    return kept


def _in_datasets(ids: Collection[int]) -> set[int]:
    found: set[int] = set()
    for path in ("prompt__conversation", "rejected_prompt__conversation"):
        found.update(DatasetRow.objects.filter(**{f"{path}__in": ids}).values_list(path, flat=True))
    return found


def _with_peoples_work(ids: Collection[int]) -> set[int]:
    """Return the conversations about which somebody judged, graded, reviewed or tagged anything."""
    found: set[int] = set()
    for work in _peoples_work():
        rows: Any = work.model._default_manager.filter(work.is_somebodys, **{f"{work.path}__in": ids})
        found.update(rows.values_list(work.path, flat=True))
    people = Comparison.objects.filter(
        source=Comparison.Source.PERSON, response_a__prompt__conversation__in=ids
    )
    return found | set(people.values_list("response_a__prompt__conversation", flat=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """A table of what people do, whatever app it is of, and the way from its rows to a conversation."""

    model: type[Model]
    path: str
    is_somebodys: Q


@cache
def _peoples_work() -> tuple[_Work, ...]:
    """Return the tables whose rows name a person and lead to a conversation.

    Higher apps are found by their relations, so that this one need not know them.
    """
    found = []
    for model in apps.get_models():
        people = [field.name for field in _relations(model) if field.related_model in (User, Membership)]
        path = _path_to_conversation(model) if people else None
        if path is not None:
            somebody = Q()
            for name in people:
                somebody |= Q(**{f"{name}__isnull": False})
            found.append(_Work(model=model, path=path, is_somebodys=somebody))
    return tuple(found)


def _path_to_conversation(model: type[Model]) -> str | None:
    """Return the shortest way along foreign keys, breadth first; None where there is none."""
    ways: list[tuple[type[Model], list[str]]] = [(model, [])]
    seen = {model}
    for start, steps in ways:
        for field in _relations(start):
            if field.related_model is Conversation:
                return "__".join([*steps, field.name])
            if field.related_model not in seen and len(steps) < _MAX_STEPS:
                seen.add(field.related_model)
                ways.append((field.related_model, [*steps, field.name]))
    return None


def _relations(model: type[Model]) -> list[Any]:
    return [field for field in model._meta.concrete_fields if field.is_relation]


def _enriched_by_others(batch: ImportBatch, ids: Collection[int]) -> set[int]:
    """Return the conversations to which another import added answers, verdicts, ratings, scores or tags.

    Such rows do not name their import; one made outside this import's time is another's.
    """
    mine = Q(created_at__gte=batch.created_at, created_at__lte=_end_of(batch))
    found: set[int] = set()
    for rows, path in _said_by_sources():
        theirs = rows.filter(**{f"{path}__in": ids}).exclude(mine)
        found.update(theirs.values_list(path, flat=True))
    return found


def _end_of(batch: ImportBatch) -> datetime:
    """Return when an import stopped writing; a push has no job, and one that was stopped no end of its own."""
    stopped = batch.job.finished_at if batch.job else None
    return batch.finished_at or stopped or timezone.now()


def _said_by_sources() -> list[tuple[QuerySet[Any], str]]:
    """Return the rows that imports add to conversations, each with its way to the conversation."""
    scores = Score.objects.filter(scorer__kind=Scorer.Kind.SOURCE)
    return [
        (Response.objects.filter(origin=Response.Origin.IMPORTED), "prompt__conversation"),
        (Comparison.objects.filter(_SAID_BY_SOURCE), "response_a__prompt__conversation"),
        (RankedList.objects.filter(_SAID_BY_SOURCE), "prompt__conversation"),
        (scores.filter(response__isnull=False), "response__prompt__conversation"),
        (scores.filter(message__isnull=False), "message__conversation"),
        (scores.filter(conversation__isnull=False), "conversation"),
        (Tag.objects.filter(source=Tag.Source.SOURCE), "conversation"),
    ]


_SAID_BY_SOURCE = Q(source__in=[Comparison.Source.SOURCE_PERSON, Comparison.Source.UNKNOWN])


def newest_undo(batch: ImportBatch) -> Job | None:
    """Return the newest job that undoes an import."""
    jobs = Job.objects.filter(project=batch.project, kind="undo", arguments__batch=str(batch.uuid))
    return jobs.order_by("-id").first()
