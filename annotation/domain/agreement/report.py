"""Every figure of agreement on one table of labels, with intervals and the reasons for what is undefined."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np

from annotation.domain.agreement.alpha import AlphaTerms, krippendorff_alpha
from annotation.domain.agreement.drawn_annotators import DrawnLabels
from annotation.domain.agreement.many_annotators import (
    fleiss_kappa,
    fleiss_kappas,
    pairwise_agreement,
    pairwise_agreements,
)
from annotation.domain.agreement.two_annotators import (
    Weights,
    annotator_pairs,
    cohen_kappa,
    count_annotator_pairs,
    scott_pi,
    strangers,
)
from annotation.domain.agreement.unit_counts import UnitCounts
from annotation.domain.figures import Figure, Range, Undefined, json_value, reasons_of
from annotation.domain.labels import LabelTable, Level
from annotation.domain.resampling import ROUNDS, bootstrap_interval, cluster_weights, percentile_interval
from curation.domain.versions.intervals import Interval, score_interval, wilson_interval

# A thousand annotators make half a million pairs, which nobody reads.
MOST_PAIRS = 1000
# Of so few, those who share no item are named too.
FEW_ANNOTATORS = 20


class Cluster(StrEnum):
    """What is drawn again for an interval: other items for the same people, or other people for the same items."""

    ITEM = "item"
    ANNOTATOR = "annotator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """How intervals are drawn; 0 rounds draw none."""

    cluster: Cluster = Cluster.ITEM
    rounds: int = ROUNDS
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PairFigures:
    """The coefficients of two annotators."""

    names: tuple[str, str]
    items: int
    kappa: Figure
    weighted: Figure
    pi: Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementReport:
    """What `measure_agreement` says of a table."""

    labels: LabelTable
    level: Level
    drawing: Drawing
    figures: Mapping[str, Figure]
    intervals: Mapping[str, Range]
    pairs: tuple[PairFigures, ...]
    pairs_left_out: int
    compared_items: int
    slices: Mapping[str, AgreementReport] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return the report with null, and a sentence under `undefined`, for what is undefined."""
        return {
            **self._counts(),
            **{name: json_value(figure) for name, figure in self.figures.items()},
            **self._of_pairs(),
            "interval": json_value(self.intervals.get("alpha")),
            "intervals": {name: json_value(each) for name, each in self.intervals.items()},
            "drawn": {"cluster": self.drawing.cluster.value, "rounds": self.drawing.rounds},
            "undefined": self._undefined(),
            "notes": self._notes(),
            "slices": {name: each.as_json() for name, each in self.slices.items()},
        }

    def _counts(self) -> dict[str, Any]:
        table = self.labels
        again = wilson_interval(sum(one == other for one, other in table.repeats), len(table.repeats))
        same = [one == other for one, other in table.repeats]
        return {
            "items": len(table.items),
            "annotators": len(table.annotators),
            "labels": len(table),
            "compared_items": self.compared_items,
            "missing": dict(table.missing),
            "repeated": len(same),
            "self_agreement": sum(same) / len(same) if same else None,
            "self_agreement_interval": json_value(again),
            "level": self.level.value,
        }

    def _of_pairs(self) -> dict[str, Any]:
        tables = {
            "cohen_kappa": {_name(pair): json_value(pair.kappa) for pair in self.pairs},
            "scott_pi": {_name(pair): json_value(pair.pi) for pair in self.pairs},
            "shared_items": {_name(pair): pair.items for pair in self.pairs},
            "pairs_left_out": self.pairs_left_out,
        }
        if self.level is not Level.NOMINAL:
            tables["weighted_kappa"] = {_name(pair): json_value(pair.weighted) for pair in self.pairs}
        return tables

    def _notes(self) -> list[str]:
        interval = self.intervals.get("alpha")
        if not isinstance(interval, Interval) or interval.low < interval.high:
            return []
        return [
            f"Every drawing of these {self.compared_items} items gives the same alpha, so its interval does not say how"
            " far further items could change it."
        ]

    def _undefined(self) -> dict[str, str]:
        of_pairs = {f"cohen_kappa {_name(pair)}": pair.kappa for pair in self.pairs}
        of_intervals = {f"interval of {name}": each for name, each in self.intervals.items()}
        return reasons_of({**self.figures, **of_pairs, **of_intervals})


