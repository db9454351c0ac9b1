"""A judge reported as an annotator: agreement beyond chance, leniency, what it does to each system, and its order."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from annotation.domain.figures import Figure, Range, Undefined, json_value, reasons_of
from annotation.domain.judges.coefficients import (
    Tables,
    VerdictCounts,
    agreements,
    figure_of,
    kappas,
    leniencies,
    pis,
    rates,
)
from annotation.domain.judges.labels import JudgedLabels
from annotation.domain.judges.systems import (
    FEWEST_RANKED,
    SystemFigures,
    SystemScores,
    rank_correlations,
    rank_interval,
    system_figures,
)
from annotation.domain.resampling import ROUNDS, bootstrap_interval
from curation.domain.versions.intervals import score_interval

_NO_ROWS = "Undefined because no row has a label of people and one of the judge."
_ONE_CLASS = (
    "Undefined because people and the judge gave every answer the same one label, so agreement cannot be told from"
    " chance."
)
_NO_CLASSES = (
    "Undefined because leniency is about passing and failing, and these labels are not of two classes."
)
_NO_ERROR = "Undefined because the judge made no error, or people gave one class only."
_NO_WORTH = "Undefined because these labels are names without an order, so no system has a mean of them."


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """How intervals are drawn: prompts again, so many times, from this seed; 0 rounds draw none."""

    rounds: int = ROUNDS
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeReport:
    """What a judge's labels are worth beside people's.

    `table` has people's values in its rows. `baselines` are the kappas of judges that any fool can be, by name.
    """

    rows: int
    items: int
    values: tuple[str, ...]
    table: tuple[tuple[int, ...], ...]
    figures: Mapping[str, Figure]
    intervals: Mapping[str, Range]
    systems: tuple[SystemFigures, ...]
    missing: Mapping[str, int] = field(default_factory=dict)
    corrected: Mapping[str, Figure] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return the report with null, and a sentence under `undefined`, for what is undefined."""
        return {
            "items": self.items,
            "rows": self.rows,
            "systems": len(self.systems),
            "missing": dict(self.missing),
            **{name: json_value(figure) for name, figure in self.figures.items()},
            "per_system": {
                each.name: {**each.as_json(), "corrected": json_value(self.corrected.get(each.name))}
                for each in self.systems
            },
            "labels": list(self.values),
            "confusion": [list(row) for row in self.table],
            "intervals": {name: json_value(each) for name, each in self.intervals.items()},
            "undefined": self._undefined(),
            "notes": self._notes(),
        }

    def _undefined(self) -> dict[str, str]:
        of_intervals = {f"interval of {name}": each for name, each in self.intervals.items()}
        return reasons_of({**self.figures, **of_intervals})

    def _notes(self) -> list[str]:
        ranked = isinstance(self.figures.get("rank_correlation"), float)
        if ranked and len(self.systems) < FEWEST_RANKED:
            return [
                "Two systems are put in the right order by every second guess, so their order earns nothing."
            ]
        return []


def report_judge(labels: JudgedLabels, *, drawn: Drawn | None = None) -> JudgeReport:
    """Return every figure of a table of labels."""
    drawn = drawn or Drawn()
    counts = VerdictCounts.of(
        item=labels.item, human=labels.human, judge=labels.judge, size=(labels.items, len(labels.values))
    )
    scores = _scores(labels)
    figures = agreement_figures(counts.table(), good=labels.good)
    ranks = (
        rank_correlations(scores)
        if scores
        else dict.fromkeys(("rank_correlation", "kendall_tau"), Undefined(_NO_WORTH))
    )
    intervals = {
        **agreement_intervals(counts, good=labels.good, drawn=drawn),
        **_rank_interval(scores, drawn=drawn),
    }
    systems = system_figures(scores, rounds=drawn.rounds, seed=drawn.seed) if scores else ()
    return JudgeReport(
        rows=len(labels),
        items=labels.items,
        values=labels.values,
        table=tuple(tuple(int(count) for count in row) for row in counts.table()),
        figures={**figures, **ranks},
        intervals={
            name: figure if isinstance(figure := {**figures, **ranks}.get(name), Undefined) else interval
            for name, interval in intervals.items()
        },
        systems=systems,
        missing=dict(labels.missing),
        corrected=_corrected(systems, figures=figures),
    )


