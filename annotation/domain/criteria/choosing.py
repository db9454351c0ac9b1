"""The rules by which assertions are chosen, under one name each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias, get_args

from annotation.domain.criteria.alignment import (
    Confusion,
    Selection,
    SelectionProblem,
    SelectionProblemError,
    Tolerance,
    describe_selection,
    select_by_mcc,
    select_by_threshold,
)
from annotation.domain.criteria.integer_program import (
    SECONDS,
    UnattainableCoverageError,
    select_by_integer_program,
)
from annotation.domain.criteria.trade_off import trade_off

Method: TypeAlias = Literal["threshold", "mcc", "fewest", "widest", "surest"]
METHODS: tuple[Method, ...] = get_args(Method)
# What EvalGen and SPADE tolerate, and what SPADE's authors ask for in their experiments.
DEFAULT_MAX_FFR, DEFAULT_MIN_COVERAGE = 0.25, 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceRule:
    """How to choose: `threshold` one per criterion within its tolerance (EvalGen), `mcc` the same by MCC.

    `fewest` is SPADE's question: as few as possible that reach `min_coverage` with a false failure rate within
    `max_ffr`; `widest` its twin: the largest coverage within `max_ffr`, then as few as possible. `surest` takes the
    point of the trade-off whose alignment is highest at the low end of its interval, so that few grades do not tempt it
    into what merely fits them. `tolerances` are the criteria's own, for the first two.
    """

    method: Method = "threshold"
    max_ffr: float = DEFAULT_MAX_FFR
    min_coverage: float = DEFAULT_MIN_COVERAGE
    tolerances: Mapping[str, float] | None = None
    seconds: float = SECONDS


def choose(problem: SelectionProblem, *, rule: ChoiceRule) -> Selection:
    """Carry out a rule; raises UnattainableCoverageError and SelectionProblemError with a sentence."""
    return _RULES[rule.method](problem, rule)


def choose_or_nothing(problem: SelectionProblem, *, rule: ChoiceRule) -> Selection:
    """Carry out a rule; where nothing reaches what it asks for, or no grade is bad, nothing is chosen."""
    try:
        return choose(problem, rule=rule)
    except (UnattainableCoverageError, SelectionProblemError):
        return describe_selection(problem, selected=[])


def in_haste(rule: ChoiceRule, *, seconds: float) -> ChoiceRule:
    """Return the rule with less time for its proof."""
    return replace(rule, seconds=min(seconds, rule.seconds))


def _by_threshold(problem: SelectionProblem, rule: ChoiceRule) -> Selection:
    return select_by_threshold(problem, max_ffr=_tolerance(rule))


def _tolerance(rule: ChoiceRule) -> Tolerance:
    return rule.max_ffr if rule.tolerances is None else rule.tolerances


def _by_mcc(problem: SelectionProblem, rule: ChoiceRule) -> Selection:
    return select_by_mcc(problem, max_ffr=_tolerance(rule))


def _fewest(problem: SelectionProblem, rule: ChoiceRule) -> Selection:
    return select_by_integer_program(
        problem, max_ffr=rule.max_ffr, min_coverage=rule.min_coverage, seconds=rule.seconds
    )


def _widest(problem: SelectionProblem, rule: ChoiceRule) -> Selection:
    return select_by_integer_program(problem, max_ffr=rule.max_ffr, seconds=rule.seconds)


def _surest(problem: SelectionProblem, rule: ChoiceRule) -> Selection:
    curve = trade_off(problem, seconds=rule.seconds)
    if not curve.points:
        return describe_selection(problem, selected=[])
    best = max(curve.points, key=lambda point: _sure_alignment(point.together))
    return replace(best, is_proven=curve.is_proven)


def _sure_alignment(together: Confusion) -> float:
    interval = together.alignment_interval
    return 0.0 if interval is None else interval.low


_RULES: Mapping[Method, Callable[[SelectionProblem, ChoiceRule], Selection]] = {
    "threshold": _by_threshold,
    "mcc": _by_mcc,
    "fewest": _fewest,
    "widest": _widest,
    "surest": _surest,
}
