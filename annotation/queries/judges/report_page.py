"""What the page of a judge's report shows besides its charts."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from annotation.domain.protocols.drawn_scales import DrawnScale
from annotation.models import JudgeLabelling
from annotation.queries.judges.gate_words import RequirementLine, requirement_lines, rule_words
from annotation.queries.judges.probation import OnProbation, cost_per_point, disagreements
from annotation.queries.judges.ratings import scale_of
from annotation.queries.judges.slices import human_verdicts
from curation.models import Comparison, JudgedPair
from language_models.judges import JUDGES

_FIGURES = ("agreement", "cohen_kappa", "scott_pi", "rank_correlation")
_OF_RATINGS = ("weighted_kappa", "within_one_step", "shift", "rank_correlation")


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureLine:
    """A figure of the report with its interval, and why it is not there."""

    name: str
    value: float | None
    interval: Sequence[float] | None
    reason: str

    @property
    def is_the_same(self) -> bool:
        """Whether drawing prompts again never changes it, which says nothing of further prompts."""
        return self.interval is not None and self.interval[0] == self.interval[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingsPart:
    """How a judge's scores of single answers fare beside people's ratings, ready to be shown."""

    figures: dict[str, FigureLine]
    gate: Sequence[RequirementLine]
    scale: DrawnScale | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportPage:
    """A report ready to be shown."""

    figures: dict[str, FigureLine]
    labelling: Sequence[RequirementLine]
    ranking: Sequence[RequirementLine]
    baselines: Sequence[tuple[str, dict[str, float | None]]]
    differing: Sequence[Any]
    labellings: Sequence[Any]
    cost: Decimal | None
    cost_per_point: Decimal | None
    instructions: str
    gives_scores: bool
    ratings: RatingsPart | None


def report_page(earned: OnProbation) -> ReportPage:
    """Return what the page shows of an ended validation."""
    report, run = earned.report, earned.run
    humans = human_verdicts(run.project, slice_key=earned.validation.slice)
    return ReportPage(
        figures={name: _figure(report, name) for name in _FIGURES},
        labelling=requirement_lines(earned.labelling) if earned.labelling else [],
        ranking=requirement_lines(earned.ranking) if earned.ranking else [],
        baselines=[(rule_words(name), figures) for name, figures in report["baselines"].items()],
        differing=disagreements(run, humans=humans),
        labellings=_labellings(earned),
        cost=None if report.get("cost") is None else Decimal(report["cost"]),
        cost_per_point=cost_per_point(report),
        instructions=JUDGES.load(run.judge).instructions if earned.is_current else "",
        gives_scores=scale_of(run) is not None,
        ratings=_ratings(earned),
    )


def _ratings(earned: OnProbation) -> RatingsPart | None:
    if earned.scoring is None:
        return None
    report = earned.report["ratings"]
    return RatingsPart(
        figures={name: _figure(report, name) for name in _OF_RATINGS},
        gate=requirement_lines(earned.scoring),
        scale=scale_of(earned.run),
    )


def _figure(report: Any, name: str) -> FigureLine:
    return FigureLine(
        name=name,
        value=report[name],
        interval=report["intervals"].get(name),
        reason=report["undefined"].get(name, ""),
    )


def _labellings(earned: OnProbation) -> Sequence[Any]:
    """Return the runs in which this judge labelled, with how many labels stand and how many pairs went to people."""
    standing = Comparison.objects.filter(
        source_uuid__in=JudgedPair.objects.filter(run=OuterRef(OuterRef("run"))).values("uuid"),
        retracted_at__isnull=True,
        source=Comparison.Source.JUDGE,
    )
    counted = standing.order_by().values("source").annotate(count=Count("id")).values("count")
    unsure = Q(run__pairs__outcome__in=[JudgedPair.Outcome.INCONSISTENT, JudgedPair.Outcome.UNREADABLE])
    rows = JudgeLabelling.objects.filter(validation=earned.validation).select_related("queue", "run__job")
    return list(
        rows.annotate(
            to_people=Count("run__pairs", filter=unsure), labels=Coalesce(Subquery(counted), 0)
        ).order_by("-id")
    )