def agreement_figures(table: Tables, *, good: int | None) -> dict[str, Figure]:
    """Return the figures of one table of people's values by the judge's."""
    reason = _ONE_CLASS if table.sum() else _NO_ROWS
    found: dict[str, Figure] = {
        "agreement": figure_of(float(agreements(table)), reason=_NO_ROWS),
        "cohen_kappa": figure_of(float(kappas(table)), reason=reason),
        "scott_pi": figure_of(float(pis(table)), reason=reason),
    }
    if good is None:
        return found | dict.fromkeys(
            ("leniency", "true_positive_rate", "true_negative_rate"), Undefined(_NO_CLASSES)
        )
    positive, negative = (float(rate) for rate in rates(table, good=good))
    one_class = "Undefined because people gave no answer this label."
    return found | {
        "leniency": figure_of(float(leniencies(table, good=good)), reason=_NO_ERROR),
        "true_positive_rate": figure_of(positive, reason=one_class),
        "true_negative_rate": figure_of(negative, reason=one_class),
    }


def agreement_intervals(counts: VerdictCounts, *, good: int | None, drawn: Drawn) -> dict[str, Range]:
    """Return the intervals of the figures when items are drawn again."""
    items, width = int(counts.by_item.shape[0]), counts.values**2
    if not drawn.rounds or not items:
        return {}
    statistics = {"agreement": agreements, "cohen_kappa": kappas, "scott_pi": pis}
    found = {
        name: bootstrap_interval(
            lambda weights, statistic=statistic: statistic(counts.tables(weights)),  # type: ignore[misc]
            clusters=items,
            rounds=drawn.rounds,
            seed=drawn.seed,
            width=width,
        )
        for name, statistic in statistics.items()
    }
    found["agreement"] = _wide_enough(found["agreement"], items=items)
    if good is not None:
        found["leniency"] = bootstrap_interval(
            lambda weights: leniencies(counts.tables(weights), good=good),
            clusters=items,
            rounds=drawn.rounds,
            seed=drawn.seed,
            width=width,
        )
    return found


def _wide_enough(interval: Range, *, items: int) -> Range:
    """Return the interval of a share; where every drawing gave 0 or 1, Wilson's for as many draws as items."""
    if isinstance(interval, Undefined) or interval.low < interval.high or 0 < interval.low < 1:
        return interval
    return score_interval(interval.low, n=items)


def _scores(labels: JudgedLabels) -> SystemScores | None:
    if labels.worth is None:
        return None
    return SystemScores.of(
        names=labels.systems,
        item=labels.item,
        system=labels.system,
        worth=(labels.worth[labels.human], labels.worth[labels.judge]),
    )


def _rank_interval(scores: SystemScores | None, *, drawn: Drawn) -> dict[str, Range]:
    if scores is None or not drawn.rounds:
        return {}
    return {"rank_correlation": rank_interval(scores, rounds=drawn.rounds, seed=drawn.seed)}


def _corrected(systems: tuple[SystemFigures, ...], *, figures: Mapping[str, Figure]) -> dict[str, Figure]:
    """Return each system's passing share with the judge's errors taken out, by the rates of all systems together.

    Rogan and Gladen 1978. It helps where the judge errs alike on every system, and may harm where it does not.
    """
    positive, negative = figures["true_positive_rate"], figures["true_negative_rate"]
    if isinstance(positive, Undefined) or isinstance(negative, Undefined) or positive + negative - 1 <= 0:
        return {}
    return {
        each.name: min(1.0, max(0.0, (each.judge + negative - 1) / (positive + negative - 1)))
        for each in systems
    }
