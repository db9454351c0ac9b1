"""The figures of a run over its steps, as few points as a screen can show."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db.models import F, Max, Min, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from training_jobs.domain.curves import Point, both_fall, thin
from training_jobs.models import Measurement, TrainingRun

# Points of one curve; no chart has more than four curves, so none has more than 2,000 points.
POINTS_OF_A_CURVE = 480
TRAIN, VALIDATION = "train", "validation"
TABLE_ROWS = 12

Series = Mapping[tuple[str, str], list[Point]]
Figure = tuple[str, str, int, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class CurveSpec:
    """One line of a chart: which figure, its words, and the class that colours it."""

    split: str
    name: str
    label: str | Promise
    colour: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartSpec:
    """One chart: its words and its lines."""

    key: str
    title: str | Promise
    explanation: str | Promise
    curves: tuple[CurveSpec, ...]


def _both_splits(name: str) -> tuple[CurveSpec, ...]:
    return (
        CurveSpec(split=TRAIN, name=name, label=_("training"), colour="first"),
        CurveSpec(split=VALIDATION, name=name, label=_("validation"), colour="second"),
    )


CHARTS = (
    ChartSpec(
        key="loss",
        title=_("Loss"),
        explanation=_("What training lowers. Lower is better."),
        curves=_both_splits("loss"),
    ),
    ChartSpec(
        key="accuracy",
        title=_("Accuracy"),
        explanation=_("Share of pairs whose chosen answer training raised more than the rejected one."),
        curves=_both_splits("accuracy"),
    ),
    ChartSpec(
        key="margin",
        title=_("Margin"),
        explanation=_("How much more the chosen answer was raised, scaled by beta."),
        curves=_both_splits("margin"),
    ),
    ChartSpec(
        key="rewards",
        title=_("Rewards"),
        explanation=_(
            "How much each answer was raised against the base model. Below 0 it became less likely."
        ),
        curves=(
            CurveSpec(split=TRAIN, name="rewards_chosen", label=_("chosen"), colour="good"),
            CurveSpec(split=TRAIN, name="rewards_rejected", label=_("rejected"), colour="bad"),
        ),
    ),
)
NAMES = sorted({curve.name for chart in CHARTS for curve in chart.curves})


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRow:
    """The figures of one step, in the order of the table's head; None where there is none."""

    step: int
    values: tuple[float | None, ...]


def newest_measurement(run: TrainingRun) -> int:
    """Return the id of the last figure stored, 0 before the first: a key for what was drawn from them."""
    return Measurement.objects.filter(run=run).order_by("-id").values_list("id", flat=True).first() or 0


def series_of(run: TrainingRun) -> Series:
    """Return the points of every curve by (split, name); for a step done twice the later attempt holds."""
    figures = Measurement.objects.filter(run=run, name__in=NAMES, split__in=(TRAIN, VALIDATION))
    last = figures.aggregate(last=Max("step"))["last"] or 0
    width = max(1, -(-last // (4 * POINTS_OF_A_CURVE)))
    rows = _every_step(figures) if width == 1 else _stretches(figures, width)
    found: dict[tuple[str, str], dict[int, float]] = defaultdict(dict)
    for split, name, step, value in rows:
        found[split, name][step] = value
    return {key: thin(sorted(points.items()), limit=POINTS_OF_A_CURVE) for key, points in found.items()}


def _every_step(figures: QuerySet[Measurement]) -> Iterable[Figure]:
    return figures.order_by("attempt_id").values_list("split", "name", "step", "value")


def _stretches(figures: QuerySet[Measurement], width: int) -> Iterable[Figure]:
    """Let the database reduce a long run: of each stretch of steps the lowest and the highest value."""
    grouped = figures.annotate(stretch=F("step") / width).values("split", "name", "stretch")
    for row in grouped.annotate(low=Min("value"), high=Max("value")).order_by("stretch"):
        start = row["stretch"] * width
        yield row["split"], row["name"], start, row["low"]
        yield row["split"], row["name"], start + width // 2, row["high"]


def table_rows(series: Series) -> tuple[list[CurveSpec], list[StepRow]]:
    """Return the columns and the newest steps as a table: the charts for those who do not see them."""
    columns = [curve for chart in CHARTS for curve in chart.curves]
    values = {(curve.split, curve.name): dict(series.get((curve.split, curve.name), [])) for curve in columns}
    steps = sorted({step for points in values.values() for step in points})
    # Counted from the end, so that the newest step is among them.
    shown = steps[:: -max(1, -(-len(steps) // TABLE_ROWS))]
    rows = [
        StepRow(step=step, values=tuple(values[curve.split, curve.name].get(step) for curve in columns))
        for step in shown
    ]
    return columns, rows


def rewards_both_fall(series: Series) -> bool:
    """Say whether both answers have become less likely than before training."""
    return both_fall(series.get((TRAIN, "rewards_chosen"), []), series.get((TRAIN, "rewards_rejected"), []))
