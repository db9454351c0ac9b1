"""The table of inferred against chosen outcomes, and everything that follows from its nine cells."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from annotation.domain.figures import Figure, Range, Undefined
from annotation.domain.labels import Codes, Vector
from annotation.domain.protocol_comparison.paired_protocols import (
    FIRST,
    OUTCOMES,
    SECOND,
    TIE,
    PairedProtocols,
)
from annotation.domain.resampling import ROUNDS, bootstrap_interval
from curation.domain.versions.intervals import Interval, score_interval, wilson_interval

# A scale with more distances than this is as good as continuous.
MOST_GAPS = 12
# Tables have the shape (tables, inferred, chosen).
Tables = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Consistency:
    """Shares of all pairs that sum to one: consistent, reversals, tie mismatches; kappa above chance."""

    table: Tables
    figures: Mapping[str, Figure]
    intervals: Mapping[str, Range]


def protocol_table(inferred: Codes, chosen: Codes) -> Tables:
    """Return how often each inferred outcome met each chosen one, shape (3, 3)."""
    size = len(OUTCOMES)
    cells = np.bincount(inferred * size + chosen, minlength=size * size)
    return np.asarray(cells.reshape(size, size), dtype=float)


def measure_consistency(pairs: PairedProtocols, *, rounds: int = ROUNDS, seed: int = 0) -> Consistency:
    """Return the figures of all pairs, each with an interval that draws whole clusters again."""
    table = protocol_table(pairs.inferred, pairs.chosen)
    figures = {name: _figure(of, table=table, name=name) for name, of in STATISTICS.items()}
    intervals = _intervals(pairs, figures=figures, rounds=rounds, seed=seed) if rounds else {}
    return Consistency(table=table, figures=figures, intervals=intervals)


def consistent_share(tables: Tables) -> Vector:
    """Return the share of pairs for which both protocols have the same outcome, ties included."""
    return _share(np.trace(tables, axis1=1, axis2=2), of=tables)


def reversed_share(tables: Tables) -> Vector:
    """Return the share of pairs for which both protocols decide, and decide against each other."""
    return _share(tables[:, 0, 1] + tables[:, 1, 0], of=tables)


def tie_mismatch_share(tables: Tables) -> Vector:
    """Return the share of pairs for which one protocol decides and the other does not."""
    ties = tables[:, TIE, :TIE].sum(axis=1) + tables[:, :TIE, TIE].sum(axis=1)
    return _share(ties, of=tables)


def decided_agreement(tables: Tables) -> Vector:
    """Return, among the pairs that both protocols decide, the share decided alike."""
    decided = tables[:, :TIE, :TIE]
    return _share(np.trace(decided, axis1=1, axis2=2), of=decided)


def table_kappa(tables: Tables) -> Vector:
    """Return Cohen's kappa of the two protocols; NaN where both have the same one outcome throughout."""
    total = tables.sum(axis=(1, 2))
    with np.errstate(invalid="ignore", divide="ignore"):
        by_chance = (tables.sum(axis=1) * tables.sum(axis=2)).sum(axis=1) / total**2
        return np.asarray(
            (consistent_share(tables) - by_chance) / np.where(by_chance < 1, 1 - by_chance, np.nan)
        )


def either_order_kappa(tables: Tables) -> Vector:
    """Return kappa with each pair counted in both orders, so that it does not matter which answer was called A."""
    turned = tables[:, [SECOND, FIRST, TIE]][:, :, [SECOND, FIRST, TIE]]
    return table_kappa(tables + turned)


STATISTICS: Mapping[str, Callable[[Tables], Vector]] = {
    "consistent": consistent_share,
    "reversals": reversed_share,
    "tie_mismatch": tie_mismatch_share,
    "decided_agreement": decided_agreement,
    "kappa": table_kappa,
    "kappa_either_order": either_order_kappa,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class GapAgreement:
    """Agreement among the pairs whose ratings lie from `gap` to `up_to` apart."""

    gap: float
    up_to: float
    pairs: int
    consistent: float
    reversals: float
    interval: Interval | None


def agreement_by_gap(pairs: PairedProtocols) -> list[GapAgreement]:
    """Return agreement for each distance of ratings, from 0 up; a wider gap should be chosen alike more often.

    Where there are many distances, those between equal steps are taken together.
    """
    inferred, gaps = pairs.inferred, pairs.gaps
    found = []
    for gap, up_to in _distances(gaps):
        at = (gaps >= gap) & (gaps <= up_to)
        table = protocol_table(inferred[at], pairs.chosen[at])
        count = int(table.sum())
        found.append(
            GapAgreement(
                gap=gap,
                up_to=up_to,
                pairs=count,
                consistent=float(consistent_share(table[None])[0]),
                reversals=float(reversed_share(table[None])[0]),
                interval=wilson_interval(int(np.trace(table)), count),
            )
        )
    return found


def _distances(gaps: Vector) -> list[tuple[float, float]]:
    """Return the least and the greatest distance of each group."""
    distances = np.unique(gaps)
    if len(distances) <= MOST_GAPS:
        return [(float(gap), float(gap)) for gap in distances]
    step = distances[-1] / MOST_GAPS
    group = np.minimum((distances / step).astype(int), MOST_GAPS - 1)
    return [
        (float(distances[group == each].min()), float(distances[group == each].max()))
        for each in np.unique(group)
    ]


def _share(count: Vector, *, of: Tables) -> Vector:
    total = of.sum(axis=(1, 2))
    return np.asarray(np.divide(count, total, out=np.full(len(total), np.nan), where=total > 0))


def _figure(statistic: Callable[[Tables], Vector], *, table: Tables, name: str) -> Figure:
    value = float(statistic(table[None])[0])
    if not np.isnan(value):
        return value
    if not table.sum():
        return Undefined("Undefined because no pair has two ratings and a choice.")
    if "kappa" in name:
        return Undefined(
            "Undefined because both protocols have one and the same outcome for every pair, so agreement cannot be told"
            " from chance."
        )
    return Undefined("Undefined because no pair is decided by both protocols.")


def _intervals(
    pairs: PairedProtocols, *, figures: Mapping[str, Figure], rounds: int, seed: int
) -> dict[str, Range]:
    count = int(pairs.cluster.max()) + 1 if len(pairs) else 0
    size = len(OUTCOMES)
    cells = (pairs.cluster * size + pairs.inferred) * size + pairs.chosen
    by_cluster = np.bincount(cells, minlength=count * size * size).reshape(count, size * size).astype(float)

    def interval_of(name: str, figure: Figure) -> Range:
        if isinstance(figure, Undefined):
            return figure
        found = bootstrap_interval(
            lambda weights: STATISTICS[name]((weights @ by_cluster).reshape(-1, size, size)),
            clusters=count,
            rounds=rounds,
            seed=seed,
        )
        # Drawing again cannot leave 0 or 1, and so much certainty is never had.
        is_stuck = isinstance(found, Interval) and found.low == found.high and found.low in {0, 1}
        return score_interval(figure, n=count) if is_stuck and "kappa" not in name else found

    return {name: interval_of(name, figure) for name, figure in figures.items()}
