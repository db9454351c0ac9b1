"""How well assertions agree with people's grades, and which of them to keep (EvalGen, arXiv 2404.12272).

The event that is looked for is a *bad* output: an assertion that fails an output says that it is bad.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from annotation.domain.criteria.drawn_intervals import DRAWN, drawn_intervals
from curation.domain.errors import HarkenError
from curation.domain.versions.intervals import Interval, wilson_interval

Flags: TypeAlias = NDArray[np.bool_]
# One tolerance for all, or one per criterion.
Tolerance: TypeAlias = float | Mapping[str, float]

SKIP_RULE = (
    "A skipped output counts as not failed: the assertion neither caught it nor failed it wrongly, "
    "and every figure is over all graded outputs."
)
_NO_BAD = "no graded output is bad"
_NO_GOOD = "no graded output is good"


class SelectionProblemError(HarkenError):
    """A selection problem cannot be read; the sentence says where and what is expected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AssertionKey:
    """An assertion and the criterion that it tests."""

    id: str
    criterion: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SelectionProblem:
    """Assertions, what they said and what people said.

    `fails` and `skips` have the shape (outputs, assertions), `is_bad` the shape (outputs,).
    """

    assertions: tuple[AssertionKey, ...]
    fails: Flags
    skips: Flags
    is_bad: Flags

    def indices(self, ids: Sequence[str]) -> list[int]:
        """Return the columns of the assertions with these ids; a KeyError names an unknown one."""
        column_of = {assertion.id: column for column, assertion in enumerate(self.assertions)}
        return [column_of[id_] for id_ in ids]


@dataclass(frozen=True, slots=True, kw_only=True)
class Confusion:
    """Counts of outputs: pass or fail is what was asserted, true or false whether the person agrees.

    Skipped outputs are among the passes (see SKIP_RULE) and counted once more under `skipped`.
    """

    true_fail: int
    false_pass: int
    true_pass: int
    false_fail: int
    skipped: int = 0

    @property
    def bad(self) -> int:
        """Outputs that people call bad."""
        return self.true_fail + self.false_pass

    @property
    def good(self) -> int:
        """Outputs that people call good."""
        return self.true_pass + self.false_fail

    @property
    def coverage(self) -> float | None:
        """Share of the bad outputs that are failed."""
        return _share(self.true_fail, self.bad)

    @property
    def false_failure_rate(self) -> float | None:
        """Share of the good outputs that are failed."""
        return _share(self.false_fail, self.good)

    @property
    def alignment(self) -> float | None:
        """Harmonic mean of coverage and 1 - false failure rate; 0 where both are 0."""
        if self.coverage is None or self.false_failure_rate is None:
            return None
        spared = 1 - self.false_failure_rate
        return _share(2 * self.coverage * spared, self.coverage + spared) or 0.0

    @property
    def alignment_interval(self) -> Interval | None:
        """The 95 % interval of the alignment, None where it is undefined."""
        counts = (self.true_fail, self.false_pass, self.true_pass, self.false_fail)
        return drawn_intervals(*counts).get("alignment")

    @property
    def f1(self) -> float | None:
        """F1 of "is bad"."""
        return _share(2 * self.true_fail, self.bad + self.true_fail + self.false_fail)

    @property
    def mcc(self) -> float | None:
        """Matthews correlation of failed and bad."""
        failed, passed = self.true_fail + self.false_fail, self.true_pass + self.false_pass
        scale = sqrt(failed * passed * self.bad * self.good)
        return _share(self.true_fail * self.true_pass - self.false_fail * self.false_pass, scale)

    @property
    def cohen_kappa(self) -> float | None:
        """Cohen's kappa of failed and bad."""
        n = self.bad + self.good
        failed = self.true_fail + self.false_fail
        by_chance = failed * self.bad + (n - failed) * self.good
        return _share(n * (self.true_fail + self.true_pass) - by_chance, n * n - by_chance)

    @property
    def undefined(self) -> dict[str, str]:
        """Return, for each figure that has no value, the sentence that says why."""
        reasons = {
            "coverage": _NO_BAD,
            "false_failure_rate": _NO_GOOD,
            "alignment": _NO_GOOD if self.bad else _NO_BAD,
            "f1": "no output is bad and none is failed",
            "mcc": "the grades or the results are all alike",
            "cohen_kappa": "grades and results are all alike",
        }
        missing = {figure: reason for figure, reason in reasons.items() if getattr(self, figure) is None}
        return {figure: f"Undefined because {reason}." for figure, reason in missing.items()}

    def _drawn_figures(self) -> dict[str, Any]:
        intervals = drawn_intervals(self.true_fail, self.false_pass, self.true_pass, self.false_fail)
        named = {name: _as_list(intervals.get(name)) for name in DRAWN}
        return {
            **{name: getattr(self, name) for name in DRAWN},
            **{f"{name}_interval": interval for name, interval in named.items()},
        }

    def as_json(self) -> dict[str, Any]:
        """Return counts, figures with their 95 % intervals, and why a figure is undefined."""
        return {
            "coverage": self.coverage,
            "coverage_interval": _as_list(wilson_interval(self.true_fail, self.bad)),
            "false_failure_rate": self.false_failure_rate,
            "false_failure_rate_interval": _as_list(wilson_interval(self.false_fail, self.good)),
            **self._drawn_figures(),
            "true_fail": self.true_fail,
            "false_pass": self.false_pass,
            "true_pass": self.true_pass,
            "false_fail": self.false_fail,
            "skipped": self.skipped,
            "undefined": self.undefined,
        }


