"""What upper layers publish: pairs, comparisons, ranked lists, scores, and the evidence behind them."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from curation.models import (
    Comparison,
    Evidence,
    Message,
    PreferencePair,
    Project,
    Response,
    Score,
    Scorer,
)
from curation.models.kept_queries import kept_insert

# Evidence may be a whole message of a megabyte: what is copied is to be read beside a pair, and the span says the rest.
LONGEST_QUOTE = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceNote:
    """A copy of what stands behind a pair or a response; `span` counts characters of the message's text."""

    kind: Evidence.Kind
    quote: str
    message: Message | None = None
    criterion: str = ""
    span: tuple[int, int] | None = None
    probability: float | None = None
    source_uuid: UUID | None = None
    source_name: str = ""


@transaction.atomic
def publish_pair(
    *,
    chosen: Response,
    rejected: Response,
    origin: PreferencePair.Origin,
    recipe: str = "",
    confidence: float = 1.0,
    evidence: Iterable[EvidenceNote] = (),
) -> tuple[PreferencePair, bool]:
    """Publish chosen ≻ rejected as answers to the rejected one's prompt; returns it and whether it is new."""
    pair, made = PreferencePair.objects.get_or_create(
        chosen=chosen,
        rejected=rejected,
        recipe=recipe,
        defaults={
            "project_id": rejected.project_id,
            "prompt_id": rejected.prompt_id,
            "origin": origin,
            "confidence": confidence,
        },
    )
    if made:
        Evidence.objects.bulk_create(_evidence_row(pair, note) for note in evidence)
    return pair, made


@transaction.atomic
def note_on_answer(*, response: Response, note: EvidenceNote) -> bool:
    """Keep the evidence behind an answer that is judged alone; returns whether it is new."""
    known = Evidence.objects.filter(response=response, kind=note.kind, source_uuid=note.source_uuid)
    if known.exists():
        return False
    _evidence_row(response, note).save()
    return True


def _evidence_row(target: PreferencePair | Response, note: EvidenceNote) -> Evidence:
    start, end = note.span or (None, None)
    return Evidence(
        project_id=target.project_id,
        pair=target if isinstance(target, PreferencePair) else None,
        response=target if isinstance(target, Response) else None,
        kind=note.kind,
        message=note.message,
        criterion=note.criterion,
        quote=note.quote[:LONGEST_QUOTE],
        span_start=start,
        span_end=end,
        probability=note.probability,
        source_uuid=note.source_uuid,
        source_name=note.source_name,
    )


@transaction.atomic(savepoint=False)
def publish_comparison(
    *,
    response_a: Response,
    response_b: Response,
    outcome: Comparison.Outcome,
    source: Comparison.Source,
    pair: PreferencePair | None = None,
    origin: Mapping[str, Any] | None = None,
) -> Comparison:
    """Publish one verdict. `origin` may name source_name, annotator_pseudonym, source_uuid, saw_signal, strength."""
    comparison = Comparison(
        project_id=response_a.project_id,
        response_a=response_a,
        response_b=response_b,
        outcome=outcome,
        source=source,
        pair=pair,
        **(origin or {}),
    )
    # The rows it refers to are at hand, and the database holds its constraints: asking again would slow the desk.
    comparison.clean_fields(exclude={"project", "response_a", "response_b", "pair"})
    return kept_insert(comparison)


@transaction.atomic
def retract_comparisons(*, source_uuids: Iterable[UUID]) -> int:
    """Take back the verdicts that these annotations or judgements published; the rows stay."""
    standing = Comparison.objects.filter(source_uuid__in=list(source_uuids), retracted_at__isnull=True)
    return standing.update(retracted_at=timezone.now())


@transaction.atomic
def retract_source_verdicts(
    *, project: Project, source_name: str, verdicts: Collection[tuple[frozenset[int], str]]
) -> int:
    """Take back what an import said of people whose judgements have come in as such since; the rows stay.

    `verdicts` are the ids of two answers with the pseudonym of who compared them.
    """
    rows = Comparison.objects.for_project(project).filter(
        source=Comparison.Source.SOURCE_PERSON,
        source_name=source_name,
        retracted_at__isnull=True,
        response_a__in={answer for answers, _ in verdicts for answer in answers},
    )
    named = rows.values_list("id", "response_a_id", "response_b_id", "annotator_pseudonym")
    twice = [key for key, a, b, judge in named if (frozenset((a, b)), judge) in verdicts]
    return Comparison.objects.filter(pk__in=twice).update(retracted_at=timezone.now())


@transaction.atomic
def publish_scorer(
    *,
    project: Project,
    name: str,
    version: str,
    kind: Scorer.Kind,
    specification: dict[str, Any] | None = None,
) -> Scorer:
    """Return the scorer of this name and version, published when it is new; its specification never changes."""
    scorer, _made = Scorer.objects.get_or_create(
        project=project,
        name=name,
        version=version,
        defaults={"kind": kind, "specification": specification or {}},
    )
    return scorer


@transaction.atomic
def retract_scores(*, scorer: Scorer, target: str, ids: Collection[int]) -> int:
    """Take back what a scorer said of these targets; frozen versions keep the values that they were made with."""
    return Score.objects.filter(scorer=scorer, **{f"{target}_id__in": list(ids)}).delete()[0]


@transaction.atomic
def publish_scores(*, scorer: Scorer, target: str, values: Mapping[int, float]) -> int:
    """Publish a scorer's values by id of their target, replacing what it said of them before.

    `target` is one of response, message, conversation and pair.
    """
    rows = [
        Score(project_id=scorer.project_id, scorer=scorer, value=value, **{f"{target}_id": target_id})
        for target_id, value in values.items()
    ]
    Score.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["scorer", target],
        update_fields=["value"],
        batch_size=2000,
    )
    return len(rows)
