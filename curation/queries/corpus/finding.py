"""The list of conversations: pages at any depth, counts that stop, and what the list can be narrowed to."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from django.utils.functional import Promise

from curation.domain.corpus.finding import ConversationFilters
from curation.domain.versions.counting import CAP, CappedCount
from curation.models import Conversation, DatasetVersion, ImportBatch, ModelVersion, Project, Scorer
from curation.queries.corpus.hits import left_by
from curation.queries.corpus.narrowing import Condition, conversations_of, narrowing_of
from curation.queries.corpus.walks import Walk, walk_of

CONVERSATION_PAGE = 50
# A page first looks at this many rows of its walk, and at no more than so many when filters leave few of them.
FIRST_LOOK = 200
LOOKED_THROUGH = 4_000
# How many imports, models, scorers and versions a filter offers, newest first.
CHOICES = 50
MOST_TAG_CHOICES = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationPage:
    """A page of conversations in the order of its walk, and the place from which the next page goes on.

    Where filters leave little, a page may hold few conversations or none and still go on: it looked at
    `looked_through` rows, and `next_before` is where it stopped.
    """

    conversations: list[Conversation]
    next_before: UUID | None
    order: str | Promise
    looked_through: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterChoices:
    """What the corpus can be narrowed to."""

    languages: list[str]
    models: list[ModelVersion]
    batches: list[ImportBatch]
    tags: list[str]
    scorers: list[Scorer]
    versions: list[DatasetVersion]


def conversation_page(
    project: Project, *, filters: ConversationFilters, before: UUID | None = None
) -> ConversationPage:
    """Return one page of the list; how long it takes depends neither on the depth nor on how much there is."""
    narrowing = narrowing_of(project, filters)
    walk = walk_of(narrowing)
    conditions = narrowing.conditions(but=walk.covers)
    place = walk.place_of(before) if before else None
    page = ConversationPage(conversations=[], next_before=None, order=walk.title)
    if before and place is None:
        return page
    looks = (FIRST_LOOK, LOOKED_THROUGH) if conditions else (CONVERSATION_PAGE + 1,)
    for limit in looks:
        steps = walk.steps(after=place, limit=limit)
        found = _matching(walk, steps, conditions=conditions, place=place)
        if len(found) > CONVERSATION_PAGE or len(steps) < limit:
            break
    return _page_of(walk, steps, found, limit=limit)


def _matching(
    walk: Walk,
    steps: Sequence[tuple[int, int]],
    *,
    conditions: list[Condition],
    place: tuple[object, ...] | None,
) -> list[tuple[int, int]]:
    """Return the steps whose conversations the other filters leave, each conversation where it is met first."""
    first: dict[int, int] = {}
    for step, conversation in steps:
        first.setdefault(conversation, step)
    left = list(first)
    if conditions:
        kept = left_by(conditions, left)
        left = [conversation for conversation in left if conversation in kept]
    met = walk.met_before(place, left)
    return [(first[conversation], conversation) for conversation in left if conversation not in met]


def _page_of(
    walk: Walk, steps: Sequence[tuple[int, int]], found: Sequence[tuple[int, int]], *, limit: int
) -> ConversationPage:
    shown = found[:CONVERSATION_PAGE]
    is_full, is_at_the_end = len(found) > CONVERSATION_PAGE, len(steps) < limit
    last = shown[-1][0] if is_full else None if is_at_the_end else steps[-1][0]
    return ConversationPage(
        conversations=_shown(walk.narrowing.project, [conversation for _step, conversation in shown]),
        next_before=None if last is None else walk.uuid_of(last),
        order=walk.title,
        looked_through=None if is_full or is_at_the_end else limit,
    )


def _shown(project: Project, ids: list[int]) -> list[Conversation]:
    rows = (
        Conversation.objects.for_project(project).filter(pk__in=ids).select_related("model_version", "batch")
    )
    by_id = {row.pk: row for row in rows}
    # An undo may have deleted some of them since they were found.
    return [by_id[each] for each in ids if each in by_id]


def inline_count(project: Project, *, filters: ConversationFilters, cap: int = CAP) -> CappedCount | None:
    """Count the list up to a cap where its walk alone does so; None where counting may have to look at all."""
    narrowing = narrowing_of(project, filters)
    walk = walk_of(narrowing)
    if walk.model is not Conversation or walk.is_distinct or narrowing.conditions(but=walk.covers):
        return None
    return CappedCount(counted=walk.rows.order_by().values("id")[: cap + 1].count(), cap=cap)


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
    versions = DatasetVersion.objects.for_project(project).filter(frozen_at__isnull=False)
    return FilterChoices(
        languages=languages_of(project),
        models=list(models.order_by("name")[:CHOICES]),
        batches=list(batches.order_by("-id")[:CHOICES]),
        tags=_distinct(project, "curation_tag", "name"),
        scorers=list(Scorer.objects.for_project(project).order_by("name", "-id")[:CHOICES]),
        versions=list(versions.select_related("dataset").order_by("-id")[:CHOICES]),
    )


def languages_of(project: Project) -> list[str]:
    """Return the languages of a project's conversations."""
    return _distinct(project, "curation_conversation", "language")


def _distinct(project: Project, table: str, column: str) -> list[str]:
    """Return the texts of a column: one step of its index for each, however many rows there are."""
    statement = f"""
        WITH RECURSIVE found(value) AS (
            (SELECT {column} FROM {table} WHERE project_id = %(project)s ORDER BY {column} LIMIT 1)
            UNION ALL
            SELECT (SELECT t.{column} FROM {table} t
                    WHERE t.project_id = %(project)s AND t.{column} > found.value ORDER BY t.{column} LIMIT 1)
            FROM found WHERE found.value IS NOT NULL
        )
        SELECT value FROM found WHERE value <> '' LIMIT {MOST_TAG_CHOICES}
    """  # noqa: S608 - names of our own tables
    with connection.cursor() as cursor:
        cursor.execute(statement, {"project": project.pk})
        return [value for (value,) in cursor.fetchall()]