# What a choice of assertions aims at, one after the other.
Aim: TypeAlias = Literal["most_caught", "fewest_chosen", "fewest_wronged"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """What is proved where it is not proved that no choice is better.

    `bound` of `most_caught`: no choice covers more; of `fewest_chosen`: none has fewer assertions, for as much
    coverage as asked; of `fewest_wronged`: none of as many and as much has a lower false failure rate.
    """

    aim: Aim
    bound: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The chosen assertions, how they do together, and how each assertion of the problem does alone.

    `is_proven`: whether it is proved that no choice is better; None where the rule does not ask for the best. Where it
    is not, `gap` is what is proved, if anything.
    """

    selected: tuple[str, ...]
    together: Confusion
    per_assertion: tuple[tuple[AssertionKey, Confusion], ...]
    is_proven: bool | None = None
    gap: Gap | None = None

    @property
    def coverage(self) -> float | None:
        """Coverage of the set."""
        return self.together.coverage

    @property
    def false_failure_rate(self) -> float | None:
        """False failure rate of the set."""
        return self.together.false_failure_rate

    @property
    def alignment(self) -> float | None:
        """Alignment of the set."""
        return self.together.alignment

    def as_json(self) -> dict[str, Any]:
        """Return the selection as the command `select_assertions` prints it."""
        return {
            "selected": list(self.selected),
            "is_proven": self.is_proven,
            **({"at_best": {self.gap.aim: self.gap.bound}} if self.gap else {}),
            **self.together.as_json(),
            "per_assertion": [
                {
                    "id": key.id,
                    "criterion": key.criterion,
                    "selected": key.id in self.selected,
                    **confusion.as_json(),
                }
                for key, confusion in self.per_assertion
            ],
            "skip_rule": SKIP_RULE,
        }


def measure_assertions(problem: SelectionProblem) -> list[Confusion]:
    """Return the confusion of each assertion alone, in the order of the problem."""
    return [_confusion(problem, columns=[column]) for column in range(len(problem.assertions))]


def measure_set(problem: SelectionProblem, *, selected: Sequence[str]) -> Confusion:
    """Return the confusion of a set: it fails an output if any member does, and skips it if all do."""
    return _confusion(problem, columns=problem.indices(selected))


def describe_selection(problem: SelectionProblem, *, selected: Sequence[str]) -> Selection:
    """Return the figures of these assertions together, and of all of them alone."""
    return Selection(
        selected=tuple(selected),
        together=measure_set(problem, selected=selected),
        per_assertion=tuple(zip(problem.assertions, measure_assertions(problem), strict=True)),
    )


def select_by_threshold(problem: SelectionProblem, *, max_ffr: Tolerance) -> Selection:
    """Choose one assertion per criterion by EvalGen's rule.

    Of those whose false failure rate is within `max_ffr` (of all, if none is): the one with the highest
    coverage, then the lowest false failure rate, then the first. A figure that is undefined does not rank.
    """
    confusions = measure_assertions(problem)
    best_columns = [
        _best_column(columns, confusions=confusions, max_ffr=_tolerance_of(criterion, max_ffr=max_ffr))
        for criterion, columns in _columns_by_criterion(problem).items()
    ]
    return describe_selection(problem, selected=[problem.assertions[column].id for column in best_columns])


def selection_problem(
    assertions: Sequence[AssertionKey], *, results: Sequence[Sequence[bool | None]], grades: Sequence[bool]
) -> SelectionProblem:
    """Make a problem of values that are known to fit: a row of results per grade, a column per assertion."""
    shape = (len(grades), len(assertions))
    codes = [[_CODES[verdict] for verdict in row] for row in results]
    verdicts = np.array(codes, dtype=np.int8).reshape(shape)
    return SelectionProblem(
        assertions=tuple(assertions),
        fails=verdicts == _CODES[False],
        skips=verdicts == _CODES[None],
        is_bad=~np.array(grades, dtype=np.bool_),
    )


_CODES: Mapping[bool | None, int] = {True: 1, False: 0, None: -1}


def _confusion(problem: SelectionProblem, *, columns: list[int]) -> Confusion:
    is_failed = problem.fails[:, columns].any(axis=1)
    is_skipped = problem.skips[:, columns].all(axis=1) if columns else np.zeros_like(is_failed)
    return Confusion(
        true_fail=int((is_failed & problem.is_bad).sum()),
        false_pass=int((~is_failed & problem.is_bad).sum()),
        true_pass=int((~is_failed & ~problem.is_bad).sum()),
        false_fail=int((is_failed & ~problem.is_bad).sum()),
        skipped=int(is_skipped.sum()),
    )


def select_by_mcc(problem: SelectionProblem, *, max_ffr: Tolerance) -> Selection:
    """Choose for each criterion the assertion with the highest MCC, then the lowest false failure rate, then the first.

    Only those compete whose false failure rate is within `max_ffr` and whose MCC is above 0: another one says no more
    of the grades than chance does, or wrongs too many. So a criterion may get none.
    """
    confusions = measure_assertions(problem)
    best_columns = []
    for criterion, columns in _columns_by_criterion(problem).items():
        tolerance = _tolerance_of(criterion, max_ffr=max_ffr)
        useful = [column for column in columns if _is_useful(confusions[column], max_ffr=tolerance)]
        best_columns += sorted(useful, key=lambda column: _mcc_rank(confusions[column]))[:1]
    return describe_selection(problem, selected=[problem.assertions[column].id for column in best_columns])


def _columns_by_criterion(problem: SelectionProblem) -> dict[str, list[int]]:
    columns: dict[str, list[int]] = {}
    for column, assertion in enumerate(problem.assertions):
        columns.setdefault(assertion.criterion, []).append(column)
    return columns


def _best_column(columns: list[int], *, confusions: list[Confusion], max_ffr: float) -> int:
    tolerated = [column for column in columns if (confusions[column].false_failure_rate or 0.0) <= max_ffr]
    return min(tolerated or columns, key=lambda column: _rank(confusions[column]))


def _rank(confusion: Confusion) -> tuple[float, float]:
    return -(confusion.coverage or 0.0), confusion.false_failure_rate or 0.0


def _is_useful(confusion: Confusion, *, max_ffr: float) -> bool:
    return (confusion.mcc or 0.0) > 0 and (confusion.false_failure_rate or 0.0) <= max_ffr


def _mcc_rank(confusion: Confusion) -> tuple[float, float]:
    return -(confusion.mcc or 0.0), confusion.false_failure_rate or 0.0


def _tolerance_of(criterion: str, *, max_ffr: Tolerance) -> float:
    tolerance = max_ffr.get(criterion) if isinstance(max_ffr, Mapping) else max_ffr
    if tolerance is None:
        message = (
            f"No tolerance is given for the criterion {criterion!r}. Give one number for all, or its own."
        )
        raise SelectionProblemError(message)
    if not 0 <= tolerance <= 1:
        message = f"A tolerated false failure rate lies between 0 and 1, found {tolerance}."
        raise SelectionProblemError(message)
    return tolerance


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _as_list(interval: Interval | None) -> list[float] | None:
    return None if interval is None else list(interval)
