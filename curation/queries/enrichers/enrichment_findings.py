"""What an enricher found, newest first, each with the words around it, as a page."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import F, Func, IntegerField, Q, QuerySet, Value
from django.db.models.functions import Cast, Coalesce, Greatest, Substr

from curation.domain.enrichers.encoded_text import Encoding, decoded
from curation.models import Conversation, Project, Tag

FINDING_PAGE = 50
AROUND_CHARACTERS = 60
# Of a long place its beginning is shown; four characters of base64 are three of text.
SHOWN_CHARACTERS = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingRow:
    """One tag: where it is, the words around its first place, and what those say."""

    tag: Tag
    kind: str
    before: str = ""
    marked: str = ""
    after: str = ""
    label: str = ""
    place_count: int = 0
    decoded: str | None = None
    first: Conversation | None = None
    likeness: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingPage:
    """Some findings, and the one before which the next page begins."""

    rows: list[FindingRow]
    next_before: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """How the values of one measure are spread over the conversations or messages that have one."""

    name: str
    version: str
    count: int
    least: float
    median: float
    greatest: float


def measures_of_enricher(project: Project, name: str) -> list[Measured]:
    """Return how an enricher's scores are spread, newest version first; one query."""
    statement = """
        SELECT s.name, s.version, count(*), min(v.value),
               percentile_cont(0.5) WITHIN GROUP (ORDER BY v.value), max(v.value)
        FROM curation_scorer s JOIN curation_score v ON v.scorer_id = s.id
        WHERE s.project_id = %s AND s.kind = 'enrichment' AND (s.name = %s OR starts_with(s.name, %s))
        GROUP BY s.id ORDER BY s.id DESC
    """
    columns = ("name", "version", "count", "least", "median", "greatest")
    with connection.cursor() as cursor:
        cursor.execute(statement, [project.pk, name, f"{name}: "])
        return [Measured(**dict(zip(columns, row, strict=True))) for row in cursor.fetchall()]


def tags_of_enricher(project: Project, name: str) -> QuerySet[Tag]:
    """Return the tags that an enricher gave."""
    named = Q(name=name) | Q(name__startswith=f"{name}:")
    return Tag.objects.for_project(project).filter(named, source=Tag.Source.ENRICHMENT)


def finding_page(project: Project, name: str, *, before: UUID | None = None) -> FindingPage:
    """Return a page of what an enricher found; of a text only what is shown leaves the database. Three queries."""
    tags = tags_of_enricher(project, name).order_by("-id")
    if before is not None:
        tags = tags.filter(id__lt=Coalesce(_id_of(project, before), Value(0)))
    found = list(_with_words(tags)[: FINDING_PAGE + 1])
    shown = found[:FINDING_PAGE]
    firsts = _firsts(project, shown)
    return FindingPage(
        rows=[_row(tag, firsts) for tag in shown],
        next_before=shown[-1].uuid if len(found) > FINDING_PAGE else None,
    )


def _id_of(project: Project, uuid: UUID) -> Any:
    return Value(Tag.objects.for_project(project).filter(uuid=uuid).values_list("id", flat=True).first())


def _with_words(tags: QuerySet[Tag]) -> QuerySet[Tag]:
    """Add the words before, in and after the first place of each tag."""
    start = Cast(F("detail__spans__0__0"), IntegerField())
    end = Cast(F("detail__spans__0__1"), IntegerField())
    first = Greatest(Value(1), start - AROUND_CHARACTERS + 1)
    length = Func(end - start, Value(SHOWN_CHARACTERS), function="LEAST", output_field=IntegerField())
    return (
        tags.select_related("conversation", "message")
        .defer("message__text", "message__rich_parts")
        .annotate(
            words_before=Substr("message__text", first, Greatest(Value(0), start + 1 - first)),
            words_marked=Substr("message__text", start + 1, length),
            words_after=Substr("message__text", end + 1, AROUND_CHARACTERS),
        )
    )


def _firsts(project: Project, tags: Sequence[Tag]) -> dict[int, Conversation]:
    """Return the conversations that duplicates are duplicates of."""
    ids = {tag.detail["first"] for tag in tags if "first" in tag.detail}
    return Conversation.objects.for_project(project).in_bulk(ids)


def _row(tag: Any, firsts: dict[int, Conversation]) -> FindingRow:
    spans = tag.detail.get("spans", [])
    kind = tag.name.partition(":")[2]
    marked = tag.words_marked or ""
    return FindingRow(
        tag=tag,
        kind=kind,
        before=tag.words_before or "",
        marked=marked,
        after=tag.words_after or "",
        label=spans[0][2] if spans else "",
        place_count=len(spans),
        decoded=_decoded(kind, marked),
        first=firsts.get(tag.detail.get("first", 0)),
        likeness=tag.detail.get("similarity") or tag.detail.get("cosine") or tag.detail.get("probability"),
    )


def _decoded(kind: str, marked: str) -> str | None:
    """Return what the beginning of an encoded place says."""
    if kind not in set(Encoding):
        return None
    whole = marked[: len(marked) // 4 * 4] if len(marked) == SHOWN_CHARACTERS else marked
    return decoded(whole, encoding=Encoding(kind))
