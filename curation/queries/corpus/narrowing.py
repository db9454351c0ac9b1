"""Conversations that filters leave, as conditions that a list, a queue and a recipe share."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from curation.domain.corpus.finding import ConversationFilters, Signals
from curation.models import (
    Conversation,
    DatasetRow,
    DatasetVersion,
    ImportBatch,
    MessageTopic,
    MessageWords,
    ModelVersion,
    Project,
    Score,
    Scorer,
    Tag,
    Topic,
)
from curation.queries.corpus.word_questions import words_condition

# Where a score leads to its conversation, by what it is about.
CONVERSATION_OF_SCORE = {
    "conversation": F("conversation_id"),
    "message": F("message__conversation_id"),
    "response": F("response__prompt__conversation_id"),
    "pair": F("pair__prompt__conversation_id"),
}
Condition = Q | Exists


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowing:
    """Filters of a project whose ids were looked up; 0 stands for what is not there, and no row has it.

    Ids are looked up first: for a subquery the planner would not know which index narrows most.
    """

    project: Project
    filters: ConversationFilters
    ids: Mapping[str, int]

    def conditions(self, *, but: Iterable[str] = ()) -> list[Condition]:
        """Return a condition on conversations for each filter that is set, the named ones left out."""
        left_out = set(but)
        return [
            condition
            for name, condition in [*self._columns().items(), *self._relations().items()]
            if name not in left_out
        ]

    def _columns(self) -> dict[str, Condition]:
        filters = self.filters
        columns = {
            "archived": Q(archived_at__isnull=not filters.archived),
            "started": days_between("started_at", filters.started_from, filters.started_to),
            "turns": between("message_count", filters.least_turns, filters.most_turns),
            "words_count": between("word_count", filters.least_words, filters.most_words),
            "language": Q(language=filters.language) if filters.language else Q(),
            "model": Q(model_version_id=self.ids["model"]) if "model" in self.ids else Q(),
            "batch": Q(batch_id=self.ids["batch"]) if "batch" in self.ids else Q(),
        }
        return {name: condition for name, condition in columns.items() if condition}

    def _relations(self) -> dict[str, Condition]:
        relations: dict[str, Condition] = {
            f"tag:{name}": Exists(self.tags(name).filter(conversation=OuterRef("pk")))
            for name in self.filters.tags
        }
        if "scorer" in self.ids:
            relations["scorer"] = Q(pk__in=self.scores().values(found=self.conversation_of_score()))
        if self.filters.signals:
            relations["signals"] = self._signals(self.filters.signals)
        if "version" in self.ids:
            relations["version"] = Exists(self.rows().filter(prompt__conversation=OuterRef("pk")))
        if "topic" in self.ids:
            relations["topic"] = Exists(self.placements().filter(conversation=OuterRef("pk")))
        if self.filters.words:
            found = MessageWords.objects.for_project(self.project).filter(
                words_condition(self.project, self.filters.words)
            )
            relations["words"] = Q(pk__in=found.values("conversation"))
        return relations

    def _signals(self, wanted: Signals) -> Condition:
        """Return the condition that a detector, in its newest version, is sure enough of a signal in a message.

        Detectors publish how sure they are; from which probability on it is a signal stands in what they ran with.
        """
        names = [f": {each}" for each in Signals if each != Signals.ANY and wanted in (each, Signals.ANY)]
        named = reduce(or_, (Q(name__endswith=name) for name in names))
        scorers = Scorer.objects.for_project(self.project).filter(named, kind=Scorer.Kind.DETECTOR)
        newest = {scorer.name: scorer for scorer in scorers.order_by("id")}
        sure = Q(pk__in=[])
        for scorer in newest.values():
            sure |= Q(scorer=scorer, value__gte=scorer.specification.get("threshold", 0.5))
        return Exists(Score.objects.filter(sure, message__conversation=OuterRef("pk")))

    def tags(self, name: str) -> QuerySet[Tag]:
        """Return the tags of a name."""
        return Tag.objects.for_project(self.project).filter(name=name)

    def scores(self) -> QuerySet[Score]:
        """Return the values of the scorer that are in the range."""
        rows = Score.objects.for_project(self.project).filter(scorer_id=self.ids["scorer"])
        return rows.filter(between("value", self.filters.least_score, self.filters.most_score))

    def conversation_of_score(self) -> Combinable:
        """Return the path from the scorer's values to their conversations: the one of its kind, where it has one."""
        values = Score.objects.filter(scorer=OuterRef("pk"))
        kinds = {name: Exists(values.filter(**{f"{name}__isnull": False})) for name in CONVERSATION_OF_SCORE}
        found = Scorer.objects.filter(pk=self.ids["scorer"]).annotate(
            **{f"of_{name}": kind for name, kind in kinds.items()}
        )
        row = found.values(*[f"of_{name}" for name in kinds]).first() or {}
        paths = [path for name, path in CONVERSATION_OF_SCORE.items() if row.get(f"of_{name}")]
        return paths[0] if len(paths) == 1 else Coalesce(*CONVERSATION_OF_SCORE.values())

    def rows(self) -> QuerySet[DatasetRow]:
        """Return the rows of the version, of the split where one is asked for."""
        rows = DatasetRow.objects.for_project(self.project).filter(version_id=self.ids["version"])
        return rows.filter(split=self.filters.split) if self.filters.split else rows

    def placements(self) -> QuerySet[MessageTopic]:
        """Return the topic's messages."""
        return MessageTopic.objects.for_project(self.project).filter(topic_id=self.ids["topic"])


def narrowing_of(project: Project, filters: ConversationFilters) -> Narrowing:
    """Look up what the filters name, with one statement for each that names something."""
    named: dict[str, tuple[QuerySet[Any], UUID | None]] = {
        "model": (ModelVersion.objects.for_project(project), filters.model),
        "batch": (ImportBatch.objects.for_project(project), filters.batch),
        "scorer": (Scorer.objects.for_project(project), filters.scorer),
        "version": (DatasetVersion.objects.for_project(project), filters.version),
        "topic": (Topic.objects.for_project(project), filters.topic),
    }
    ids = {name: id_of(rows, uuid) for name, (rows, uuid) in named.items() if uuid is not None}
    return Narrowing(project=project, filters=filters, ids=ids)


def conversations_of(project: Project, *, filters: ConversationFilters) -> QuerySet[Conversation]:
    """Return the conversations that the filters leave, in no order."""
    return Conversation.objects.for_project(project).filter(*narrowing_of(project, filters).conditions())


def id_of(rows: QuerySet[Any], uuid: UUID) -> int:
    """Return the id of a row, 0 where there is none: no row has it."""
    return rows.filter(uuid=uuid).values_list("id", flat=True).first() or 0


def between(column: str, least: float | None, most: float | None) -> Q:
    """Return the condition that a column lies in a range that includes its ends; None is open."""
    condition = Q()
    if least is not None:
        condition &= Q(**{f"{column}__gte": least})
    if most is not None:
        condition &= Q(**{f"{column}__lte": most})
    return condition


def days_between(column: str, first: date | None, last: date | None) -> Q:
    """Return the condition that a moment lies on one of these days of UTC, both included."""
    condition = Q()
    if first is not None:
        condition &= Q(**{f"{column}__gte": _midnight(first)})
    if last is not None and last < date.max:
        condition &= Q(**{f"{column}__lt": _midnight(last + timedelta(days=1))})
    return condition


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(tzinfo=UTC))
