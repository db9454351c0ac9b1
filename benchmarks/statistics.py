"""Time of each statistic against the library that people would otherwise take: `python -m benchmarks.statistics`.

Both get the same labels in one run, and both figures have to be equal before the times count. What a library needs
first (a matrix, a data frame) is made beforehand and not counted. Of several repetitions the fastest counts, in
seconds of processor time: those of the clock say more about who else uses the machine.
"""

import argparse
import json
import os
import sys
import time
import tracemalloc
import warnings
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import crowdkit.aggregation as crowdkit
import krippendorff
import numpy as np
import pandas as pd  # type: ignore[import-untyped]
from sklearn.metrics import cohen_kappa_score

from annotation.consensus.dawid_skene import fit_dawid_skene
from annotation.consensus.mace import fit_mace
from annotation.domain.agreement.alpha import krippendorff_alpha
from annotation.domain.agreement.two_annotators import cohen_kappa
from annotation.domain.labels import LabelTable, Level
from benchmarks.model_rankings import ranking_figures

REPETITIONS = 3
ANNOTATORS = 1000
LABELS = 100_000
# crowd-kit's expectation maximisation is compared over the same number of rounds.
ROUNDS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """One statistic against one library: `ratio` is how many times faster ours is."""

    what: str
    against: str
    seconds: float
    their_seconds: float
    peak_mb: float
    difference: float

    @property
    def ratio(self) -> float:
        """Their time over ours."""
        return self.their_seconds / self.seconds


def main() -> None:
    """Print a line a statistic and write the figures as JSON."""
    asked = _arguments()
    warnings.filterwarnings("ignore", category=DeprecationWarning)
    rows = []
    for name in asked.only or MEASURES:
        for row in MEASURES[name]():
            rows.append({**asdict(row), "ratio": row.ratio})
            sys.stdout.write(
                f"{row.what:<58} {row.seconds:>8.4f} s  {row.against:<14} {row.their_seconds:>8.4f} s"
                f"  × {row.ratio:<7.1f} {row.peak_mb:>7.1f} MB  differ by {row.difference:.1e}\n"
            )
    asked.out.write_text(json.dumps({"cores": os.cpu_count(), "figures": rows}, indent=2) + "\n")


def alpha_figures() -> Iterator[Ratio]:
    """Krippendorff's alpha of 100,000 labels by 1,000 annotators: many labels an item, then few."""
    for items in (1_000, 20_000):
        labels = synthetic_labels(items=items, annotators=ANNOTATORS, count=LABELS)
        matrix = np.full((ANNOTATORS, items), np.nan)
        matrix[labels.annotator, labels.item] = labels.value
        for level in Level:
            yield compared(
                f"alpha, {level}, {items:,} items",
                "krippendorff",
                ours=partial(krippendorff_alpha, labels, level=level),
                theirs=partial(krippendorff.alpha, matrix, level_of_measurement=level.value),
            )


def kappa_figures() -> Iterator[Ratio]:
    """Cohen's kappa of two annotators on 100,000 items."""
    chance = np.random.default_rng(1)
    first = chance.integers(0, 5, LABELS)
    second = np.where(chance.random(LABELS) < 0.6, first, chance.integers(0, 5, LABELS))
    yield compared(
        f"Cohen's kappa, {LABELS:,} items",
        "scikit-learn",
        ours=lambda: cohen_kappa(first, second),
        theirs=lambda: cohen_kappa_score(first, second),
    )


def consensus_figures() -> Iterator[Ratio]:
    """Dawid–Skene and MACE of 10,000 labels by 100 annotators."""
    labels = synthetic_labels(items=2_000, annotators=100, count=10_000)
    frame = _frame(labels)
    yield compared(
        f"Dawid–Skene, 10,000 labels, {ROUNDS} rounds",
        "crowd-kit",
        ours=lambda: fit_dawid_skene(labels, rounds=ROUNDS).probabilities,
        theirs=lambda: _by_code(crowdkit.DawidSkene(n_iter=ROUNDS, tol=-1).fit(frame), labels),
    )
    yield compared(
        "MACE, 10,000 labels, until settled and 50 rounds",
        "crowd-kit",
        ours=lambda: fit_mace(labels).probabilities,
        theirs=lambda: _by_code(crowdkit.MACE(n_restarts=1, n_iter=50).fit(frame), labels),
    )


def model_ranking_figures() -> Iterator[Ratio]:
    """Bradley–Terry strengths and their intervals."""
    yield from ranking_figures(compared)


MEASURES: dict[str, Callable[[], Iterator[Ratio]]] = {
    "alpha": alpha_figures,
    "kappa": kappa_figures,
    "consensus": consensus_figures,
    "ranking": model_ranking_figures,
}


def compared(what: str, against: str, *, ours: Callable[[], Any], theirs: Callable[[], Any]) -> Ratio:
    """Return the fastest of several repetitions of both, and how far their figures lie apart."""
    own, their_own = ours(), theirs()
    return Ratio(
        what=what,
        against=against,
        seconds=_fastest(ours),
        their_seconds=_fastest(theirs),
        peak_mb=_peak_mb(ours),
        difference=float(np.abs(np.asarray(own, dtype=float) - np.asarray(their_own, dtype=float)).max()),
    )


def synthetic_labels(*, items: int, annotators: int, count: int, values: int = 5) -> LabelTable:
    """Return so many labels, spread evenly over items; six of ten are the item's own, the others any."""
    chance = np.random.default_rng(0)
    each = count // items
    item = np.repeat(np.arange(items), each)
    annotator = np.concatenate([chance.choice(annotators, each, replace=False) for _ in range(items)])
    value = np.where(chance.random(count) < 0.6, item % values, chance.integers(0, values, count))
    # Sorted by annotator and value, as crowd-kit 1.4's MACE needs them.
    order = np.lexsort((item, value, annotator))
    return LabelTable(
        items=tuple(f"{at:06}" for at in range(items)),
        annotators=tuple(f"{at:06}" for at in range(annotators)),
        values=tuple(str(at) for at in range(values)),
        item=item[order],
        annotator=annotator[order],
        value=value[order],
    )


def _frame(labels: LabelTable) -> Any:
    return pd.DataFrame({"task": labels.item, "worker": labels.annotator, "label": labels.value})


def _by_code(fitted: Any, labels: LabelTable) -> Any:
    return fitted.probas_.loc[range(len(labels.items)), range(len(labels.values))].to_numpy()


def _fastest(call: Callable[[], Any]) -> float:
    taken = []
    for _ in range(REPETITIONS):
        start = time.process_time()
        call()
        taken.append(time.process_time() - start)
    return min(taken)


def _peak_mb(call: Callable[[], Any]) -> float:
    tracemalloc.start()
    call()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 2**20


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.statistics", description=__doc__)
    parser.add_argument("--only", nargs="*", choices=MEASURES, help="measure these alone")
    parser.add_argument("--out", type=Path, default=Path("benchmarks_statistics.json"))
    return parser.parse_args()


if __name__ == "__main__":
    main()