def report_agreement(
    labels: LabelTable,
    *,
    level: Level = Level.NOMINAL,
    drawing: Drawing | None = None,
    most_pairs: int = MOST_PAIRS,
    slices: Mapping[str, LabelTable] | None = None,
) -> AgreementReport:
    """Return every figure of a table and of its slices; raises LabelTableError where the level needs numbers."""
    drawing = drawing or Drawing()
    figures = {
        "alpha": krippendorff_alpha(labels, level=level),
        "fleiss_kappa": fleiss_kappa(labels),
        "pairwise_agreement": pairwise_agreement(labels),
    }
    shown = _pair_figures(labels, level=level, most=most_pairs)
    return AgreementReport(
        labels=labels,
        level=level,
        drawing=drawing,
        figures=figures,
        intervals=_intervals(labels, level=level, drawing=drawing, figures=figures),
        pairs=shown,
        pairs_left_out=count_annotator_pairs(labels) - sum(pair.items > 0 for pair in shown),
        compared_items=len(UnitCounts.of(labels).sizes),
        slices={
            name: report_agreement(part, level=level, drawing=drawing, most_pairs=0)
            for name, part in (slices or {}).items()
        },
    )


def agreement_intervals(labels: LabelTable, *, level: Level, drawing: Drawing) -> dict[str, Range]:
    """Return the interval of each figure that drawing again gives one."""
    if drawing.cluster is Cluster.ANNOTATOR:
        return _by_annotators(labels, level=level, drawing=drawing)
    terms = AlphaTerms.of(labels, level=level)
    units = terms.units
    statistics = {
        "alpha": terms.alphas,
        "fleiss_kappa": lambda weights: fleiss_kappas(units, weights=weights),
        "pairwise_agreement": lambda weights: pairwise_agreements(units, weights=weights),
    }
    return {
        name: bootstrap_interval(
            statistic,
            clusters=len(units.sizes),
            rounds=drawing.rounds,
            seed=drawing.seed,
            width=len(labels.values),
        )
        for name, statistic in statistics.items()
    }


def _intervals(
    labels: LabelTable, *, level: Level, drawing: Drawing, figures: Mapping[str, Figure]
) -> dict[str, Range]:
    """Return the intervals of the figures; what has no figure has the same reason for having no interval."""
    nothing = UnitCounts.of(labels).why_nothing(labels)
    if nothing or not drawing.rounds:
        return dict.fromkeys(figures, nothing) if nothing else {}
    found = agreement_intervals(labels, level=level, drawing=drawing)
    found["pairwise_agreement"] = _wide_enough(found["pairwise_agreement"], labels=labels)
    missing = {name: figure for name, figure in figures.items() if not isinstance(figure, float)}
    return {name: missing.get(name, interval) for name, interval in found.items()}


def _wide_enough(interval: Range, *, labels: LabelTable) -> Range:
    """Return an interval of a share; where every drawing gave 0 or 1, Wilson's for as many draws as items."""
    if isinstance(interval, Undefined) or interval.low < interval.high or 0 < interval.low < 1:
        return interval
    return score_interval(interval.low, n=len(UnitCounts.of(labels).sizes))


def _by_annotators(labels: LabelTable, *, level: Level, drawing: Drawing) -> dict[str, Range]:
    drawn = DrawnLabels.of(labels, level=level)
    weights = np.concatenate(
        list(cluster_weights(drawn.annotators, rounds=drawing.rounds, seed=drawing.seed))
    )
    return {
        "alpha": percentile_interval(np.array([drawn.alpha(row) for row in weights])),
        "pairwise_agreement": percentile_interval(np.array([drawn.pairwise(row) for row in weights])),
    }


def _pair_figures(labels: LabelTable, *, level: Level, most: int) -> tuple[PairFigures, ...]:
    if not most:
        return ()
    positions = labels.relative_positions(level)
    pairs = annotator_pairs(labels, most=most)
    if len(labels.annotators) <= FEW_ANNOTATORS:
        pairs += strangers(labels, met=pairs)
    return tuple(
        PairFigures(
            names=pair.names,
            items=len(pair.first),
            kappa=cohen_kappa(pair.first, pair.second),
            weighted=cohen_kappa(pair.first, pair.second, weights=Weights.QUADRATIC, positions=positions),
            pi=scott_pi(pair.first, pair.second),
        )
        for pair in sorted(pairs, key=lambda pair: pair.names)
    )


def _name(pair: PairFigures) -> str:
    return "|".join(pair.names)
