"""The taxonomy as a project sees it: every criterion with its count and the words of its own users."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Q, Window
from django.db.models.functions import RowNumber

from curation.models import Project
from feedback_mining.detectors import DETECTORS
from feedback_mining.domain.taxonomy import CRITERIA, Criterion
from feedback_mining.models import ProjectCriterion, Signal, SignalReview
from feedback_mining.queries.learning import criterion_of
from feedback_mining.queries.screens import around
from feedback_mining.queries.signals import reviewed_signals, unrefused

EXAMPLES = 2
# Evidence beyond it is cut, and so are the words around it: the page shows how people say it.
EVIDENCE_LENGTH, AROUND = 200, 60


@dataclass(frozen=True, slots=True, kw_only=True)
class RealExample:
    """The words of a user of this project by which a criterion was found, and where they stand."""

    before: str
    evidence: str
    after: str
    conversation: str
    position: int
    is_confirmed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedCriterion:
    """A criterion with its count and real examples; `own` is the row where the project added it."""

    criterion: Criterion
    count: int
    examples: Sequence[RealExample]
    own: ProjectCriterion | None = None


def explained_criteria(project: Project) -> list[ExplainedCriterion]:
    """Return the eighteen criteria and then the project's own; three queries, and no message is read whole."""
    signals = unrefused(Signal.objects.for_project(project).standing())
    counted = Counter(
        dict(signals.values_list("criterion").annotate(n=Count("message", distinct=True)).order_by())
    )
    examples = _examples(project)
    own = ProjectCriterion.objects.for_project(project).filter(archived_at__isnull=True).order_by("id")
    rows = [(criterion, None) for criterion in CRITERIA.values()] + [(criterion_of(row), row) for row in own]
    return [
        ExplainedCriterion(
            criterion=criterion, count=counted[criterion.name], examples=examples[criterion.name], own=row
        )
        for criterion, row in rows
    ]


def _examples(project: Project) -> dict[str, list[RealExample]]:
    """Return the surest examples of each criterion, those first that people confirmed; none that they refused."""
    refused = [SignalReview.Verdict.REJECTED, SignalReview.Verdict.CORRECTED]
    order = [F("verdict").asc(nulls_last=True), F("probability").desc(), F("id").desc()]
    stands = Q(verdict__isnull=True) | ~Q(verdict__in=refused)
    found = reviewed_signals(project).standing().filter(stands)
    placed = found.annotate(
        place=Window(RowNumber(), partition_by=F("criterion"), order_by=order),
        **around("said", "message__text", span=("span_start", "span_end"), most=(AROUND, EVIDENCE_LENGTH)),
    ).filter(place__lte=EXAMPLES * len(DETECTORS))
    examples: dict[str, list[RealExample]] = defaultdict(list)
    fields = (
        "criterion",
        "message",
        "said_before",
        "said_evidence",
        "said_after",
        "message__conversation__uuid",
        "message__position",
        "verdict",
    )
    shown: set[tuple[str, int]] = set()
    for row in placed.order_by("criterion", "place").values(*fields):
        # Of several detectors that claim the same of a message one is enough.
        claim = (row["criterion"], row["message"])
        if claim not in shown and len(examples[row["criterion"]]) < EXAMPLES:
            shown.add(claim)
            examples[row["criterion"]].append(_example(row))
    return examples


def _example(row: dict[str, Any]) -> RealExample:
    return RealExample(
        before=row["said_before"],
        evidence=row["said_evidence"],
        after=row["said_after"],
        conversation=str(row["message__conversation__uuid"]),
        position=row["message__position"],
        is_confirmed=row["verdict"] == SignalReview.Verdict.CONFIRMED,
    )
