"""How well a rule's choice does on outputs whose grades it did not see: cross-validation.

A choice fits the grades it was made from, so its figures on them flatter it. Here the grades are dealt into parts; for
each part the rule chooses by the others, and what it chose is measured on that part. The counts of all parts are added
up. Up to LEAVE_ONE_OUT outputs each is a part of its own, which leaves nothing to chance; beyond that there are PARTS,
dealt in turn among the bad and among the good.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from annotation.domain.criteria.alignment import Confusion, SelectionProblem, measure_set

LEAVE_ONE_OUT = 40
PARTS = 10
# With a single bad output (or good one) nothing is left to choose by when it is held out.
FEWEST_OF_A_KIND = 2
Choose: TypeAlias = Callable[[SelectionProblem], Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOut:
    """A rule on outputs that it did not see: the counts of all parts together.

    `chosen_in` says of each assertion in which share of the parts it was chosen, `size` is the mean number chosen.
    `reason` says why there are no figures; then the counts are 0.
    """

    together: Confusion
    parts: int
    size: float
    chosen_in: dict[str, float]
    reason: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return plain values."""
        shares = {"parts": self.parts, "size": self.size, "chosen_in": self.chosen_in}
        return {**self.together.as_json(), **shares, "reason": self.reason}


def held_out(problem: SelectionProblem, *, choose: Choose) -> HeldOut:
    """Return how what `choose` chooses does on outputs that it did not see."""
    bad = int(problem.is_bad.sum())
    if min(bad, len(problem.is_bad) - bad) < FEWEST_OF_A_KIND:
        return _nothing(f"Held-out figures need at least {FEWEST_OF_A_KIND} bad and as many good outputs.")
    counts = Counter[str]()
    chosen_in = Counter[str]()
    sizes = []
    for inside, outside in _parts(problem):
        chosen = choose(rows_of(problem, inside))
        counts.update(_counts(measure_set(rows_of(problem, outside), selected=chosen)))
        chosen_in.update(chosen)
        sizes.append(len(chosen))
    return HeldOut(
        together=Confusion(**{name: counts[name] for name in _COUNTED}),
        parts=len(sizes),
        size=fmean(sizes),
        chosen_in={id_: times / len(sizes) for id_, times in sorted(chosen_in.items())},
    )


def rows_of(problem: SelectionProblem, rows: NDArray[np.int_]) -> SelectionProblem:
    """Return the problem of some of its outputs."""
    return SelectionProblem(
        assertions=problem.assertions,
        fails=problem.fails[rows],
        skips=problem.skips[rows],
        is_bad=problem.is_bad[rows],
    )


_COUNTED = ("true_fail", "false_pass", "true_pass", "false_fail", "skipped")


def _counts(confusion: Confusion) -> dict[str, int]:
    return {name: getattr(confusion, name) for name in _COUNTED}


def _nothing(reason: str) -> HeldOut:
    none = Confusion(true_fail=0, false_pass=0, true_pass=0, false_fail=0)
    return HeldOut(together=none, parts=0, size=0.0, chosen_in={}, reason=reason)


def _parts(problem: SelectionProblem) -> Iterator[tuple[NDArray[np.int_], NDArray[np.int_]]]:
    """Yield the outputs to choose by and those to measure on; the bad ones are spread over the parts evenly."""
    total = len(problem.is_bad)
    parts = total if total <= LEAVE_ONE_OUT else PARTS
    part_of = np.empty(total, dtype=int)
    # In turn, the bad ones first: their order is the outputs' own, so nothing is drawn and nothing can be redrawn.
    part_of[np.argsort(~problem.is_bad, kind="stable")] = np.arange(total) % parts
    for part in range(parts):
        yield np.flatnonzero(part_of != part), np.flatnonzero(part_of == part)
