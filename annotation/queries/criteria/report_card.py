"""The report card of a set: each assertion against people's thumbs, and what it would cost to take another."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from annotation.domain.criteria.alignment import Confusion, measure_assertions, measure_set
from annotation.domain.criteria.drawn_intervals import drawn_intervals
from annotation.models import Assertion, CriteriaSet, Criterion
from annotation.queries.criteria.choosing import GradedProblem, graded_problem
from annotation.queries.criteria.grades import grades_wanted
from annotation.queries.criteria.report import FailingExample, failing_examples
from curation.domain.versions.intervals import Interval, wilson_interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A figure with its interval, or the sentence that says why it has none."""

    name: str
    value: float | None
    interval: Interval | None
    reason: str

    @property
    def is_share(self) -> bool:
        """Whether it reads as a percentage."""
        return self.name not in ("mcc", "cohen_kappa")


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """What the set would be with another choice: `kind` is without, added or instead."""

    kind: str
    size: int
    coverage: float | None
    false_failure_rate: float | None
    alignment: float | None
    coverage_step: float | None
    false_failure_step: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CardLine:
    """One assertion: its confusion table, its figures, outputs it fails, and what choosing otherwise would cost."""

    assertion: Assertion
    confusion: Confusion
    figures: Sequence[Figure]
    alternatives: Sequence[Alternative]
    examples: Sequence[FailingExample]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportCard:
    """All criteria with their assertions, and what is chosen as one."""

    criteria: Sequence[tuple[Criterion, Sequence[CardLine]]]
    together: Confusion
    figures: Sequence[Figure]
    size: int
    graded: int

    @property
    def grades_wanted(self) -> int:
        """How many more outputs people should look at before they choose."""
        return grades_wanted(self.graded)


def report_card(criteria_set: CriteriaSet) -> ReportCard:
    """Return the card; three queries, and two more where an assertion fails an output."""
    graded = graded_problem(criteria_set)
    confusions = measure_assertions(graded.problem)
    examples = failing_examples(graded.assertions, thumbs=graded.thumbs, results=graded.results)
    lines: dict[int, list[CardLine]] = defaultdict(list)
    criteria: dict[int, Criterion] = {}
    for own, confusion in zip(graded.assertions, confusions, strict=True):
        criteria[own.criterion_id] = own.criterion
        lines[own.criterion_id].append(
            CardLine(
                assertion=own,
                confusion=confusion,
                figures=figures_of(confusion),
                alternatives=_alternatives(graded, own),
                examples=examples.get(own.pk, []),
            )
        )
    together = measure_set(graded.problem, selected=graded.chosen)
    return ReportCard(
        criteria=[(criteria[key], lines[key]) for key in criteria],
        together=together,
        figures=figures_of(together),
        size=len(graded.chosen),
        graded=together.bad + together.good,
    )


def figures_of(confusion: Confusion) -> list[Figure]:
    """Return the six figures of a confusion table with their intervals."""
    drawn: Mapping[str, Interval] = drawn_intervals(
        confusion.true_fail, confusion.false_pass, confusion.true_pass, confusion.false_fail
    )
    intervals = {
        "coverage": wilson_interval(confusion.true_fail, confusion.bad),
        "false_failure_rate": wilson_interval(confusion.false_fail, confusion.good),
        **drawn,
    }
    names = ("coverage", "false_failure_rate", "alignment", "f1", "mcc", "cohen_kappa")
    return [
        Figure(
            name=name,
            value=getattr(confusion, name),
            interval=intervals.get(name),
            reason=confusion.undefined.get(name, ""),
        )
        for name in names
    ]


def _alternatives(graded: GradedProblem, own: Assertion) -> list[Alternative]:
    """Return what the set would be without a chosen assertion, or with one that is not: added, or in place."""
    chosen, id_ = graded.chosen, str(own.uuid)
    if id_ in chosen:
        return [_alternative(graded, "without", [one for one in chosen if one != id_])]
    rivals = {
        str(other.uuid)
        for other in graded.assertions
        if other.is_selected and other.criterion_id == own.criterion_id
    }
    found = [_alternative(graded, "added", [*chosen, id_])]
    if rivals:
        kept = [one for one in chosen if one not in rivals]
        found.insert(0, _alternative(graded, "instead", [*kept, id_]))
    return found


def _alternative(graded: GradedProblem, kind: str, selected: Sequence[str]) -> Alternative:
    now = measure_set(graded.problem, selected=graded.chosen)
    then = measure_set(graded.problem, selected=selected)
    return Alternative(
        kind=kind,
        size=len(selected),
        coverage=then.coverage,
        false_failure_rate=then.false_failure_rate,
        alignment=then.alignment,
        coverage_step=_step(then.coverage, now.coverage),
        false_failure_step=_step(then.false_failure_rate, now.false_failure_rate),
    )


def _step(then: float | None, now: float | None) -> float | None:
    return None if then is None or now is None else then - now
